from django.urls import URLPattern, path

from . import update_duties as views

DUTY = "update-duties/<int:pk>"
urlpatterns: list[URLPattern] = [
    path("update-duties/", views.UpdateDutyList.as_view(), name="update-duty-list"),
    path(f"{DUTY}/", views.UpdateDutyDetail.as_view(), name="update-duty-detail"),
    path(f"{DUTY}/extension/", views.UpdateDutyExtension.as_view(), name="update-duty-extension"),
    path(
        f"{DUTY}/extension/decide/",
        views.UpdateDutyExtensionDecide.as_view(),
        name="update-duty-extension-decide",
    ),
    path(f"{DUTY}/answer/", views.UpdateDutyAnswer.as_view(), name="update-duty-answer"),
    path(f"{DUTY}/close/", views.UpdateDutyClose.as_view(), name="update-duty-close"),
    path(
        f"{DUTY}/close/decide/",
        views.UpdateDutyCloseDecide.as_view(),
        name="update-duty-close-decide",
    ),
]
