from catalog.api import resource_urls, source_urls, update_duties_urls

urlpatterns = [
    *source_urls.urlpatterns,
    *update_duties_urls.urlpatterns,
    *resource_urls.urlpatterns,
]
