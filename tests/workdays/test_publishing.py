"""A new version of a list: what it changes, what it leaves, and what is refused."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils.translation import override

from portal.common.errors import Invalid, StaleVersion
from portal.workdays import DueDate, add_working_days, is_working_day, working_days_between
from portal.workdays.models import CalendarDay, HolidayCalendar
from portal.workdays.selectors import calendar_of, calendars, versions, year_facts
from portal.workdays.services import publish_calendar
from tests.factories import UserFactory

NOTICE = "国务院办公厅关于2027年部分节假日安排的通知"
NEW_YEAR = [(date(2027, 1, day), "元旦") for day in (1, 2, 3)]
SPRING = [(date(2027, 2, day), "春节") for day in range(5, 12)]
MAKEUP = [(date(2027, 1, 31), "春节"), (date(2027, 2, 13), "春节")]


def list_of_2027(**other: Any) -> dict[str, Any]:
    return {
        "year": 2027,
        "holidays": NEW_YEAR + SPRING,
        "makeup_days": MAKEUP,
        "source": NOTICE,
        "by": None,
        **other,
    }


def rows() -> tuple[list[Any], list[Any]]:
    return list(HolidayCalendar.objects.order_by("pk").values()), list(
        CalendarDay.objects.order_by("pk").values()
    )


@pytest.mark.django_db
def test_a_published_list_is_entered_as_it_was_given() -> None:
    officer = UserFactory(name="何敏")

    calendar = publish_calendar(
        **list_of_2027(by=officer, source=f" {NOTICE} ", published_on=date(2026, 11, 20))
    )

    calendar.refresh_from_db()
    assert str(calendar) == "2027.1"
    assert (calendar.region, calendar.is_current, calendar.source) == ("", True, NOTICE)
    assert (calendar.entered_by, calendar.published_on) == ("何敏", date(2026, 11, 20))
    assert list(calendar.days.values_list("day", "kind", "name")) == sorted(
        [(day, "holiday", name) for day, name in NEW_YEAR + SPRING]
        + [(day, "makeup", name) for day, name in MAKEUP]
    )


@pytest.mark.django_db
def test_when_the_year_s_list_arrives_a_provisional_date_is_computed_anew_for_good() -> None:
    received = date(2026, 12, 28)
    before = add_working_days(received, 10)

    publish_calendar(**list_of_2027())

    assert before == DueDate(date(2027, 1, 11), "2026.1+2027.-", provisional=True)
    # 1 January is off now: one working day more.
    assert add_working_days(received, 10) == DueDate(
        date(2027, 1, 12), "2026.1+2027.1", provisional=False
    )
    assert add_working_days(date(2027, 1, 29), 1).date == date(2027, 1, 31)
    assert working_days_between(date(2026, 12, 31), date(2027, 1, 4)) == 1


@pytest.mark.django_db
def test_a_date_within_the_published_year_stays_as_it_is() -> None:
    before = add_working_days(date(2026, 12, 1), 20)

    publish_calendar(**list_of_2027())

    assert before == DueDate(date(2026, 12, 29), "2026.1", provisional=False)
    assert add_working_days(date(2026, 12, 1), 20) == before


@pytest.mark.django_db
def test_a_new_version_takes_the_old_one_out_of_force_and_leaves_its_days() -> None:
    first = publish_calendar(**list_of_2027())
    days = list(first.days.values())

    second = publish_calendar(**list_of_2027(holidays=NEW_YEAR, makeup_days=[], replaces=1))

    first.refresh_from_db()
    assert (first.version, first.is_current) == (1, False)
    assert (second.version, second.is_current) == (2, True)
    assert list(first.days.values()) == days
    assert add_working_days(date(2027, 1, 1), 1).calendar_version == "2027.2"
    assert is_working_day(date(2027, 2, 5))
    assert list(versions(year=2027)) == [second, first]
    assert calendar_of(year=2027) == second


@pytest.mark.django_db
def test_lists_of_other_years_and_regions_stay_in_force() -> None:
    publish_calendar(**list_of_2027())

    publish_calendar(**list_of_2027(region="64", makeup_days=[]))

    in_force = HolidayCalendar.objects.filter(is_current=True)
    assert list(in_force.filter(year=2027).values_list("region", "version")) == [
        ("", 1),
        ("640000", 1),
    ]
    assert in_force.filter(region="").count() == 24


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "fields"),
    [
        pytest.param(
            {"holidays": [*NEW_YEAR, (date(2026, 12, 31), "元旦")]},
            {"holidays": ["2026-12-31 does not lie in 2027."]},
            id="a holiday of another year",
        ),
        pytest.param(
            {"makeup_days": [(date(2028, 1, 2), "元旦")]},
            {"makeup_days": ["2028-01-02 does not lie in 2027."]},
            id="a make-up day of another year",
        ),
        pytest.param(
            {"holidays": [*NEW_YEAR, (date(2027, 1, 2), "周末")]},
            {"holidays": ["Sat 2 Jan 2027 is named more than once."]},
            id="a holiday twice",
        ),
        pytest.param(
            {"makeup_days": [*MAKEUP, MAKEUP[0]]},
            {"makeup_days": ["Sun 31 Jan 2027 is named more than once."]},
            id="a make-up day twice",
        ),
        pytest.param(
            {"makeup_days": [(date(2027, 1, 2), "元旦")]},
            {"makeup_days": ["Sat 2 Jan 2027 is both a holiday and a make-up day."]},
            id="a day both ways",
        ),
        pytest.param(
            {"makeup_days": [(date(2027, 3, 1), "春节")]},
            {
                "makeup_days": [
                    "Mon 1 Mar 2027 is a working day anyway: only a Saturday or Sunday can be a"
                    " make-up day."
                ]
            },
            id="a make-up day on a Monday",
        ),
        pytest.param(
            {"holidays": [], "makeup_days": []},
            {"holidays": ["A national calendar has holidays."]},
            id="a nation without holidays",
        ),
        pytest.param(
            {"source": " "}, {"source": ["Name the notice that orders these days."]}, id="no source"
        ),
        pytest.param(
            {"source": "通" * 301}, {"source": ["At most 300 characters."]}, id="a long source"
        ),
        pytest.param(
            {"holidays": [(date(2027, 1, 1), "元" * 101)]},
            {"holidays": ["The occasion of Fri 1 Jan 2027 is longer than 100 characters."]},
            id="a long occasion",
        ),
        pytest.param(
            {"region": "Ningxia"}, {"region": ["This is not a division code."]}, id="no region"
        ),
        pytest.param(
            {"year": 20270, "region": "64", "holidays": [], "makeup_days": []},
            {"year": ["The year lies between 1949 and 2999."]},
            id="an impossible year",
        ),
        pytest.param(
            {"source": "", "makeup_days": [(date(2026, 3, 2), "春节")]},
            {
                "source": ["Name the notice that orders these days."],
                "makeup_days": [
                    "2026-03-02 does not lie in 2027.",
                    "Mon 2 Mar is a working day anyway: only a Saturday or Sunday can be a"
                    " make-up day.",
                ],
            },
            id="everything at once",
        ),
    ],
)
def test_a_wrong_list_is_refused_field_by_field_and_changes_nothing(
    change: dict[str, Any], fields: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: date(2026, 11, 23))
    before = rows()

    with override("en"), pytest.raises(Invalid) as refusal:
        publish_calendar(**list_of_2027(**change))

    assert refusal.value.fields == fields
    assert rows() == before
    assert year_facts(year=2027).provisional


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [0, 2])
def test_who_edits_an_outdated_list_is_told_and_changes_nothing(seen: int) -> None:
    publish_calendar(**list_of_2027())
    before = rows()

    with pytest.raises(StaleVersion):
        publish_calendar(**list_of_2027(holidays=NEW_YEAR, replaces=seen))

    assert rows() == before


@pytest.mark.django_db
def test_who_enters_the_first_list_of_a_year_replaces_none() -> None:
    assert publish_calendar(**list_of_2027(replaces=0)).version == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_make_two_versions() -> None:
    made: list[int] = []

    def publish() -> None:
        try:
            made.append(publish_calendar(**list_of_2027()).version)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    with transaction.atomic():
        first = publish_calendar(**list_of_2027())
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()

    assert (first.version, sorted(made)) == (1, [2, 3, 4, 5])
    assert calendar_of(year=2027).version == 5
    close_old_connections()


@pytest.mark.django_db
def test_the_list_of_calendars_is_one_query(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    publish_calendar(**list_of_2027(region="64", makeup_days=[]))

    with django_assert_num_queries(1):
        national = list(calendars())

    assert len(national) == 23
    assert (str(national[0]), national[0].holidays, national[0].makeup_days) == ("2026.1", 33, 6)
    assert [str(calendar) for calendar in calendars(region="64")] == ["2027@640000.1"]


@pytest.mark.django_db
def test_one_calendar_and_its_days_are_two_queries(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    with django_assert_num_queries(2):
        calendar = calendar_of(year=2026)
        assert calendar is not None
        assert len(calendar.days.all()) == 39

    assert calendar_of(year=2027) is None


@pytest.mark.django_db
def test_an_occasion_is_named_in_the_reader_s_language() -> None:
    first = CalendarDay.objects.get(calendar__year=2026, day=date(2026, 2, 17))
    local = CalendarDay(day=date(2026, 3, 20), kind="holiday", name="开斋节")

    with override("en"):
        assert (str(first.occasion), local.occasion) == ("Spring Festival", "开斋节")
    with override("zh-hans"):
        assert str(first.occasion) == "春节"
    assert (str(first), str(local)) == ("2026-02-17 春节", "2026-03-20 开斋节")
