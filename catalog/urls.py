from catalog.views import finding_urls, resource_urls, source_urls, update_duties_urls

app_name = "catalog"
urlpatterns = [
    *finding_urls.urlpatterns,
    *source_urls.urlpatterns,
    *update_duties_urls.urlpatterns,
    *resource_urls.urlpatterns,
]
