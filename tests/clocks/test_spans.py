"""Due dates over random starts, limits, pauses and extensions, by the published lists."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.clocks.counting import settled
from portal.clocks.services import running
from portal.common.errors import WrongState
from portal.workdays import add_working_days, is_working_day, working_days_between
from portal.workdays.clocks import Span, Unit, due_date
from portal.workdays.current import calendar_from_memory
from sharing.models import Deadline

from .conftest import MONDAY

pytestmark = pytest.mark.django_db

starts = st.dates(date(2024, 1, 1), date(2026, 6, 30))
limits = st.integers(1, 40)
units = st.sampled_from([Unit.WORKING_DAY.value, Unit.DAY.value])


@st.composite
def pauses(draw, most: int = 3) -> tuple[tuple[int, int], ...]:
    """Pauses as days after the start, in order and apart."""
    bounds = sorted(draw(st.lists(st.integers(0, 60), min_size=0, max_size=2 * most, unique=True)))
    return tuple(zip(bounds[::2], bounds[1::2], strict=False))


def span(start: date, days: int, unit: str = Unit.WORKING_DAY, stood=()) -> Span:
    days_of = tuple((start + timedelta(a), start + timedelta(b)) for a, b in stood)
    return Span(start=start, days=days, unit=unit, pauses=days_of)


def due(one: Span) -> date:
    return due_date(calendar_from_memory(), one).date


def counted_days(one: Span, end: date) -> int:
    """The days of the limit up to `end`, counted one by one: what the law asks, told naively."""
    day, number = one.start, 0
    while day < end:
        day += timedelta(1)
        counts = one.unit == Unit.DAY or is_working_day(day)
        stood = any(since < day <= until for since, until in one.pauses)
        number += counts and not stood
    return number


@settings(max_examples=300)
@given(starts, limits, units, pauses())
def test_the_last_day_is_the_one_that_completes_the_limit(start, days, unit, stood):
    one = span(start, days, unit, stood)
    end = due(one)

    assert counted_days(one, end) == days
    assert counted_days(one, end - timedelta(1)) == days - 1


@given(starts, limits, units, pauses(), st.integers(1, 20))
def test_a_longer_limit_is_never_due_earlier(start, days, unit, stood, more):
    assert due(span(start, days + more, unit, stood)) > due(span(start, days, unit, stood))


@given(starts, limits, pauses(), st.integers(1, 30))
def test_a_later_start_is_never_due_earlier(start, days, stood, later):
    """The same pauses of the calendar, wherever the clock starts."""
    first = span(start, days, stood=stood)
    second = Span(start=start + timedelta(later), days=days, pauses=first.pauses)

    assert due(second) >= due(first)


@given(starts, limits, st.integers(1, 20))
def test_an_extension_adds_exactly_its_days(start, days, more):
    first = due(span(start, days))

    assert due(span(start, days + more)) == add_working_days(first, more).date


@settings(max_examples=200)
@given(starts, limits, units, st.integers(0, 30), st.integers(0, 30))
def test_a_pause_moves_the_date_by_the_days_that_it_stood(start, days, unit, since, length):
    plain = span(start, days, unit)
    paused = span(start, days, unit, ((since, since + length),))
    first, until = paused.pauses[0]

    if first >= due(plain):
        assert due(paused) == due(plain)
    elif unit == Unit.DAY:
        assert due(paused) == due(plain) + timedelta(length)
    else:
        stood = working_days_between(first, until)
        moved = working_days_between(due(plain), due(paused))
        assert moved == stood


@given(starts, limits, pauses())
def test_a_pause_is_never_to_the_disadvantage_of_who_has_to_act(start, days, stood):
    assert due(span(start, days, stood=stood)) >= due(span(start, days))


days_apart = st.integers(-40, 40)


@given(starts, days_apart, days_apart, st.booleans())
def test_a_recount_makes_nobody_late(day, old_away, new_away, has_lapsed):
    old, new = day + timedelta(old_away), day + timedelta(new_away)
    end = settled(new, old, has_lapsed=has_lapsed, day=day)

    assert settled(old, old, has_lapsed=has_lapsed, day=day) == old
    assert end in {old, new, day}
    if old >= day and not has_lapsed:
        assert end >= day
    if end < day:
        assert end == old


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    limit=limits,
    acts=st.lists(
        st.tuples(st.sampled_from(["pause", "resume", "extend"]), st.integers(0, 6)), max_size=8
    ),
)
def test_any_run_of_acts_ends_in_what_the_days_say(cast, limit, acts):
    """Pauses and extensions through the services, against the naive count."""
    with transaction.atomic():
        from sharing import deadlines
        from tests.clocks.conftest import asked

        one = deadlines.Limit("D4", "answer", working_days=limit, article=21)
        clock = deadlines.start_clock(request=asked(cast), limit=one, on=MONDAY)
        day = MONDAY
        for act, number in acts:
            day += timedelta(number)
            before = (clock.due, clock.paused_on)
            try:
                if act == "pause":
                    running.pause(clock, on=day, why="补正")
                elif act == "resume":
                    running.resume(clock, on=day)
                else:
                    running.extend(clock, number)
            except WrongState:
                assert (clock.due, clock.paused_on) == before
        held = Deadline.objects.get(pk=clock.pk)
        assert counted_days(held.span, held.due) == limit + held.extension_days
        assert held.due == due(held.span)
        transaction.set_rollback(True)


def test_a_restart_begins_the_whole_limit_anew(clock):
    running.pause(clock, on=date(2026, 11, 4), why="补正")
    running.restart(clock, on=date(2026, 11, 12))

    clock.refresh_from_db()
    assert (clock.started_on, clock.paused_on) == (date(2026, 11, 12), None)
    assert clock.due == add_working_days(date(2026, 11, 12), 10).date
    assert clock.pauses == [{"since": "2026-11-04", "until": "2026-11-12", "why": "补正"}]


def test_a_clock_that_stands_is_not_stopped_and_one_that_runs_not_resumed(clock):
    with pytest.raises(WrongState):
        running.resume(clock, on=MONDAY)
    running.pause(clock, on=date(2026, 11, 4), why="补正")
    with pytest.raises(WrongState):
        running.pause(clock, on=date(2026, 11, 5), why="补正")
    running.resume(clock, on=date(2026, 11, 9))

    assert clock.due == date(2026, 11, 19)
    with pytest.raises(WrongState):
        running.pause(clock, on=date(2026, 11, 20), why="补正")
