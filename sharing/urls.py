from django.urls import path

from .views import (
    agreement_acts,
    agreements,
    applications,
    delivery,
    drafting,
    lineage,
    notes,
    pushes,
    request_acts,
    requests,
    terms_templates,
    used,
)

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
    path("requests/basket/", applications.basket, name="basket"),
    path("requests/basket/add/<int:pk>/", applications.basket_add, name="basket_add"),
    path("requests/basket/take/<int:pk>/", applications.basket_take, name="basket_take"),
    path("applications/<str:number>/", applications.application, name="application"),
    *[
        path(
            f"applications/<str:number>/{act}/",
            getattr(applications, f"application_{act.replace('-', '_')}"),
            name=f"application_{act.replace('-', '_')}",
        )
        for act in ("purpose", "submit", "approve", "send-back")
    ],
    path("templates/", terms_templates.template_list, name="terms_template_list"),
    path("templates/<str:kind>/", terms_templates.template, name="terms_template"),
    path(
        "templates/<str:kind>/write/", terms_templates.template_write, name="terms_template_write"
    ),
    path("requests/new/<int:pk>/", drafting.request_create, name="request_create"),
    path(f"{REQUEST}/", requests.request, name="request"),
    path(f"{REQUEST}/edit/", drafting.request_edit, name="request_edit"),
    path(f"{REQUEST}/edit/files/", drafting.request_files, name="request_files"),
    path(f"{REQUEST}/edit/<str:step>/", drafting.request_step, name="request_step"),
    path(f"{REQUEST}/files/<int:pk>/", drafting.request_file, name="request_file"),
    path(
        f"{REQUEST}/files/<int:pk>/remove/",
        drafting.request_file_remove,
        name="request_file_remove",
    ),
    path(f"{REQUEST}/evidence.zip", requests.request_evidence, name="request_evidence"),
    path(f"{REQUEST}/check/", drafting.request_check, name="request_check"),
    path(f"{REQUEST}/approve/", requests.request_approve, name="request_approve"),
    path(f"{REQUEST}/send-back/", requests.request_send_back, name="request_send_back"),
    path(f"{REQUEST}/write/", notes.request_write, name="request_write"),
    path(f"{REQUEST}/advise/", notes.request_advise, name="request_advise"),
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
    path("use/", used.use_of_our_data, name="use"),
    path("resources/<int:pk>/lineage/", lineage.resource_lineage, name="resource_lineage"),
    path("agreements/", agreements.agreement_list, name="agreement_list"),
    path(f"{AGREEMENT}/", agreements.agreement, name="agreement"),
    path(f"{AGREEMENT}/activate/", agreements.agreement_activate, name="agreement_activate"),
    path(f"{AGREEMENT}/terminate/", agreements.agreement_terminate, name="agreement_terminate"),
    path(f"{AGREEMENT}/data/", delivery.agreement_data, name="agreement_data"),
    path(f"{AGREEMENT}/data/try/", delivery.agreement_try, name="agreement_try"),
    path(f"{AGREEMENT}/data/prepare/", delivery.agreement_prepare, name="agreement_prepare"),
    path(f"{AGREEMENT}/data/prepared/", delivery.agreement_prepared, name="agreement_prepared"),
    path(f"{AGREEMENT}/data/files/<uuid:export>/", delivery.agreement_file, name="agreement_file"),
    path(
        f"{AGREEMENT}/data/shared/<str:name>",
        delivery.agreement_shared_file,
        name="agreement_shared_file",
    ),
    path(f"{AGREEMENT}/drawn/", delivery.agreement_drawn, name="agreement_drawn"),
    path(f"{AGREEMENT}/push/", pushes.agreement_push, name="agreement_push"),
    path(f"{AGREEMENT}/push/target/", pushes.agreement_push_target, name="agreement_push_target"),
    path(f"{AGREEMENT}/push/test/", pushes.agreement_push_test, name="agreement_push_test"),
    path(f"{AGREEMENT}/push/start/", pushes.agreement_push_start, name="agreement_push_start"),
    path(f"{AGREEMENT}/push/remove/", pushes.agreement_push_remove, name="agreement_push_remove"),
    path(f"{AGREEMENT}/download/", delivery.agreement_download, name="agreement_download"),
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
