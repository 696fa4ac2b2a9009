from django.urls import URLPattern, path

from . import versions

urlpatterns: list[URLPattern] = [
    path("<int:pk>/versions/", versions.version_list, name="resource_versions"),
    path("<int:pk>/versions/<int:version>/", versions.version, name="resource_version"),
    path("<int:pk>/compare/", versions.comparison, name="resource_compare"),
    path("<int:pk>/change/", versions.revise, name="resource_revise"),
    path("<int:pk>/discard/", versions.discard, name="resource_discard"),
]
