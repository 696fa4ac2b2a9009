from django.urls import URLPattern, path

from . import classification

urlpatterns: list[URLPattern] = [
    path("classification/", classification.classification_tree, name="classification"),
    path("classification/nodes.csv", classification.classification_csv, name="classification_csv"),
    path("classification/new/", classification.classification_create, name="classification_create"),
    path(
        "classification/upload/",
        classification.classification_upload,
        name="classification_upload",
    ),
    path(
        "classification/<int:pk>/",
        classification.classification_node,
        name="classification_node",
    ),
    path(
        "classification/<int:pk>/edit/",
        classification.classification_edit,
        name="classification_edit",
    ),
    path(
        "classification/<int:pk>/retire/",
        classification.classification_retire,
        name="classification_retire",
    ),
]
