"""What lists have moved, what a list would move, and what has lapsed: as far as the reader may know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext as _

from portal.clocks.counting import outdated, settled
from portal.clocks.models import Lapse, MovedClock, Recount, WatchedClock
from portal.clocks.registry import ClockTable, Subject, permitted_to, subjects_of, tables
from portal.common.errors import Invalid
from portal.organisation.models import User
from portal.workdays.calendar import Calendar, DayList
from portal.workdays.clocks import RUNNING, Span, closed, due_date, today
from portal.workdays.current import calendar_now
from portal.workdays.models import HolidayCalendar
from portal.workdays.regions import canonical
from portal.workdays.services import NamedDay

MOST_SHOWN = 100
MOST_GROUPS = 50
LAPSED = Q(lapsed_at__isnull=False)
SPAN = ("region", "started_on", "limit_days", "extension_days", "unit", "pauses")


@dataclass(frozen=True, slots=True)
class WouldMove:
    """One clock that the reader may know of, with the date that it would have."""

    subject: Subject
    clock: WatchedClock
    new_due: date


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `concerned` open clocks `moved` would move, `earlier` of them to an earlier day."""

    concerned: int
    moved: int
    earlier: int
    shown: list[WouldMove]


@dataclass(frozen=True, slots=True)
class _Group:
    """Clocks that are counted from the same facts."""

    table: ClockTable
    facts: dict[str, object]
    number: int
    old_due: date
    new_due: date


def recounts() -> "QuerySet[Recount]":
    """Newest first, each with its list."""
    return Recount.objects.select_related("calendar").order_by("-began_at", "-pk")


def recount_of(calendar_id: int) -> tuple[HolidayCalendar, Recount | None] | None:
    """A list and what it did, None where there is no such list."""
    calendar = HolidayCalendar.objects.filter(pk=calendar_id).first()
    if calendar is None:
        return None
    return calendar, Recount.objects.filter(calendar=calendar).first()


def moves_for(user: User, recount: Recount) -> "QuerySet[MovedClock]":
    return (
        MovedClock.objects.filter(permitted_to(user), recount=recount)
        .select_related("holder")
        .order_by("pk")
    )


def lapses_for(user: User) -> "QuerySet[Lapse]":
    """What has lapsed, of clocks that the person may know of; newest first."""
    return Lapse.objects.filter(permitted_to(user)).select_related("holder", "reversal__calendar")


def with_subjects(
    user: User, rows: "Sequence[MovedClock | Lapse]"
) -> "list[tuple[MovedClock | Lapse, Subject | None]]":
    found = subjects_of(user, ((row.about, row.about_id) for row in rows))
    return [(row, found.get((row.about, row.about_id))) for row in rows]


def preview_of(
    user: User,
    *,
    year: int,
    holidays: Iterable[NamedDay],
    makeup_days: Iterable[NamedDay],
    region: str = "",
) -> Preview:
    """What publishing these days would do to the open clocks; nothing is written.

    Clocks are counted in groups of the same facts: a hundred thousand share a few thousand. Raises
    `Invalid` for a region that is no division code.
    """
    try:
        code = canonical(region)
    except ValueError:
        words = _("This is not a division code.")
        raise Invalid(words, fields={"region": [words]}) from None
    supposed = _supposed(year, code, holidays, makeup_days)
    groups = [group for table in tables() for group in _groups(table, supposed)]
    moved = [group for group in groups if group.new_due != group.old_due]
    return Preview(
        concerned=sum(group.number for group in groups),
        moved=sum(group.number for group in moved),
        earlier=sum(group.number for group in moved if group.new_due < group.old_due),
        shown=_shown(user, moved),
    )


def _supposed(
    year: int, region: str, holidays: Iterable[NamedDay], makeup_days: Iterable[NamedDay]
) -> Calendar:
    """The calendar in force with one list replaced."""
    now = calendar_now()
    before = now.lists.get((region, year))
    supposed = DayList(
        region=region,
        year=year,
        version=before.version + 1 if before else 1,
        holidays=frozenset(day for day, _name in holidays),
        makeup_days=frozenset(day for day, _name in makeup_days),
    )
    return Calendar.of([*now.lists.values(), supposed])


def _groups(table: ClockTable, supposed: Calendar) -> Iterable[_Group]:
    day = today()
    wanted = Q(pk__in=[])
    for region, version in outdated(table, supposed):
        wanted |= Q(region=region, calendar_version=version)
    found = (
        table.model._default_manager.filter(RUNNING & wanted)
        .order_by()
        .annotate(has_lapsed=ExpressionWrapper(LAPSED, BooleanField()))
        .values(*SPAN, "due", "calendar_version", "has_lapsed")
        .annotate(number=Count("pk"))
    )
    for row in found:
        number = row.pop("number")
        span = Span(
            start=row["started_on"],
            days=row["limit_days"] + row["extension_days"],
            unit=row["unit"],
            region=row["region"],
            pauses=closed(row["pauses"]),
        )
        counted = due_date(supposed, span).date
        has_lapsed = row.pop("has_lapsed")
        row["lapsed_at__isnull"] = not has_lapsed
        new_due = settled(counted, row["due"], has_lapsed=has_lapsed, day=day)
        yield _Group(table, row, number, row["due"], new_due)


def _shown(user: User, moved: Sequence[_Group]) -> list[WouldMove]:
    """The first of those that move which the reader may know of, by the date they have now."""
    first = sorted(moved, key=lambda group: (group.old_due, group.new_due))[:MOST_GROUPS]
    shown = (one for group in first for one in _of(user, group))
    return list(islice(shown, MOST_SHOWN))


def _of(user: User, group: _Group) -> Iterable[WouldMove]:
    facts = dict(group.facts)
    clocks = group.table.permitted(user).filter(RUNNING, **facts).order_by("pk")
    keys = list(clocks.values_list("pk", flat=True)[:MOST_SHOWN])
    for subject in group.table.subjects(user, keys).values():
        if subject.clock is not None:
            yield WouldMove(subject, subject.clock, group.new_due)
