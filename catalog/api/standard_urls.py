from django.urls import URLPattern, path

from . import classification, standards

urlpatterns: list[URLPattern] = [
    path("code-lists/", standards.CodeListList.as_view(), name="code-list-list"),
    path("code-lists/<int:pk>/", standards.CodeListDetail.as_view(), name="code-list-detail"),
    path("code-lists/<int:pk>/codes/", standards.CodeListCodes.as_view(), name="code-list-codes"),
    path(
        "code-lists/<int:pk>/compare/",
        standards.CodeListCompare.as_view(),
        name="code-list-compare",
    ),
    path("code-lists/<int:pk>/draft/", standards.CodeListDraft.as_view(), name="code-list-draft"),
    path(
        "code-lists/<int:pk>/discard/",
        standards.CodeListDiscard.as_view(),
        name="code-list-discard",
    ),
    path(
        "code-lists/<int:pk>/publish/",
        standards.CodeListPublish.as_view(),
        name="code-list-publish",
    ),
    path(
        "code-lists/<int:pk>/retire/",
        standards.CodeListRetire.as_view(),
        name="code-list-retire",
    ),
    path("data-elements/", standards.DataElementList.as_view(), name="data-element-list"),
    path(
        "data-elements/<int:pk>/",
        standards.DataElementDetail.as_view(),
        name="data-element-detail",
    ),
    path(
        "data-elements/<int:pk>/retire/",
        standards.DataElementRetire.as_view(),
        name="data-element-retire",
    ),
    path("classification/", classification.NodeList.as_view(), name="classification-list"),
    path(
        "classification/<int:pk>/",
        classification.NodeDetail.as_view(),
        name="classification-detail",
    ),
    path(
        "classification/<int:pk>/retire/",
        classification.NodeRetire.as_view(),
        name="classification-retire",
    ),
]
