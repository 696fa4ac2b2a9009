"""Reads of the trail. Pages go through `audit.reading`, which records the look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField, Count, F, Func, Q, QuerySet
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone
from psycopg.errors import QueryCanceled

from audit.criteria import DATA_TEXT, Criteria, Cursor
from audit.models import Entry, Leaf, Month, Result, TreeHead

PAGE = 50
HOURLY_UP_TO = timedelta(days=2)
COUNTED_UP_TO = timedelta(days=100)
NEIGHBOURS = 3
AT_A_TIME = timedelta(days=45)


# As `Subquery` would have it, composed once.
LEAF = Func(
    F("pk"),
    template="(SELECT leaf.index FROM audit_leaf AS leaf WHERE leaf.entry_id = %(expressions)s)",
    output_field=BigIntegerField(null=True),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first, each with `leaf`, its place in the tree or None; cursors beyond both ends.

    `looked_to` is the moment back to which was looked, where there may be more before it.
    """

    entries: Sequence[Entry]
    newer: str
    older: str
    looked_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """How many entries the hour or day from `at` on holds, and how many of them are denials."""

    at: datetime
    entries: int
    denied: int


@dataclass(frozen=True, slots=True)
class Timeline:
    slots: list[Slot]
    is_hourly: bool

    @property
    def entries(self) -> int:
        return sum(slot.entries for slot in self.slots)

    @property
    def denied(self) -> int:
        return sum(slot.denied for slot in self.slots)


def search(criteria: Criteria) -> QuerySet[Entry]:
    """All entries that answer `criteria`, newest first."""
    found = Entry.objects.all()
    if criteria.text:
        found = found.alias(data_text=DATA_TEXT)
    return found.filter(criteria.condition()).order_by("-at", "-id")


def name_of(field: str, value: str) -> str:
    """What the trail called last whom or what an exact field of the search names; empty when it never did."""
    kind, _, key = value.partition(":")
    if not value:
        return ""
    match field:
        case "actor":
            named, column = Entry.objects.filter(actor_kind=kind, actor_id=key), "actor_name"
        case "target" | "about":
            named, column = Entry.objects.filter(target_type=kind, target_id=key), "target_label"
        case "department_id":
            named, column = Entry.objects.filter(department_id=value), "department_name"
        case _:
            return ""
    found = named.exclude(**{column: ""}).order_by("-at", "-id")
    return found.values_list(column, flat=True).first() or ""


def page(criteria: Criteria, cursor: Cursor | None = None, size: int = PAGE) -> Page:
    """One page of `search`; by keyset, so that new entries do not shift it.

    Who looks for words, which no index knows, is told after AUDIT_SEARCH_SECONDS how far back was looked.
    """
    found = search(criteria).annotate(leaf=LEAF)
    backwards = cursor is not None and cursor.newer
    if cursor:
        found = found.filter(cursor.condition())
    looked_to: datetime | None = None
    rows: list[Entry]
    if backwards:
        rows = list(found.order_by("at", "id")[: size + 1])
    else:
        rows, looked_to = _newest(found, size + 1, criteria, cursor)
    more = len(rows) > size
    entries = rows[:size]
    if backwards:
        entries.reverse()
    has_newer = more if backwards else cursor is not None
    older = ""
    if entries and (backwards or more):
        older = str(Cursor.of(entries[-1], newer=False))
    elif looked_to:
        older = str(Cursor(looked_to, 0))
    return Page(
        entries=entries,
        newer=str(Cursor.of(entries[0], newer=True)) if entries and has_newer else "",
        older=older,
        looked_to=looked_to,
    )


def _newest(
    found: QuerySet[Entry], count: int, criteria: Criteria, cursor: Cursor | None
) -> tuple[list[Entry], datetime | None]:
    """The first of `found`, and how far back it was looked for where that is not to the end.

    The database plans and enters every part of the trail that a statement may touch, a month each and years
    of them; most pages are full with two. Words are looked for a span at a time.
    """
    enough = monotonic() + settings.AUDIT_SEARCH_SECONDS
    now = timezone.now()
    ends = cursor.at if cursor else criteria.ends
    begins = (min(ends, now) if ends else now) - AT_A_TIME
    rows: list[Entry] = list(found.filter(at__gte=begins)[:count])
    if len(rows) == count or (criteria.begins and criteria.begins >= begins):
        return rows, None
    if not criteria.reads_entries:
        return rows + list(found.filter(at__lt=begins)[: count - len(rows)]), None
    first = _beginning(criteria)
    while len(rows) < count and first < begins:
        if monotonic() >= enough:
            return rows, begins
        ends, begins = begins, begins - AT_A_TIME
        rows += found.filter(at__gte=begins, at__lt=ends)[: count - len(rows)]
    return rows, None


