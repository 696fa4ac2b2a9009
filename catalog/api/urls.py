from catalog.api import (
    bulk_urls,
    one_source_urls,
    resource_urls,
    source_urls,
    standard_urls,
    update_duties_urls,
    versions_urls,
)

urlpatterns = [
    *bulk_urls.urlpatterns,
    *one_source_urls.urlpatterns,
    *source_urls.urlpatterns,
    *standard_urls.urlpatterns,
    *update_duties_urls.urlpatterns,
    *resource_urls.urlpatterns,
    *versions_urls.urlpatterns,
]
