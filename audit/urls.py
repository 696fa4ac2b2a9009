from django.urls import path

from audit.views import filters, others, trail

app_name = "audit"
urlpatterns = [
    path("", trail.search, name="search"),
    path("export.csv", trail.export, name="export"),
    path("seals/", trail.seals, name="seals"),
    path("others/", others.other_list, name="other_list"),
    path("others/<slug:name>/", others.other, name="other"),
    path("others/<slug:name>/heads.txt", others.heads, name="other_heads"),
    path("filters/", filters.filter_list, name="filter_list"),
    path("filters/new/", filters.filter_create, name="filter_create"),
    path("filters/<int:pk>/", filters.rename, name="filter"),
    path("filters/<int:pk>/delete/", filters.delete, name="filter_delete"),
    path("<int:pk>/", trail.entry, name="entry"),
]
