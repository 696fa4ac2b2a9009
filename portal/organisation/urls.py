from django.urls import path

from .views import calendar, people, substitutions, systems

app_name = "organisation"
urlpatterns = [
    path("departments/", people.department_list, name="department_list"),
    path("departments/new/", people.department_create, name="department_create"),
    path("departments/<int:pk>/", people.department, name="department"),
    path("people/", people.person_list, name="person_list"),
    path("people/open/", people.person_open, name="person_open"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/email/", people.person_email, name="person_email"),
    path("people/<int:pk>/move/", people.person_move, name="person_move"),
    path("people/<int:pk>/close/", people.person_close, name="person_close"),
    path("people/<int:pk>/duties/<str:kind>/end/", people.duty_dismiss, name="duty_dismiss"),
    path(
        "people/<int:pk>/substitutes/", substitutions.person_substitutes, name="person_substitutes"
    ),
    path(
        "people/<int:pk>/substitutes/<int:substitution>/end/",
        substitutions.substitution_end,
        name="substitution_end",
    ),
    path("systems/", systems.system_list, name="system_list"),
    path("systems/<int:pk>/", systems.system, name="system"),
    path("systems/<int:pk>/close/", systems.system_close, name="system_close"),
    path("systems/<int:pk>/keys/", systems.key_issue, name="key_issue"),
    path("systems/<int:pk>/keys/<str:prefix>/revoke/", systems.key_revoke, name="key_revoke"),
    path("systems/<int:pk>/client/", systems.client_issue, name="client_issue"),
    path("systems/<int:pk>/client/revoke/", systems.client_revoke, name="client_revoke"),
    path("calendar/", calendar.years, name="calendar"),
    path("calendar/years/<int:year>/", calendar.year_lists, name="calendar_year"),
]
