from django.urls import path

from . import agreement_acts, request_acts, views

REQUEST, AGREEMENT = "requests/<str:number>", "agreements/<str:number>"
urlpatterns = [
    path("requests/", views.RequestList.as_view(), name="request-list"),
    path(f"{REQUEST}/", views.RequestDetail.as_view(), name="request-detail"),
    path(f"{REQUEST}/submit/", views.RequestSubmit.as_view(), name="request-submit"),
    path(f"{REQUEST}/approve/", views.RequestApprove.as_view(), name="request-approve"),
    path(f"{REQUEST}/send-back/", views.RequestSendBack.as_view(), name="request-send-back"),
    path(f"{REQUEST}/agree/", views.RequestAgree.as_view(), name="request-agree"),
    path(f"{REQUEST}/refuse/", views.RequestRefuse.as_view(), name="request-refuse"),
    path(f"{REQUEST}/withdraw/", views.RequestWithdraw.as_view(), name="request-withdraw"),
    path(
        f"{REQUEST}/supplement/",
        request_acts.RequestSupplement.as_view(),
        name="request-supplement",
    ),
    path(
        f"{REQUEST}/extension/", request_acts.RequestExtension.as_view(), name="request-extension"
    ),
    path(
        f"{REQUEST}/extension/decide/",
        request_acts.RequestExtensionDecide.as_view(),
        name="request-extension-decide",
    ),
    path(
        f"{REQUEST}/extension/acknowledge/",
        request_acts.RequestExtensionAcknowledge.as_view(),
        name="request-extension-acknowledge",
    ),
    path(f"{REQUEST}/offer/", request_acts.RequestOffer.as_view(), name="request-offer"),
    path(f"{REQUEST}/accept/", request_acts.RequestAccept.as_view(), name="request-accept"),
    path(f"{REQUEST}/decline/", request_acts.RequestDecline.as_view(), name="request-decline"),
    path(f"{REQUEST}/dispute/", request_acts.RequestDispute.as_view(), name="request-dispute"),
    path(
        f"{REQUEST}/dispute/decide/",
        request_acts.RequestDisputeDecide.as_view(),
        name="request-dispute-decide",
    ),
    path("agreements/", views.AgreementList.as_view(), name="agreement-list"),
    path(f"{AGREEMENT}/", views.AgreementDetail.as_view(), name="agreement-detail"),
    path(f"{AGREEMENT}/activate/", views.AgreementActivate.as_view(), name="agreement-activate"),
    path(f"{AGREEMENT}/terminate/", views.AgreementTerminate.as_view(), name="agreement-terminate"),
    path(
        f"{AGREEMENT}/versions/",
        agreement_acts.AgreementVersions.as_view(),
        name="agreement-versions",
    ),
    path(
        f"{AGREEMENT}/versions/<int:version>/",
        agreement_acts.AgreementVersionDetail.as_view(),
        name="agreement-version",
    ),
    path(
        f"{AGREEMENT}/propose/", agreement_acts.AgreementPropose.as_view(), name="agreement-propose"
    ),
    path(
        f"{AGREEMENT}/retract/", agreement_acts.AgreementRetract.as_view(), name="agreement-retract"
    ),
    path(
        f"{AGREEMENT}/confirm/", agreement_acts.AgreementConfirm.as_view(), name="agreement-confirm"
    ),
    path(
        f"{AGREEMENT}/suspend/", agreement_acts.AgreementSuspend.as_view(), name="agreement-suspend"
    ),
    path(
        f"{AGREEMENT}/rectify/", agreement_acts.AgreementRectify.as_view(), name="agreement-rectify"
    ),
    path(f"{AGREEMENT}/report/", agreement_acts.AgreementReport.as_view(), name="agreement-report"),
    path(
        f"{AGREEMENT}/restore/", agreement_acts.AgreementRestore.as_view(), name="agreement-restore"
    ),
    path(
        f"{AGREEMENT}/consult/", agreement_acts.AgreementConsult.as_view(), name="agreement-consult"
    ),
    path(f"{AGREEMENT}/answer/", agreement_acts.AgreementAnswer.as_view(), name="agreement-answer"),
    path(
        f"{AGREEMENT}/notices/", agreement_acts.AgreementNotices.as_view(), name="agreement-notices"
    ),
    path(
        f"{AGREEMENT}/notices/<int:version>/acknowledge/",
        agreement_acts.AgreementAcknowledge.as_view(),
        name="agreement-acknowledge",
    ),
    path(f"{AGREEMENT}/rows/", views.AgreementRows.as_view(), name="agreement-rows"),
    path(f"{AGREEMENT}/export.csv", views.AgreementExport.as_view(), name="agreement-export"),
]
