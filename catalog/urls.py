from catalog.views import bulk_urls, resource_urls, source_urls

app_name = "catalog"
urlpatterns = [*bulk_urls.urlpatterns, *source_urls.urlpatterns, *resource_urls.urlpatterns]
