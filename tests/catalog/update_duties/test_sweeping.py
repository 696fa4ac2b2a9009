"""The sweep: passed clocks are noted once, provisional dates move when the year's list comes."""

from datetime import date
from itertools import permutations

import pytest
from django.db import transaction

from audit.models import Entry
from catalog.models import CatalogueDeadline
from catalog.services import review
from portal.clocks import tasks
from portal.clocks.services import sweeping
from portal.clocks.services.round import go_round as sweep
from portal.settings.base import CELERY_BEAT_SCHEDULE
from portal.workdays.services import publish_calendar
from tests.catalog.conftest import at_once, drafted, submitted

from .conftest import recorded, review_clocks, update_clock

NEW_YEAR = [(date(2027, 1, 1), "元旦"), (date(2027, 1, 4), "元旦")]


def publish_2027() -> None:
    publish_calendar(
        year=2027,
        holidays=NEW_YEAR,
        makeup_days=[],
        source="国务院办公厅关于2027年部分节假日安排的通知",
        published_on=date(2026, 11, 5),
        by=None,
    )


def test_a_clock_is_overdue_on_the_day_after_its_last_and_noted_once(duty, freeze):
    freeze(date(2026, 11, 26))
    assert sweep().lapsed == 0

    freeze(date(2026, 11, 27))
    assert [sweep().lapsed, sweep().lapsed] == [1, 0]

    assert update_clock(duty).lapsed_at is not None
    told = Entry.objects.get(action="catalog.deadline.overdue")
    assert (told.target_id, told.data["rule"], told.data["due"]) == (
        str(duty.pk),
        "D1",
        "2026-11-26",
    )
    assert (told.result, told.actor_name) == ("failed", "portal")


def test_a_review_that_takes_too_long_is_noted_too(cast, freeze):
    freeze(date(2026, 11, 13))
    entry = submitted(cast)
    duty = recorded(cast, entry)
    review.approve(resource=entry, version=entry.version, by=cast.head)
    freeze(date(2026, 11, 18))

    assert sweep().lapsed == 1

    assert review_clocks(duty)[0].lapsed_at is not None
    assert update_clock(duty).lapsed_at is None


def test_a_provisional_date_moves_when_the_year_is_published(cast, freeze):
    # given ten working days from 24 December, of which nobody knows the holidays yet
    freeze(date(2026, 12, 25))
    duty = recorded(cast, drafted(cast), happened_on=date(2026, 12, 24))
    clock = update_clock(duty)
    assert (clock.due, clock.provisional) == (date(2027, 1, 7), True)
    assert sweep().moved == 0

    # when
    publish_2027()
    assert [sweep().moved, sweep().moved] == [1, 0]

    # then
    clock.refresh_from_db()
    assert (clock.due, clock.provisional) == (date(2027, 1, 11), False)
    assert clock.calendar_version == "2026.1+2027.1"
    told = Entry.objects.get(action="catalog.deadline.recompute")
    assert (told.data["before"]["due"], told.data["due"]) == ("2027-01-07", "2027-01-11")


def test_a_date_moves_before_it_is_judged(cast, freeze):
    freeze(date(2026, 12, 25))
    duty = recorded(cast, drafted(cast), happened_on=date(2026, 12, 24))
    publish_2027()
    freeze(date(2027, 1, 8))

    swept = sweep()

    assert (swept.moved, swept.lapsed) == (1, 0)
    assert update_clock(duty).lapsed_at is None


def test_sweeps_in_any_order_end_in_the_same(cast, freeze):
    """Whichever clock a sweep comes to first, and wherever it is killed, the end is one."""
    freeze(date(2026, 12, 28))
    days = [date(2026, 12, 1), date(2026, 12, 14), date(2026, 12, 22), date(2026, 12, 28)]
    duties = [
        recorded(cast, needs_new_entry=True, basis_title=f"条例{n}", happened_on=day)
        for n, day in enumerate(days)
    ]
    freeze(date(2027, 1, 6))
    orders = list(permutations(range(3)))
    ends = set()
    for order in orders:
        acts = [sweep, publish_2027, sweep]
        with transaction.atomic():
            for act in [*(acts[n] for n in order), sweep]:
                act()
            clocks = CatalogueDeadline.objects.filter(duty__in=duties).order_by("duty_id")
            ends.add(tuple(clocks.values_list("due", "provisional", "calendar_version")))
            transaction.set_rollback(True)

    assert len(ends) == 1


def test_two_sweeps_at_once_note_each_clock_once(committed_cast, freeze):
    freeze(date(2026, 11, 13))
    for n in range(6):
        recorded(committed_cast, needs_new_entry=True, basis_title=f"条例{n}")
    freeze(date(2026, 11, 30))

    first, second = at_once(sweep, sweep)
    rest = sweep()

    assert first.lapsed + second.lapsed + rest.lapsed == 6
    assert Entry.objects.filter(action="catalog.deadline.overdue").count() == 6


class Killed(BaseException):
    pass


def test_a_sweep_killed_in_the_middle_loses_nothing(committed_cast, freeze, monkeypatch):
    # given three passed clocks, and a worker that dies while it writes the second
    freeze(date(2026, 11, 13))
    for n in range(3):
        recorded(committed_cast, needs_new_entry=True, basis_title=f"条例{n}")
    freeze(date(2026, 11, 30))
    noted_first = sweeping._record
    calls = []

    def dying(table, lapsed):
        noted_first(table, lapsed)
        calls.extend(lapsed)
        if len(calls) == 2:
            raise Killed

    monkeypatch.setattr(sweeping, "CHUNK", 1)
    monkeypatch.setattr(sweeping, "_record", dying)
    with pytest.raises(Killed):
        sweep()
    monkeypatch.setattr(sweeping, "_record", noted_first)

    # then the first is kept with its entry, the second is as if nothing had been
    noted = CatalogueDeadline.objects.filter(lapsed_at__isnull=False)
    assert [clock.pk for clock in noted] == calls[:1]
    assert Entry.objects.filter(action="catalog.deadline.overdue").count() == 1

    # and the next round does the rest
    assert sweep().lapsed == 2
    assert Entry.objects.filter(action="catalog.deadline.overdue").count() == 3


def test_beat_sweeps_each_minute(duty, freeze):
    freeze(date(2026, 11, 27))

    tasks.sweep()

    assert update_clock(duty).lapsed_at is not None
    assert CELERY_BEAT_SCHEDULE["clocks.sweep"] == {
        "task": tasks.sweep.name,
        "schedule": 60.0,
    }
