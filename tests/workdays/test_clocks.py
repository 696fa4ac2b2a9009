"""A clock's own count, for every start, limit and extension, by the lists in force."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.workdays import add_working_days, is_working_day
from sharing.models import Deadline

pytestmark = pytest.mark.django_db

starts = st.dates(date(2024, 1, 1), date(2027, 12, 31))
limits = st.integers(1, 40)
extensions = st.integers(0, 20)


def counted(start: date, limit: int, extension: int = 0) -> Deadline:
    clock = Deadline(started_on=start, limit_days=limit, extension_days=extension)
    assert clock.count() is None
    return clock


@given(starts, limits, extensions)
def test_a_clock_is_due_on_a_working_day_after_it_started(
    start: date, limit: int, extension: int
) -> None:
    clock = counted(start, limit, extension)

    assert clock.due > start
    assert is_working_day(clock.due)


@given(starts, limits, st.integers(1, 20))
def test_an_extension_runs_on_from_the_first_due_date(
    start: date, limit: int, extension: int
) -> None:
    first, extended = counted(start, limit), counted(start, limit, extension)

    assert extended.due > first.due
    assert extended.due == add_working_days(first.due, extension).date


@given(starts, limits, extensions)
def test_counting_again_by_the_same_lists_moves_nothing(
    start: date, limit: int, extension: int
) -> None:
    clock = counted(start, limit, extension)
    due, version = clock.due, clock.calendar_version

    assert clock.count() is None
    assert (clock.due, clock.calendar_version) == (due, version)
