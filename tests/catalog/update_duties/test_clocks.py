"""What holds for every clock of Art. 17, whatever its day: proved over drawn days."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import deadlines
from catalog.models import CatalogueDeadline
from portal.workdays import add_working_days, is_working_day, working_days_between

pytestmark = pytest.mark.django_db

DAYS = st.dates(min_value=date(2025, 8, 1), max_value=date(2028, 12, 31))
LIMITS = st.sampled_from(sorted(deadlines.LIMITS))
SETTINGS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def counted(rule: str, day: date, extension: int = 0) -> CatalogueDeadline:
    limit = deadlines.LIMITS[rule]
    clock = CatalogueDeadline(
        rule=rule, started_on=day, limit_days=limit.working_days, extension_days=extension
    )
    clock.count()
    return clock


@SETTINGS
@given(rule=LIMITS, day=DAYS, extension=st.integers(0, 5))
def test_no_clock_ends_on_a_day_off(rule, day, extension):
    clock = counted(rule, day, extension)

    assert is_working_day(clock.due)
    assert clock.due > day
    assert working_days_between(day, clock.due) == clock.limit_days + extension


@SETTINGS
@given(day=DAYS, extension=st.integers(1, 5))
def test_an_extension_adds_exactly_its_working_days(day, extension):
    plain, extended = counted("D1", day), counted("D1", day, extension)

    assert working_days_between(plain.due, extended.due) == extension
    assert extended.due == add_working_days(plain.due, extension).date


@SETTINGS
@given(day=DAYS)
def test_counting_again_changes_nothing(day):
    clock = counted("D1", day)
    before = (clock.due, clock.calendar_version, clock.provisional)

    assert clock.count() is None
    assert (clock.due, clock.calendar_version, clock.provisional) == before


@SETTINGS
@given(day=DAYS)
def test_a_clock_is_provisional_just_when_it_crosses_into_a_year_without_a_list(day):
    clock = counted("D1", day)

    counts_from = day if day < date(day.year, 12, 31) else date(day.year + 1, 1, 1)
    assert clock.provisional == (clock.due.year > 2026)
    assert (f"{counts_from.year}." in clock.calendar_version) is True
