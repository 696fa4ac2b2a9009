from django.urls import URLPattern, path

from . import collection_plans as plans
from . import one_source as views

REGISTER = "source-register/<int:pk>"
PLAN = "collection-plans/<int:pk>"
urlpatterns: list[URLPattern] = [
    path("duplicates/", views.OpenDuplicateList.as_view(), name="duplicate-list"),
    path(
        "resources/<int:pk>/duplicates/",
        views.EntryDuplicates.as_view(),
        name="resource-duplicates",
    ),
    path("source-register/", views.SourceRegister.as_view(), name="source-register"),
    path(
        f"{REGISTER}/withdraw/",
        views.AppointmentWithdraw.as_view(),
        name="source-register-withdraw",
    ),
    path(
        f"{REGISTER}/acknowledge/",
        views.AppointmentAcknowledge.as_view(),
        name="source-register-acknowledge",
    ),
    path("collection-plans/", plans.CollectionPlanList.as_view(), name="plan-list"),
    path(f"{PLAN}/", plans.CollectionPlanDetail.as_view(), name="plan-detail"),
    path(f"{PLAN}/duplicates/", views.PlanDuplicates.as_view(), name="plan-duplicates"),
    path(f"{PLAN}/file/", plans.CollectionPlanFile.as_view(), name="plan-file"),
    path(f"{PLAN}/object/", plans.CollectionPlanObject.as_view(), name="plan-object"),
    path(f"{PLAN}/withdraw/", plans.CollectionPlanWithdraw.as_view(), name="plan-withdraw"),
]
