from catalog.api import bulk_urls, resource_urls, source_urls

urlpatterns = [*bulk_urls.urlpatterns, *source_urls.urlpatterns, *resource_urls.urlpatterns]
