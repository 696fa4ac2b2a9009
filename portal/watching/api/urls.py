from django.urls import path

from . import views

urlpatterns = [
    path("alerts/", views.Alerts.as_view(), name="alert-list"),
    path("alerts/<int:pk>/", views.AlertDetail.as_view(), name="alert-detail"),
]