def _beginning(criteria: Criteria) -> datetime:
    """No entry that answers can be older."""
    first = Entry.objects.order_by("at").values_list("at", flat=True).first() or timezone.now()
    return max(first, criteria.begins) if criteria.begins else first


def timeline(criteria: Criteria) -> Timeline | None:
    """Numbers for the plot, by hour or by day; None when the span is open or takes too long to count."""
    if not criteria.begins or not criteria.ends:
        return None
    span = criteria.ends - criteria.begins
    if span > COUNTED_UP_TO:
        return None
    is_hourly = span <= HOURLY_UP_TO
    try:
        counted = _counted(criteria, TruncHour("at") if is_hourly else TruncDay("at"))
    except OperationalError as late:
        if not isinstance(late.__cause__, QueryCanceled):
            raise
        return None
    step = timedelta(hours=1) if is_hourly else timedelta(days=1)
    slots, at = [], criteria.begins
    while at < criteria.ends:
        slots.append(counted.get(at, Slot(at, 0, 0)))
        at += step
    return Timeline(slots, is_hourly)


def _counted(criteria: Criteria, cut: TruncHour | TruncDay) -> dict[datetime, Slot]:
    """Raises OperationalError when it takes longer than a search for words may."""
    rows = (
        search(criteria)
        .order_by()
        .values(slot=cut)
        .annotate(entries=Count("pk"), denied=Count("pk", filter=Q(result=Result.DENIED)))
    )
    patience = f"{max(settings.AUDIT_SEARCH_SECONDS, 0.001) * 1000:.0f}ms"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [patience])
        counted = {row["slot"]: Slot(row["slot"], row["entries"], row["denied"]) for row in rows}
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return counted


def archived(criteria: Criteria) -> list[Month]:
    """The months that a search for this passes over, oldest first: they are in files alone."""
    found = Month.objects.exclude(dropped_at=None).exclude(entries=0).order_by("ends")
    if criteria.begins:
        found = found.filter(ends__gt=criteria.begins)
    if criteria.ends:
        found = found.filter(Q(begins__lt=criteria.ends) | Q(begins=None))
    return list(found)


def archived_month_of(entry_id: int) -> Month | None:
    """The month in whose file an entry is that the table does not hold; None when it never was."""
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None or entry(entry_id) is not None:
        return None
    found = Month.objects.exclude(dropped_at=None).order_by("ends")
    return found.filter(first_leaf__lte=leaf.index, last_leaf__gte=leaf.index).first()


def months() -> list[Month]:
    """Every month that has begun, the newest first."""
    begun = Q(begins__lte=timezone.now()) | Q(begins=None)
    return list(Month.objects.filter(begun).order_by("-ends"))


def entry(entry_id: int) -> Entry | None:
    return Entry.objects.filter(pk=entry_id).first()


def for_department(department_id: int) -> QuerySet[Entry]:
    """What concerns a department: done by its people and systems, or to what is its own."""
    return Entry.objects.filter(department_ids__contains=[department_id])


def neighbours(entry: Entry) -> list[Entry]:
    """What the same actor did just before and after `entry`, oldest first, `entry` among it."""
    same = Entry.objects.filter(actor_kind=entry.actor_kind, actor_id=entry.actor_id)
    older, newer = Cursor.of(entry, newer=False), Cursor.of(entry, newer=True)
    before = list(same.filter(older.condition()).order_by("-at", "-id")[:NEIGHBOURS])
    after = list(same.filter(newer.condition()).order_by("at", "id")[:NEIGHBOURS])
    return [*reversed(before), entry, *after]


def sealed() -> int:
    """How many entries the last head covers."""
    return TreeHead.objects.order_by("-number").values_list("size", flat=True).first() or 0
