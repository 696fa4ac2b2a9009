from django.urls import URLPattern, path

from . import versions

urlpatterns: list[URLPattern] = [
    path("resources/<int:pk>/versions/", versions.VersionList.as_view(), name="resource-versions"),
    path(
        "resources/<int:pk>/versions/<int:version>/",
        versions.VersionDetail.as_view(),
        name="resource-version",
    ),
    path(
        "resources/<int:pk>/versions/<int:version>/compare/<int:other>/",
        versions.VersionComparison.as_view(),
        name="resource-version-compare",
    ),
    path(
        "resources/<int:pk>/compare/",
        versions.ChangeComparison.as_view(),
        name="resource-compare",
    ),
    path(
        "resources/<int:pk>/revision/", versions.RevisionStart.as_view(), name="resource-revision"
    ),
    path(
        "resources/<int:pk>/discard/", versions.RevisionDiscard.as_view(), name="resource-discard"
    ),
]
