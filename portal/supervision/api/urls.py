from django.urls import path

from . import views

urlpatterns = [
    path("supervision/indicators/", views.Indicators.as_view(), name="indicator-list"),
    path(
        "supervision/indicators/<str:key>/cases/",
        views.IndicatorCases.as_view(),
        name="indicator-cases",
    ),
    path("supervision/departments/", views.League.as_view(), name="league"),
    path("supervision/deadlines/", views.Deadlines.as_view(), name="deadline-list"),
    path("supervision/compliance/", views.Compliance.as_view(), name="compliance"),
]
