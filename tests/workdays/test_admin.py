"""The admin shows the lists to whoever may enter it, and lets nobody change them."""

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from portal.organisation.models import DutyKind
from portal.workdays.models import HolidayCalendar
from tests.factories import UserFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

pytestmark = pytest.mark.django_db


def test_the_system_administrator_looks_at_a_list_and_its_days(client):
    calendar = HolidayCalendar.objects.get(year=2026)
    client.force_login(UserFactory(duties=[DutyKind.SYSTEM_ADMIN]), BACKEND)

    listed = client.get("/admin/workdays/holidaycalendar/")
    shown = client.get(f"/admin/workdays/holidaycalendar/{calendar.pk}/change/")

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "2025-11-04" in listed.text or "2025年11月4日" in listed.text
    assert shown.text.count("春节") >= 9


@pytest.mark.parametrize("duty", [DutyKind.SYSTEM_ADMIN, DutyKind.COMPETENT_OFFICER])
def test_nobody_changes_a_list_there(client, duty):
    calendar = HolidayCalendar.objects.get(year=2026)
    user = UserFactory(duties=[duty])
    client.force_login(user, BACKEND)

    answers = [
        client.post(f"/admin/workdays/holidaycalendar/{calendar.pk}/{page}/", {"source": "别的"})
        for page in ("change", "delete")
    ]
    answers.append(client.post("/admin/workdays/holidaycalendar/add/", {"year": "2027"}))

    assert all(answer.status_code in {302, 403} for answer in answers)
    assert list(
        HolidayCalendar.objects.filter(year__gte=2026).values_list("source", flat=True)
    ) == [calendar.source]


def test_even_a_superuser_is_offered_no_change():
    request = RequestFactory().get("/")
    request.user = UserFactory()
    request.user.is_superuser = True  # the database allows none; even so
    admin = site.get_model_admin(HolidayCalendar)

    assert admin.get_model_perms(request) == {
        "add": False,
        "change": False,
        "delete": False,
        "view": True,
    }
