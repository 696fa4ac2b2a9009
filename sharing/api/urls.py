from django.urls import path

from . import views

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
    path("agreements/", views.AgreementList.as_view(), name="agreement-list"),
    path(f"{AGREEMENT}/", views.AgreementDetail.as_view(), name="agreement-detail"),
    path(f"{AGREEMENT}/activate/", views.AgreementActivate.as_view(), name="agreement-activate"),
    path(f"{AGREEMENT}/terminate/", views.AgreementTerminate.as_view(), name="agreement-terminate"),
    path(f"{AGREEMENT}/rows/", views.AgreementRows.as_view(), name="agreement-rows"),
    path(f"{AGREEMENT}/export.csv", views.AgreementExport.as_view(), name="agreement-export"),
]
