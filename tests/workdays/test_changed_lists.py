"""What a corrected list or an emergency holiday moves, for every start, limit and set of days."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.workdays.calendar import Calendar

from .test_counting import CALENDAR

YEAR = 2026
starts = st.dates(date(2024, 1, 1), date(2027, 12, 31))
limits = st.integers(1, 300)
changed_days = st.sets(st.dates(date(YEAR, 1, 1), date(YEAR, 12, 31)), min_size=1, max_size=12)


def changed(days: set[date]) -> Calendar:
    """The next version of the list of the year, in which each of `days` is the other kind of day."""
    before = CALENDAR.lists["", YEAR]
    off = {day for day in days if CALENDAR.is_working_day(day)}
    after = replace(
        before,
        version=before.version + 1,
        holidays=(before.holidays - days) | off,
        makeup_days=(before.makeup_days - days) | (days - off),
    )
    return Calendar({**CALENDAR.lists, ("", YEAR): after})


@given(starts, limits, changed_days)
def test_only_a_limit_that_touches_a_changed_day_moves(
    start: date, days: int, flipped: set[date]
) -> None:
    before = CALENDAR.add(start, days)
    after = changed(flipped).add(start, days)

    if not any(start < day <= before.date for day in flipped):
        assert after.date == before.date


@given(starts, limits, changed_days)
def test_a_limit_that_moved_names_another_version(
    start: date, days: int, flipped: set[date]
) -> None:
    before = CALENDAR.add(start, days)
    after = changed(flipped).add(start, days)

    if after.date != before.date:
        assert after.calendar_version != before.calendar_version


@given(starts, limits, changed_days)
def test_the_new_date_equals_a_count_day_by_day(start: date, days: int, flipped: set[date]) -> None:
    calendar, day, left = changed(flipped), start, days
    while left:
        day += timedelta(days=1)
        left -= CALENDAR.is_working_day(day) != (day in flipped)

    assert calendar.add(start, days).date == day


@given(starts, limits, changed_days)
def test_days_that_become_holidays_never_bring_a_date_forward(
    start: date, days: int, flipped: set[date]
) -> None:
    off = {day for day in flipped if CALENDAR.is_working_day(day)}

    assert changed(off).add(start, days).date >= CALENDAR.add(start, days).date
