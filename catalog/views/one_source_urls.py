from django.urls import URLPattern, path

from . import collection_plans, duplicates, item_synonyms, source_register

PLAN = "source-register/plans/<int:pk>"
NAMES = "source-register/names/<int:pk>"
REGISTER = "source-register/<int:pk>"
urlpatterns: list[URLPattern] = [
    path("source-register/", source_register.source_register, name="source_register"),
    path("source-register/new/", source_register.source_appoint, name="source_appoint"),
    path(f"{REGISTER}/withdraw/", source_register.source_withdraw, name="source_withdraw"),
    path(f"{REGISTER}/acknowledge/", source_register.source_acknowledge, name="source_acknowledge"),
    path("source-register/duplicates/", duplicates.duplicate_list, name="duplicate_list"),
    path("<int:pk>/duplicates/", duplicates.entry_duplicates, name="entry_duplicates"),
    path("source-register/plans/", collection_plans.collection_plans, name="collection_plans"),
    path("source-register/plans/new/", collection_plans.plan_create, name="plan_create"),
    path(f"{PLAN}/", collection_plans.collection_plan, name="collection_plan"),
    path(f"{PLAN}/edit/", collection_plans.plan_edit, name="plan_edit"),
    path(f"{PLAN}/duplicates/", duplicates.plan_duplicates, name="plan_duplicates"),
    path(f"{PLAN}/file/", collection_plans.plan_file, name="plan_file"),
    path(f"{PLAN}/object/", collection_plans.plan_object, name="plan_object"),
    path(f"{PLAN}/withdraw/", collection_plans.plan_withdraw, name="plan_withdraw"),
    path("source-register/names/", item_synonyms.item_synonym_list, name="item_synonym_list"),
    path(
        "source-register/names/new/", item_synonyms.item_synonym_create, name="item_synonym_create"
    ),
    path(f"{NAMES}/edit/", item_synonyms.item_synonym_edit, name="item_synonym_edit"),
    path(f"{NAMES}/delete/", item_synonyms.item_synonym_delete, name="item_synonym_delete"),
]
