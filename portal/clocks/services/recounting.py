"""Counting open clocks anew when a list of holidays comes, is corrected, or an emergency day is declared.

A date is counted again when the lists by which it was counted are not those in force any more, which
its `calendar_version` tells: no clock is missed, also one that was stored while the list came. In
chunks, each in its own transaction, so it may be killed, run twice, and run beside the sweep.

- What is met or has fallen away keeps the date by which it was judged.
- A date moves to an earlier day, but not to one before today: nobody is late by a list that came after.
- A clock that has lapsed keeps its date, unless by the new list its last day has not passed yet: then
  the day on which it lapsed was no working day. It runs again, and its lapse is reversed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

import audit.services
from portal.clocks.counting import outdated, settled
from portal.clocks.models import (
    Lapse,
    LapseReversal,
    MovedClock,
    NoticeKind,
    Recount,
    WatchedClock,
)
from portal.clocks.registry import ClockTable, tables
from portal.clocks.services.telling import tell
from portal.clocks.stages import Stage
from portal.organisation.models import Duty, DutyKind
from portal.workdays.calendar import Calendar
from portal.workdays.clocks import RUNNING, due_date, today
from portal.workdays.current import calendar_now
from portal.workdays.models import HolidayCalendar
from portal.workdays.regions import lineage

CHUNK = 2000
ACTING = (DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD, DutyKind.COMPETENT_OFFICER)


@dataclass(frozen=True, slots=True)
class Recounted:
    counted: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class _Changed:
    """A clock whose date or list is another now, with what it was before."""

    clock: WatchedClock
    old_due: date
    old_version: str
    had_lapsed: bool

    @property
    def has_moved(self) -> bool:
        return self.clock.due != self.old_due


def recount() -> Recounted:
    """All open clocks that were counted by lists no longer in force; returns how many moved."""
    counted = moved = 0
    touched: set[int] = set()
    for table in tables():
        for region, version in outdated(table, calendar_now()):
            for ids in _chunks(table, region, version):
                done = _recount_chunk(table, ids)
                counted += done.counted
                moved += done.moved
                touched |= done.recounts
    _finish(touched)
    return Recounted(counted, moved)


@dataclass(frozen=True, slots=True)
class _Chunk:
    counted: int
    moved: int
    recounts: set[int]


def _chunks(table: ClockTable, region: str, version: str) -> Iterator[Sequence[int]]:
    ids = list(
        table.model._default_manager.filter(RUNNING, region=region, calendar_version=version)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


@transaction.atomic
def _recount_chunk(table: ClockTable, ids: Sequence[int]) -> _Chunk:
    held = (
        table.model._default_manager.select_for_update(of=("self",), skip_locked=True)
        .filter(RUNNING, pk__in=ids)
        .select_related(*table.related)
        .order_by("pk")
    )
    calendar = calendar_now()
    changed = [one for clock in held if (one := _counted(calendar, clock)) is not None]
    _write(table, [one.clock for one in changed])
    recounts = _note(table, changed)
    return _Chunk(len(changed), sum(one.has_moved for one in changed), recounts)


def _counted(calendar: Calendar, clock: WatchedClock) -> _Changed | None:
    day = today()
    end = due_date(calendar, clock.span)
    if end.calendar_version == clock.calendar_version:
        return None
    before = _Changed(clock, clock.due, clock.calendar_version, clock.lapsed_at is not None)
    clock.due = settled(end.date, clock.due, has_lapsed=before.had_lapsed, day=day)
    clock.calendar_version = end.calendar_version
    clock.provisional = end.provisional
    if clock.due != before.old_due and clock.due >= day:
        clock.stage = Stage.NONE
        clock.lapsed_at = None
    return before


def _write(table: ClockTable, clocks: Sequence[WatchedClock]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table.rows} c SET due = n.due, calendar_version = n.version,
                provisional = n.provisional, stage = n.stage,
                lapsed_at = CASE WHEN n.has_lapsed THEN c.lapsed_at END
            FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bool[], %s::int[], %s::bool[])
                AS n (id, due, version, provisional, stage, has_lapsed)
            WHERE c.id = n.id
            """,  # noqa: S608 - the table is one of ours
            [
                [clock.pk for clock in clocks],
                [clock.due for clock in clocks],
                [clock.calendar_version for clock in clocks],
                [clock.provisional for clock in clocks],
                [int(clock.stage) for clock in clocks],
                [clock.lapsed_at is not None for clock in clocks],
            ],
        )


