from django.urls import path

from .views import agreement_acts, agreements, lineage, request_acts, requests

app_name = "sharing"
ACTS = (
    "propose",
    "retract",
    "confirm",
    "suspend",
    "rectify",
    "report",
    "restore",
    "consult",
    "answer",
)
REQUEST_ACTS = (
    "supplement",
    "extension",
    "extension/decide",
    "extension/acknowledge",
    "offer",
    "accept",
    "decline",
    "dispute",
    "dispute/decide",
    "refusal",
)
REQUEST, AGREEMENT = "requests/<str:number>", "agreements/<str:number>"
urlpatterns = [
    path("requests/", requests.request_list, name="request_list"),
    path("requests/new/<int:pk>/", requests.request_create, name="request_create"),
    path(f"{REQUEST}/", requests.request, name="request"),
    path(f"{REQUEST}/edit/", requests.request_edit, name="request_edit"),
    path(f"{REQUEST}/check/", requests.request_check, name="request_check"),
    path(f"{REQUEST}/approve/", requests.request_approve, name="request_approve"),
    path(f"{REQUEST}/send-back/", requests.request_send_back, name="request_send_back"),
    path(f"{REQUEST}/agree/", requests.request_agree, name="request_agree"),
    path(f"{REQUEST}/refuse/", requests.request_refuse, name="request_refuse"),
    path(f"{REQUEST}/withdraw/", requests.request_withdraw, name="request_withdraw"),
    *[
        path(
            f"{REQUEST}/{act}/",
            getattr(request_acts, f"request_{act.replace('/', '_')}"),
            name=f"request_{act.replace('/', '_')}",
        )
        for act in REQUEST_ACTS
    ],
    path("resources/<int:pk>/lineage/", lineage.resource_lineage, name="resource_lineage"),
    path("agreements/", agreements.agreement_list, name="agreement_list"),
    path(f"{AGREEMENT}/", agreements.agreement, name="agreement"),
    path(f"{AGREEMENT}/activate/", agreements.agreement_activate, name="agreement_activate"),
    path(f"{AGREEMENT}/terminate/", agreements.agreement_terminate, name="agreement_terminate"),
    path(f"{AGREEMENT}/download/", agreements.agreement_download, name="agreement_download"),
    path(
        f"{AGREEMENT}/versions/<int:version>/",
        agreement_acts.agreement_version,
        name="agreement_version",
    ),
    path(
        f"{AGREEMENT}/versions/<int:version>/print/",
        agreement_acts.agreement_print,
        name="agreement_print",
    ),
    path(
        f"{AGREEMENT}/notices/<int:version>/acknowledge/",
        agreement_acts.agreement_acknowledge,
        name="agreement_acknowledge",
    ),
    *[
        path(
            f"{AGREEMENT}/{act}/",
            getattr(agreement_acts, f"agreement_{act}"),
            name=f"agreement_{act}",
        )
        for act in ACTS
    ],
]
