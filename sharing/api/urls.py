from django.urls import path

from sharing.delivery.formats import FORMATS

from . import (
    agreement_acts,
    applications,
    basket,
    canary,
    delivery,
    files,
    interface,
    notes,
    prepared,
    pushes,
    request_acts,
    views,
)

REQUEST, AGREEMENT = "requests/<str:number>", "agreements/<str:number>"
APPLICATION = "applications/<str:number>"
# Looked through from the top: what systems call by the thousand comes first.
urlpatterns = [
    path(f"{AGREEMENT}/rows/", delivery.AgreementRows.as_view(), name="agreement-rows"),
    path(f"{AGREEMENT}/changes/", delivery.AgreementChanges.as_view(), name="agreement-changes"),
    path(f"{AGREEMENT}/verify/", delivery.AgreementVerify.as_view(), name="agreement-verify"),
    *[
        path(
            f"{AGREEMENT}/export.{format.extension}",
            delivery.AgreementExport.as_view(format=format),
            name=f"agreement-export-{format.extension}",
        )
        for format in FORMATS.values()
    ],
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
    path(f"{REQUEST}/notes/", notes.RequestNotes.as_view(), name="request-notes"),
    path(f"{REQUEST}/advise/", notes.RequestAdvise.as_view(), name="request-advise"),
    path(f"{REQUEST}/files/", applications.RequestFiles.as_view(), name="request-files"),
    path(f"{REQUEST}/files/<int:pk>/", applications.RequestFile.as_view(), name="request-file"),
    path("basket/", basket.Basket.as_view(), name="basket"),
    path("basket/<int:pk>/", basket.BasketEntryView.as_view(), name="basket-entry"),
    path("applications/", applications.ApplicationList.as_view(), name="application-list"),
    path(f"{APPLICATION}/", applications.ApplicationDetail.as_view(), name="application-detail"),
    path(
        f"{APPLICATION}/purpose/",
        applications.ApplicationPurpose.as_view(),
        name="application-purpose",
    ),
    path(
        f"{APPLICATION}/submit/",
        applications.ApplicationSubmit.as_view(),
        name="application-submit",
    ),
    path(
        f"{APPLICATION}/approve/",
        applications.ApplicationApprove.as_view(),
        name="application-approve",
    ),
    path(
        f"{APPLICATION}/send-back/",
        applications.ApplicationSendBack.as_view(),
        name="application-send-back",
    ),
    path(
        "terms-templates/<str:kind>/",
        applications.TermsTemplateView.as_view(),
        name="terms-template",
    ),
    path("agreements/", views.AgreementList.as_view(), name="agreement-list"),
    path(f"{AGREEMENT}/", views.AgreementDetail.as_view(), name="agreement-detail"),
    path(f"{AGREEMENT}/canary/", canary.AgreementCanary.as_view(), name="agreement-canary"),
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
    path(
        f"{AGREEMENT}/interface/<path:path>",
        interface.AgreementInterface.as_view(),
        name="agreement-interface",
    ),
    path(f"{AGREEMENT}/files/", files.AgreementFiles.as_view(), name="agreement-files"),
    path(f"{AGREEMENT}/files/<str:name>", files.AgreementFile.as_view(), name="agreement-file"),
    path(f"{AGREEMENT}/exports/", prepared.AgreementPrepared.as_view(), name="agreement-prepared"),
    path(
        f"{AGREEMENT}/exports/<uuid:export>/",
        prepared.AgreementPreparedOne.as_view(),
        name="agreement-prepared-one",
    ),
    path(
        f"{AGREEMENT}/exports/<uuid:export>/file",
        prepared.AgreementPreparedFile.as_view(),
        name="agreement-prepared-file",
    ),
    path(f"{AGREEMENT}/push-target/", pushes.AgreementTarget.as_view(), name="agreement-target"),
    path(
        f"{AGREEMENT}/push-target/test/",
        pushes.AgreementTargetTest.as_view(),
        name="agreement-target-test",
    ),
    path(f"{AGREEMENT}/pushes/", pushes.AgreementPushes.as_view(), name="agreement-pushes"),
    path(
        f"{AGREEMENT}/pushes/<uuid:push>/",
        pushes.AgreementPush.as_view(),
        name="agreement-push",
    ),
    path(
        f"{AGREEMENT}/receipts/<uuid:receipt>/",
        delivery.AgreementReceipt.as_view(),
        name="agreement-receipt",
    ),
]
