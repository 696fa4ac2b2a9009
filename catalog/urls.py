from catalog.views import resource_urls, source_urls, versions_urls

app_name = "catalog"
urlpatterns = [*source_urls.urlpatterns, *resource_urls.urlpatterns, *versions_urls.urlpatterns]
