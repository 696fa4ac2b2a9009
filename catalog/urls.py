from catalog.views import (
    classification_urls,
    resource_urls,
    source_urls,
    standard_urls,
    update_duties_urls,
)

app_name = "catalog"
urlpatterns = [
    *source_urls.urlpatterns,
    *standard_urls.urlpatterns,
    *classification_urls.urlpatterns,
    *update_duties_urls.urlpatterns,
    *resource_urls.urlpatterns,
]
