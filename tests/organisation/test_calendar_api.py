"""Holiday lists by API: read by all, published by those who keep the calendar."""

from datetime import date

import pytest

from audit.models import Entry
from portal.organisation.models import DutyKind
from portal.organisation.services.calendar import publish_calendar
from portal.workdays.models import HolidayCalendar
from tests.factories import DepartmentFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = {
    "year": 2027,
    "holidays": [{"day": "2027-01-01", "name": "元旦"}, {"day": "2027-02-05", "name": "春节"}],
    "makeup_days": [{"day": "2027-01-30"}],
    "source": "国办发明电〔2026〕7号",
    "replaces": 0,
}


@pytest.fixture
def officer():
    return UserFactory(
        department=DepartmentFactory(is_competent=True), duties=[DutyKind.COMPETENT_OFFICER]
    )


def sent(client, path, body):
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_a_list_is_published_and_read_back(client, officer):
    client.force_login(officer)
    made = sent(client, "calendars/", LIST)
    assert made.status_code == 201
    assert made.json()["holidays"] == LIST["holidays"]
    (read,) = client.get("/api/v1/calendars/2027/").json()
    assert read == made.json()
    assert (read["version"], read["is_current"]) == (1, True)
    assert client.get("/api/v1/calendars/").json()[0] == read
    assert Entry.objects.get().action == "organisation.calendar.publish"


def test_a_region_has_its_own_list_and_versions_stay(client, officer):
    client.force_login(officer)
    region = {**LIST, "region": "640000", "makeup_days": []}
    assert sent(client, "calendars/", region).status_code == 201
    second = {**region, "holidays": [{"day": "2027-03-01", "name": "开斋节"}], "replaces": 1}
    assert sent(client, "calendars/", second).status_code == 201
    found = client.get("/api/v1/calendars/2027/").json()
    assert [(one["region"], one["version"], one["is_current"]) for one in found] == [
        ("640000", 2, True),
        ("640000", 1, False),
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"region": "x"}, "region"),
        ({"year": 1066}, "year"),
        ({"holidays": [{"day": "2026-01-01"}]}, "holidays"),
        ({"makeup_days": [{"day": "2027-02-01"}]}, "makeup_days"),
        ({"source": " "}, "source"),
        ({"holidays": "all"}, "holidays"),
    ],
)
def test_a_wrong_list_is_told_at_its_field_and_not_published(client, officer, wrong, field):
    client.force_login(officer)
    answer = sent(client, "calendars/", {**LIST, **wrong})
    assert answer.status_code == 422
    assert [name for name in answer.json()["fields"] if name.startswith(field)]
    assert not HolidayCalendar.objects.filter(year=2027).exists()


def test_a_list_that_was_replaced_since_is_refused(client, officer):
    client.force_login(officer)
    sent(client, "calendars/", LIST)
    assert sent(client, "calendars/", LIST).status_code == 409
    assert HolidayCalendar.objects.filter(year=2027).count() == 1


def test_others_read_and_do_not_publish(client):
    client.force_login(UserFactory(duties=[DutyKind.STAFF]))
    assert client.get("/api/v1/calendars/2026/").status_code == 200
    assert client.get("/api/v1/calendars/1999/").status_code == 404
    assert sent(client, "calendars/", LIST).status_code == 403
    assert not HolidayCalendar.objects.filter(year=2027).exists()


def test_the_page_of_a_year_shows_what_each_version_changed(client, officer):
    for version, days in enumerate([[1], [2]]):
        publish_calendar(
            year=2027,
            region="640000000000",
            holidays=[(date(2027, 3, day), "开斋节") for day in days],
            makeup_days=[],
            source=f"通知{version}",
            by=officer,
        )
    client.force_login(officer)
    page = client.get("/organisation/calendar/years/2027/")
    newest, first = page.context["lists"]
    assert [one.first for one in newest.added] == [date(2027, 3, 2)]
    assert [one.first for one in newest.removed] == [date(2027, 3, 1)]
    assert (first.is_first, list(first.added)) == (True, [])
    assert "通知1" in page.content.decode()
    assert client.get("/organisation/calendar/years/1999/").status_code == 404


def test_the_form_starts_from_the_list_of_a_region(client, officer):
    publish_calendar(
        year=2027,
        region="640000",
        holidays=[(date(2027, 3, 1), "开斋节")],
        makeup_days=[],
        source="通知",
        by=officer,
    )
    code = HolidayCalendar.objects.get(year=2027).region
    client.force_login(officer)
    form = client.get("/organisation/calendar/", {"year": "2027", "region": code}).context["form"]
    assert (form.initial["region"], form.initial["replaces"]) == (code, 1)
