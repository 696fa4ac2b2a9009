from catalog.api import resource_urls, source_urls, versions_urls

urlpatterns = [*source_urls.urlpatterns, *resource_urls.urlpatterns, *versions_urls.urlpatterns]
