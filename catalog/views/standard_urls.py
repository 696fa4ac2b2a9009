from django.urls import URLPattern, path

from . import data_elements, standards

urlpatterns: list[URLPattern] = [
    path("code-lists/", standards.code_list_list, name="code_list_list"),
    path("code-lists/new/", standards.code_list_create, name="code_list_create"),
    path("code-lists/<int:pk>/", standards.code_list, name="code_list"),
    path("code-lists/<int:pk>/codes.csv", standards.code_list_csv, name="code_list_csv"),
    path("code-lists/<int:pk>/codes.json", standards.code_list_json, name="code_list_json"),
    path("code-lists/<int:pk>/compare/", standards.code_list_compare, name="code_list_compare"),
    path("code-lists/<int:pk>/retire/", standards.code_list_retire, name="code_list_retire"),
    path(
        "code-lists/<int:pk>/draft/start/",
        standards.code_list_draft_start,
        name="code_list_draft_start",
    ),
    path("code-lists/<int:pk>/draft/", standards.code_list_draft, name="code_list_draft"),
    path(
        "code-lists/<int:pk>/draft/publish/",
        standards.code_list_publish,
        name="code_list_publish",
    ),
    path(
        "code-lists/<int:pk>/draft/discard/",
        standards.code_list_discard,
        name="code_list_discard",
    ),
    path("data-elements/", data_elements.data_element_list, name="data_element_list"),
    path("data-elements/new/", data_elements.data_element_create, name="data_element_create"),
    path("data-elements/<int:pk>/", data_elements.data_element, name="data_element"),
    path("data-elements/<int:pk>/edit/", data_elements.data_element_edit, name="data_element_edit"),
    path(
        "data-elements/<int:pk>/retire/",
        data_elements.data_element_retire,
        name="data_element_retire",
    ),
]
