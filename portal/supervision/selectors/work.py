"""Everything that runs, is due, late or has lapsed: by department and by step."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Q, QuerySet

from portal.clocks.models import Lapse, WatchedClock
from portal.clocks.registry import ClockTable, Subject, subjects_of, tables
from portal.organisation.models import Department
from portal.supervision.scope import Scope, not_one_of
from portal.workdays.clocks import RUNNING, TICKING, today

SOON = timedelta(days=7)
RUNNING_STATES = ("open", "today", "soon", "overdue", "stands")
LAPSED = "lapsed"
STATES = (*RUNNING_STATES, LAPSED)


@dataclass(slots=True)
class Tally:
    """How many clocks of a step run; of them how many are due, late, or stand; and what lapsed."""

    open: int = 0
    today: int = 0
    soon: int = 0
    overdue: int = 0
    stands: int = 0
    lapsed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of clock: in which table, in whose words, by which article."""

    table: str
    kind: str
    label: str

    @property
    def key(self) -> str:
        return self.kind


@dataclass(slots=True)
class Row:
    department: Department
    counts: dict[str, Tally] = field(default_factory=dict)

    @property
    def total(self) -> Tally:
        return _sum(self.counts.values())


def steps() -> list[Step]:
    """Every kind of clock that the portal runs, in the order of the articles."""
    found = []
    for table in tables():
        kinds = table.model._meta.get_field("kind").flatchoices
        found += [Step(table.label, str(kind), str(label)) for kind, label in kinds]
    return found


def step_counts(scope: Scope) -> dict[str, Tally]:
    """By kind of clock, over the whole scope."""
    counted: dict[str, Tally] = {step.key: Tally() for step in steps()}
    for (_department, kind), count in _counted(scope).items():
        counted[kind] = _sum([counted[kind], count])
    return counted


def work_by_department(scope: Scope) -> list[Row]:
    """The departments that have something open or lapsed, those with most overdue first."""
    rows: dict[int, Row] = {}
    departments = {one.pk: one for one in scope.departments()}
    for (department, kind), count in _counted(scope).items():
        rows.setdefault(department, Row(departments[department])).counts[kind] = count
    return sorted(
        rows.values(), key=lambda row: (-row.total.overdue, -row.total.lapsed, -row.total.open)
    )


def clocks(scope: Scope, *, step: str, state: str) -> "QuerySet[Any]":
    """The running clocks of one step in one state, those due first first.

    Of `lapsed` those whose last day passed in the period, however they ended since.
    """
    table = _table_of(step)
    if state not in STATES:
        raise not_one_of("state", STATES)
    holders = scope.departments().values("pk")
    if state == LAPSED:
        lapses = _lapses(scope, holders, [table]).filter(kind=step)
        wanted = Q(pk__in=lapses.values("about_id"))
    else:
        wanted = RUNNING & _states()[state] & Q(kind=step, holder__in=holders)
    found: QuerySet[Any] = table.model._default_manager.filter(wanted)
    return found.select_related("holder").order_by("due", "pk")


def latest(scope: Scope, *, most: int) -> "list[tuple[WatchedClock, Subject | None]]":
    """What has been overdue the longest, of all steps."""
    found: list[tuple[str, WatchedClock]] = []
    for table in tables():
        late = table.model._default_manager.filter(
            TICKING, due__lt=today(), holder__in=scope.departments().values("pk")
        )
        listed = late.select_related("holder").order_by("due", "pk")[:most]
        found += [(table.label, clock) for clock in listed]
    found.sort(key=lambda pair: pair[1].due)
    shown = list(islice(found, most))
    subjects = subjects_of(scope.user, ((label, clock.pk) for label, clock in shown))
    return [(clock, subjects.get((label, clock.pk))) for label, clock in shown]


def with_subjects(
    scope: Scope, step: str, listed: "list[Any]"
) -> "list[tuple[Any, Subject | None]]":
    label = _table_of(step).label
    subjects = subjects_of(scope.user, ((label, clock.pk) for clock in listed))
    return [(clock, subjects.get((label, clock.pk))) for clock in listed]


def _states() -> dict[str, Q]:
    day = today()
    ticking = Q(paused_on=None)
    return {
        "open": Q(),
        "today": ticking & Q(due=day),
        "soon": ticking & Q(due__gt=day, due__lte=day + SOON),
        "overdue": ticking & Q(due__lt=day),
        "stands": Q(paused_on__isnull=False),
    }


def _counted(scope: Scope) -> dict[tuple[int, str], Tally]:
    counted: dict[tuple[int, str], Tally] = {}
    holders = scope.departments().values("pk")
    wanted = {name: Count("pk", filter=q) for name, q in _states().items() if q}
    for table in tables():
        rows: QuerySet[Any, Any] = (
            table.model._default_manager.filter(RUNNING, holder__in=holders)
            .order_by()
            .values("holder", "kind")
            .annotate(open=Count("pk"), **wanted)
        )
        for row in rows:
            counts = {name: row[name] for name in ("open", *wanted)}
            counted[row["holder"], row["kind"]] = Tally(**counts)
    lapses = _lapses(scope, holders, tables()).order_by().values("holder", "kind")
    for lapsed in lapses.annotate(number=Count("pk")):
        key = (lapsed["holder"], lapsed["kind"])
        counted.setdefault(key, Tally()).lapsed += lapsed["number"]
    return counted


def _lapses(scope: Scope, holders: Any, of: Iterable[ClockTable]) -> "QuerySet[Lapse]":
    """What lapsed in the period; a reversed lapse has lost its ground, and is not counted."""
    return Lapse.objects.filter(
        holder__in=holders,
        due__range=(scope.period.first, scope.period.last),
        reversal=None,
        about__in=[table.label for table in of],
    )


def _table_of(step: str) -> ClockTable:
    for table in tables():
        if step in dict(table.model._meta.get_field("kind").flatchoices):
            return table
    raise not_one_of("step", (one.key for one in steps()))


def _sum(counts: Any) -> Tally:
    total = Tally()
    for one in counts:
        for name in Tally.__slots__:
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total