def _note(table: ClockTable, changed: Sequence[_Changed]) -> set[int]:
    """The list of what moved, the reversed lapses, and an audit entry each."""
    by_list: dict[HolidayCalendar, list[_Changed]] = defaultdict(list)
    known: dict[tuple[str, str, str], HolidayCalendar] = {}
    for one in changed:
        key = (one.clock.region, one.old_version, one.clock.calendar_version)
        if key not in known:
            known[key] = _cause(*key)
        by_list[known[key]].append(one)
    recounts = set()
    for calendar, ones in by_list.items():
        recount, _made = Recount.objects.get_or_create(calendar=calendar)
        moved = [one for one in ones if one.has_moved]
        Recount.objects.filter(pk=recount.pk).update(
            counted=F("counted") + len(ones), moved=F("moved") + len(moved)
        )
        MovedClock.objects.bulk_create([_move(recount, table, one) for one in moved])
        _reverse(table, calendar, [one for one in moved if one.had_lapsed])
        audit.services.record_many(
            actor=None,
            action=table.recompute_action,
            acts=((table.target(one.clock), _facts(table, one)) for one in moved),
        )
        recounts.add(recount.pk)
    return recounts


def _move(recount: Recount, table: ClockTable, one: _Changed) -> MovedClock:
    return MovedClock(
        recount=recount,
        about=table.label,
        about_id=one.clock.pk,
        holder_id=one.clock.holder_id,
        rule=one.clock.rule,
        old_due=one.old_due,
        new_due=one.clock.due,
        old_version=one.old_version,
        new_version=one.clock.calendar_version,
        had_lapsed=one.had_lapsed,
    )


def _reverse(table: ClockTable, calendar: HolidayCalendar, ones: Sequence[_Changed]) -> None:
    """A lapse that was noted of the old date has lost its ground; the row of it stays."""
    due = {one.clock.pk: one for one in ones}
    lapses = Lapse.objects.filter(about=table.label, about_id__in=due)
    LapseReversal.objects.bulk_create(
        [
            LapseReversal(lapse=lapse, calendar=calendar, due=due[lapse.about_id].clock.due)
            for lapse in lapses
            if lapse.due == due[lapse.about_id].old_due
        ],
        ignore_conflicts=True,
    )


def _facts(table: ClockTable, one: _Changed) -> dict[str, object]:
    clock = one.clock
    return {
        "rule": clock.rule,
        "kind": clock.kind,
        "before": {"due": one.old_due, "calendar_version": one.old_version},
        "due": clock.due,
        "calendar_version": clock.calendar_version,
        "provisional": clock.provisional,
        "had_lapsed": one.had_lapsed,
        **table.facts(clock),
    }


def _cause(region: str, old: str, new: str) -> HolidayCalendar:
    """The newest list in force of those by which the strings differ."""
    years = {
        int(after[:4])
        for before, after in zip(_parts(old), _parts(new), strict=False)
        if before != after
    } or {int(part[:4]) for part in {*_parts(old)} ^ {*_parts(new)}}
    lists = HolidayCalendar.objects.filter(
        is_current=True, year__in=years, region__in=lineage(region)
    )
    return lists.latest("pk")


def _parts(version: str) -> list[str]:
    return version.split("+")


@transaction.atomic
def _finish(touched: set[int]) -> None:
    """One entry for the whole and one notice a person, once the last chunk is done."""
    now = timezone.now()
    done = Recount.objects.select_for_update(of=("self",), skip_locked=True).filter(
        Q(pk__in=touched) | Q(ended_at=None)
    )
    for recount in done.select_related("calendar"):
        recount.ended_at = now
        recount.save(update_fields=["ended_at"])
        audit.services.record(
            actor=None,
            action="clocks.recount.finish",
            target=recount.calendar,
            counted=recount.counted,
            moved=recount.moved,
        )
        tell(
            people=_concerned(recount),
            kind=NoticeKind.MOVED,
            about=Recount._meta.label_lower,
            about_id=recount.pk,
            occasion=str(recount.calendar),
        )


def _concerned(recount: Recount) -> QuerySet[Duty, int]:
    """Those who act in the departments whose dates moved: one notice each, not one a date."""
    holders = MovedClock.objects.filter(recount=recount).values("holder")
    duties = Duty.objects.filter(department__in=holders, kind__in=ACTING)
    return duties.order_by().values_list("user", flat=True).distinct()
