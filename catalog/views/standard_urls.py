from django.urls import URLPattern, path

from . import data_elements, standards

urlpatterns: list[URLPattern] = [
    path("standards/", standards.code_list_list, name="code_list_list"),
    path("standards/lists/new/", standards.code_list_create, name="code_list_create"),
    path("standards/lists/<int:pk>/", standards.code_list, name="code_list"),
    path("standards/lists/<int:pk>/codes.csv", standards.code_list_csv, name="code_list_csv"),
    path("standards/lists/<int:pk>/codes.json", standards.code_list_json, name="code_list_json"),
    path(
        "standards/lists/<int:pk>/compare/", standards.code_list_compare, name="code_list_compare"
    ),
    path("standards/lists/<int:pk>/retire/", standards.code_list_retire, name="code_list_retire"),
    path(
        "standards/lists/<int:pk>/draft/start/",
        standards.code_list_draft_start,
        name="code_list_draft_start",
    ),
    path("standards/lists/<int:pk>/draft/", standards.code_list_draft, name="code_list_draft"),
    path(
        "standards/lists/<int:pk>/draft/publish/",
        standards.code_list_publish,
        name="code_list_publish",
    ),
    path(
        "standards/lists/<int:pk>/draft/discard/",
        standards.code_list_discard,
        name="code_list_discard",
    ),
    path("standards/elements/", data_elements.data_element_list, name="data_element_list"),
    path("standards/elements/new/", data_elements.data_element_create, name="data_element_create"),
    path("standards/elements/<int:pk>/", data_elements.data_element, name="data_element"),
    path(
        "standards/elements/<int:pk>/edit/",
        data_elements.data_element_edit,
        name="data_element_edit",
    ),
    path(
        "standards/elements/<int:pk>/retire/",
        data_elements.data_element_retire,
        name="data_element_retire",
    ),
]
