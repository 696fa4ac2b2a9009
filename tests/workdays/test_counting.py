"""What holds for every start and limit, over all published years and those beyond."""

from datetime import date, timedelta

from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st

from portal.workdays import published_years
from portal.workdays.calendar import Calendar, DayList


def published() -> Calendar:
    return Calendar.of(
        DayList(
            region="",
            year=year,
            version=1,
            holidays=frozenset(
                found.day for found in published_years.days_of(year) if found.kind == "holiday"
            ),
            makeup_days=frozenset(
                found.day for found in published_years.days_of(year) if found.kind == "makeup"
            ),
        )
        for year in published_years.YEARS
    )


CALENDAR = published()
starts = st.dates(date(2003, 1, 1), date(2028, 12, 31))
limits = st.integers(1, 600)


@given(starts, limits)
def test_a_limit_ends_on_a_working_day_after_its_start(start: date, days: int) -> None:
    due = CALENDAR.add(start, days).date

    assert due > start
    assert CALENDAR.is_working_day(due)


@given(starts, limits)
def test_between_start_and_end_lie_exactly_the_days_of_the_limit(start: date, days: int) -> None:
    due = CALENDAR.add(start, days).date

    assert CALENDAR.between(start, due) == days
    assert CALENDAR.between(due, start) == -days


@given(starts, limits)
def test_a_longer_limit_ends_on_the_next_working_day(start: date, days: int) -> None:
    due, later = CALENDAR.add(start, days).date, CALENDAR.add(start, days + 1).date

    assert due < later
    assert CALENDAR.following(due, 1) == [later]


@given(starts, limits, limits)
def test_an_extension_is_counted_from_the_first_due_date(start: date, days: int, more: int) -> None:
    first = CALENDAR.add(start, days).date

    assert CALENDAR.add(start, days + more).date == CALENDAR.add(first, more).date


@given(starts, starts, limits)
def test_who_starts_later_is_never_due_earlier(one: date, other: date, days: int) -> None:
    early, late = sorted((one, other))

    assert CALENDAR.add(early, days).date <= CALENDAR.add(late, days).date


@given(starts, starts, starts)
def test_stretches_add_up(first: date, second: date, third: date) -> None:
    assert CALENDAR.between(first, second) + CALENDAR.between(second, third) == CALENDAR.between(
        first, third
    )


@given(starts, st.integers(1, 60))
def test_counting_by_look_up_agrees_with_counting_day_by_day(start: date, days: int) -> None:
    day, left = start, days
    while left:
        day += timedelta(days=1)
        left -= CALENDAR.is_working_day(day)

    assert CALENDAR.add(start, days).date == day


@given(starts, limits)
def test_only_years_without_a_list_make_a_date_provisional(start: date, days: int) -> None:
    due = CALENDAR.add(start, days)
    years = range((start + timedelta(days=1)).year, due.date.year + 1)

    assert due.calendar_version == "+".join(
        f"{year}.{1 if year in published_years.YEARS else '-'}" for year in years
    )
    assert due.provisional == any(year not in published_years.YEARS for year in years)


def test_every_day_of_23_years_agrees_with_the_library() -> None:
    day, last = date(2004, 1, 1), date(2026, 12, 31)
    while day <= last:
        assert CALENDAR.is_working_day(day) == is_workday(day), day
        day += timedelta(days=1)
