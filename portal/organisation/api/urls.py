from django.urls import path

from . import calendars, substitutions, views

urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path(
        "people/<int:pk>/substitutes/",
        substitutions.Substitutes.as_view(),
        name="person-substitutes",
    ),
    path(
        "people/<int:pk>/substitutes/<int:substitution>/end/",
        substitutions.SubstitutionEnd.as_view(),
        name="substitution-end",
    ),
    path("calendars/", calendars.CalendarList.as_view(), name="calendar-list"),
    path("calendars/<int:year>/", calendars.CalendarOfYear.as_view(), name="calendar-year"),
    path("departments/", views.DepartmentList.as_view(), name="department-list"),
    path("regions/", views.RegionList.as_view(), name="region-list"),
    path("systems/", views.SystemList.as_view(), name="system-list"),
    path("systems/<int:pk>/", views.SystemDetail.as_view(), name="system-detail"),
    path("systems/<int:pk>/keys/", views.KeyIssue.as_view(), name="system-key-issue"),
    path(
        "systems/<int:pk>/keys/<str:prefix>/revoke/",
        views.KeyRevoke.as_view(),
        name="system-key-revoke",
    ),
    path("systems/<int:pk>/client/", views.ClientIssue.as_view(), name="system-client-issue"),
]
