from django.urls import URLPattern, path

from . import indexes, profile, resources, shared_files

urlpatterns: list[URLPattern] = [
    path("resources/", resources.ResourceList.as_view(), name="resource-list"),
    path("resources/<int:pk>/", resources.ResourceDetail.as_view(), name="resource-detail"),
    path(
        "resources/<int:pk>/schema.json",
        resources.ResourceRowSchema.as_view(),
        name="resource-row-schema",
    ),
    path(
        "resources/<int:pk>/table-schema.json",
        resources.ResourceTableSchema.as_view(),
        name="resource-table-schema",
    ),
    path(
        "resources/<int:pk>/datapackage.json",
        resources.ResourceDataPackage.as_view(),
        name="resource-datapackage",
    ),
    path(
        "resources/<int:pk>/profile/",
        profile.ResourceProfileView.as_view(),
        name="resource-profile",
    ),
    path(
        "resources/<int:pk>/sample/", profile.ResourceSampleView.as_view(), name="resource-sample"
    ),
    path("resources/<int:pk>/indexes/", indexes.ResourceIndexes.as_view(), name="resource-indexes"),
    path("resources/<int:pk>/files/", shared_files.ResourceFiles.as_view(), name="resource-files"),
    path(
        "resources/<int:pk>/files/<int:file>/withdraw/",
        shared_files.ResourceFileWithdraw.as_view(),
        name="resource-file-withdraw",
    ),
    path("resources/<int:pk>/assess/", resources.ResourceAssess.as_view(), name="resource-assess"),
    path("resources/<int:pk>/submit/", resources.ResourceSubmit.as_view(), name="resource-submit"),
    path(
        "resources/<int:pk>/approve/",
        resources.ResourceApprove.as_view(),
        name="resource-approve",
    ),
    path(
        "resources/<int:pk>/publish/",
        resources.ResourcePublish.as_view(),
        name="resource-publish",
    ),
    path(
        "resources/<int:pk>/send-back/",
        resources.ResourceSendBack.as_view(),
        name="resource-send-back",
    ),
    path(
        "resources/<int:pk>/withdraw/",
        resources.ResourceWithdraw.as_view(),
        name="resource-withdraw",
    ),
]
