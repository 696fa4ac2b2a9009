"""The database itself refuses to change what was published."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from portal.workdays.models import CalendarDay, HolidayCalendar
from portal.workdays.services import publish_calendar


def superseded() -> HolidayCalendar:
    publish_calendar(
        year=2026, holidays=[(date(2026, 1, 1), "元旦")], makeup_days=[], source="通知", by=None
    )
    return HolidayCalendar.objects.get(year=2026, version=1)


def add_a_day(calendar: HolidayCalendar) -> object:
    return CalendarDay.objects.create(calendar=calendar, day=date(2026, 12, 25), kind="holiday")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["in force", "superseded"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c.days.update(day=date(2026, 12, 24)), id="a day moves"),
        pytest.param(lambda c: c.days.filter(kind="makeup").update(name=""), id="a day's name"),
        pytest.param(lambda c: c.days.filter(day=date(2026, 1, 1)).delete(), id="a day goes"),
        pytest.param(add_a_day, id="a day comes"),
        pytest.param(
            lambda c: HolidayCalendar.objects.filter(pk=c.pk).update(source="别的"), id="source"
        ),
        pytest.param(
            lambda c: HolidayCalendar.objects.filter(pk=c.pk).update(version=9, is_current=False),
            id="version",
        ),
    ],
)
def test_a_published_list_cannot_be_changed(
    which: str, change: Callable[[HolidayCalendar], object]
) -> None:
    if which == "superseded":
        calendar = superseded()
    else:
        calendar = HolidayCalendar.objects.get(year=2026, is_current=True)
    before = (
        HolidayCalendar.objects.filter(pk=calendar.pk).values().get(),
        list(calendar.days.values()),
    )

    with pytest.raises(IntegrityError, match="publish a new version"):
        change(calendar)

    assert before == (
        HolidayCalendar.objects.filter(pk=calendar.pk).values().get(),
        list(calendar.days.values()),
    )


@pytest.mark.django_db(transaction=True)
def test_a_superseded_list_cannot_come_back_into_force() -> None:
    old = superseded()

    with pytest.raises(IntegrityError, match="publish a new version"):
        HolidayCalendar.objects.filter(pk=old.pk).update(is_current=True)

    assert HolidayCalendar.objects.get(year=2026, is_current=True).version == 2


@pytest.mark.django_db(transaction=True)
def test_a_list_cannot_be_deleted_behind_django_s_back() -> None:
    with (
        pytest.raises(IntegrityError, match="publish a new version"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM workdays_calendarday")

    assert CalendarDay.objects.count() == 771


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        pytest.param({"version": 2}, "one_calendar_in_force_a_region_and_year", id="two in force"),
        pytest.param(
            {"version": 1, "is_current": False},
            "each_calendar_version_once",
            id="one version twice",
        ),
        pytest.param(
            {"year": 2027, "version": 0}, "calendar_versions_count_from_1", id="version 0"
        ),
        pytest.param({"year": 1900, "version": 1}, "calendar_year_is_plausible", id="1900"),
        pytest.param(
            {"region": "64", "version": 1}, "calendar_region_is_a_division_code", id="short code"
        ),
    ],
)
def test_the_database_holds_what_a_list_must_be(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        HolidayCalendar.objects.create(**{"year": 2026, "source": "通知", **fields})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "kind", "constraint"),
    [
        pytest.param(
            date(2027, 1, 1), "makeup", "a_makeup_day_is_a_saturday_or_sunday", id="Friday"
        ),
        pytest.param(date(2027, 1, 2), "holiday", "each_day_once_a_calendar", id="twice"),
        pytest.param(date(2027, 1, 3), "feast", "a_makeup_day_is_a_saturday_or_sunday", id="kind"),
    ],
)
def test_the_database_holds_what_a_day_must_be(day: date, kind: str, constraint: str) -> None:
    calendar = HolidayCalendar.objects.create(year=2027, version=1, source="通知")
    CalendarDay.objects.create(calendar=calendar, day=date(2027, 1, 2), kind="holiday")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CalendarDay.objects.create(calendar=calendar, day=day, kind=kind)
