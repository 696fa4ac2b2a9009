from django.urls import URLPattern, path

from . import finding, saved_searches, synonyms

urlpatterns: list[URLPattern] = [
    path("suggestions/", finding.suggest, name="suggestions"),
    path("searches/", saved_searches.saved_search_list, name="saved_search_list"),
    path("searches/new/", saved_searches.saved_search_create, name="saved_search_create"),
    path("searches/<int:pk>/", saved_searches.saved_search, name="saved_search"),
    path("searches/<int:pk>/rename/", saved_searches.rename, name="saved_search_rename"),
    path("searches/<int:pk>/delete/", saved_searches.delete, name="saved_search_delete"),
    path("synonyms/", synonyms.synonym_list, name="synonym_list"),
    path("synonyms/new/", synonyms.synonym_create, name="synonym_create"),
    path("synonyms/upload/", synonyms.upload, name="synonym_upload"),
    path("synonyms/shipped/", synonyms.take_over, name="synonym_shipped"),
    path("synonyms/synonyms.csv", synonyms.download, name="synonym_download"),
    path("synonyms/<int:pk>/edit/", synonyms.synonym_edit, name="synonym_edit"),
    path("synonyms/<int:pk>/delete/", synonyms.synonym_delete, name="synonym_delete"),
]
