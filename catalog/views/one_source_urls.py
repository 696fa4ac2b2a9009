from django.urls import URLPattern, path

from . import one_source as views

urlpatterns: list[URLPattern] = [
    path("source-register/", views.source_register, name="source_register"),
    path("source-register/new/", views.source_appoint, name="source_appoint"),
    path(
        "source-register/<int:pk>/withdraw/",
        views.source_withdraw,
        name="source_withdraw",
    ),
    path(
        "source-register/<int:pk>/acknowledge/",
        views.source_acknowledge,
        name="source_acknowledge",
    ),
    path("duplicates/", views.duplicate_list, name="duplicate_list"),
    path("<int:pk>/duplicates/", views.entry_duplicates, name="entry_duplicates"),
]
