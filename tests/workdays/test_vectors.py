"""The vectors and facts of 2026, and what happens past the last published year."""

from datetime import date, timedelta

import pytest

from portal.workdays import (
    DueDate,
    add_working_days,
    is_working_day,
    next_working_days,
    working_days_between,
)
from portal.workdays.models import CalendarDay, DayKind
from portal.workdays.selectors import year_facts

pytestmark = pytest.mark.django_db

LIMITS = (1, 2, 5, 10, 20)
# Day of receipt, and the due dates of the limits above.
VECTORS = {
    "02-12": ("02-13", "02-14", "02-26", "03-04", "03-18"),
    "02-13": ("02-14", "02-24", "02-27", "03-05", "03-19"),
    "02-15": ("02-24", "02-25", "02-28", "03-06", "03-20"),
    "04-30": ("05-06", "05-07", "05-11", "05-18", "06-01"),
    "09-18": ("09-20", "09-21", "09-24", "10-09", "10-22"),
    "09-30": ("10-08", "10-09", "10-13", "10-20", "11-03"),
}
HOLIDAYS_2026 = (
    ("01-01", "01-03", "元旦"),
    ("02-15", "02-23", "春节"),
    ("04-04", "04-06", "清明节"),
    ("05-01", "05-05", "劳动节"),
    ("06-19", "06-21", "端午节"),
    ("09-25", "09-27", "中秋节"),
    ("10-01", "10-07", "国庆节"),
)
MAKEUP_DAYS_2026 = ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")


def in_2026(day: str) -> date:
    return date.fromisoformat(f"2026-{day}")


@pytest.mark.parametrize(
    ("receipt", "days", "due"),
    [
        pytest.param(in_2026(receipt), days, in_2026(due), id=f"{receipt}+{days}")
        for receipt, dues in VECTORS.items()
        for days, due in zip(LIMITS, dues, strict=True)
    ],
)
def test_a_limit_ends_on_the_day_of_the_table(receipt: date, days: int, due: date) -> None:
    assert add_working_days(receipt, days) == DueDate(due, "2026.1", provisional=False)
    assert working_days_between(receipt, due) == days


def test_2026_has_248_working_days() -> None:
    assert year_facts(year=2026).working_days == 248
    assert working_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 248
    assert sum(is_working_day(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)) == 248


@pytest.mark.parametrize(("first", "last", "name"), HOLIDAYS_2026)
def test_every_day_of_a_holiday_is_off(first: str, last: str, name: str) -> None:
    begin, end = in_2026(first), in_2026(last)
    days = [begin + timedelta(days=step) for step in range((end - begin).days + 1)]

    assert not any(is_working_day(day) for day in days)
    assert (
        list(
            CalendarDay.objects.filter(
                calendar__year=2026, kind=DayKind.HOLIDAY, day__range=(begin, end), name=name
            ).values_list("day", flat=True)
        )
        == days
    )


@pytest.mark.parametrize("day", MAKEUP_DAYS_2026)
def test_a_makeup_day_is_worked(day: str) -> None:
    assert in_2026(day).weekday() >= 5
    assert is_working_day(in_2026(day))


def test_2026_lists_no_other_days() -> None:
    listed = CalendarDay.objects.filter(calendar__year=2026)

    assert listed.filter(kind=DayKind.HOLIDAY).count() == 33
    assert [
        f"{day:%m-%d}" for day in listed.filter(kind=DayKind.MAKEUP).values_list("day", flat=True)
    ] == list(MAKEUP_DAYS_2026)


@pytest.mark.parametrize(
    ("start", "days", "last_sure"),
    [
        pytest.param("11-05", 40, "12-31", id="40 days, until 5 November"),
        pytest.param("12-03", 20, "12-31", id="20 days, until 3 December"),
        pytest.param("12-17", 10, "12-31", id="10 days, until 17 December"),
    ],
)
def test_a_limit_that_reaches_into_2027_is_provisional(
    start: str, days: int, last_sure: str
) -> None:
    begin = in_2026(start)

    assert add_working_days(begin, days) == DueDate(in_2026(last_sure), "2026.1", provisional=False)
    # The next day begins one working day later, and 1 January 2027 is a Friday without a list.
    assert add_working_days(begin + timedelta(days=1), days) == DueDate(
        date(2027, 1, 1), "2026.1+2027.-", provisional=True
    )


def test_a_year_without_a_list_works_from_monday_to_friday() -> None:
    facts = year_facts(year=2027)

    assert (facts.working_days, facts.version, facts.provisional) == (261, "2027.-", True)
    assert next_working_days(date(2026, 12, 30), 3) == [
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 4),
    ]


def test_a_limit_after_new_years_eve_is_counted_by_the_new_year_alone() -> None:
    assert add_working_days(date(2025, 12, 31), 1) == DueDate(
        date(2026, 1, 4), "2026.1", provisional=False
    )


def test_every_year_from_2004_to_2026_is_there() -> None:
    assert [year for year in range(2000, 2030) if not year_facts(year=year).provisional] == list(
        range(2004, 2027)
    )


@pytest.mark.parametrize("days", [0, -1])
def test_a_limit_has_at_least_one_day(days: int) -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        add_working_days(date(2026, 11, 23), days)


def test_the_next_working_days_leave_the_start_out() -> None:
    assert next_working_days(date(2026, 9, 18), 3) == [
        date(2026, 9, 20),
        date(2026, 9, 21),
        date(2026, 9, 22),
    ]
    assert next_working_days(date(2026, 9, 18), 0) == []
    with pytest.raises(ValueError, match="-1"):
        next_working_days(date(2026, 9, 18), -1)


def test_days_between_are_negative_backwards_and_zero_in_place() -> None:
    assert working_days_between(date(2026, 10, 9), date(2026, 9, 30)) == -2
    assert working_days_between(date(2026, 9, 30), date(2026, 9, 30)) == 0
    assert working_days_between(date(2026, 10, 1), date(2026, 10, 7)) == 0
