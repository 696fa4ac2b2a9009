"""Reads of the trail. Pages go through `audit.reading`, which records the look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDay, TruncHour

from audit.criteria import DATA_TEXT, Criteria, Cursor
from audit.models import Entry, Head, Link, Result

PAGE = 50
HOURLY_UP_TO = timedelta(days=2)
COUNTED_UP_TO = timedelta(days=100)
NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first, each with `seq`, its place in the chain; cursors beyond both ends."""

    entries: Sequence[Entry]
    newer: str
    older: str


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


@dataclass(frozen=True, slots=True)
class Proof:
    """What the chain says about one entry; `seq` is None when it has no link at all."""

    canonical: str
    seq: int | None = None
    previous: str = ""
    hash: str = ""
    recomputed: str = ""
    continues: bool = False
    is_carried: bool = False
    next_seq: int | None = None

    @property
    def matches(self) -> bool:
        return self.seq is not None and self.hash == self.recomputed

    @property
    def is_sound(self) -> bool:
        return self.matches and self.continues and self.is_carried


def search(criteria: Criteria) -> QuerySet[Entry]:
    """All entries that answer `criteria`, newest first."""
    found = Entry.objects.all()
    if criteria.text:
        found = found.alias(data_text=DATA_TEXT)
    return found.filter(criteria.condition()).order_by("-at", "-id")


def page(criteria: Criteria, cursor: Cursor | None = None, size: int = PAGE) -> Page:
    """One page of `search` in one query; by keyset, so that new entries do not shift it."""
    found = search(criteria).annotate(
        seq=Subquery(Link.objects.filter(entry_id=OuterRef("pk")).values("seq"))
    )
    backwards = cursor is not None and cursor.newer
    if cursor:
        found = found.filter(cursor.condition())
    if backwards:
        found = found.order_by("at", "id")
    rows = list(found[: size + 1])
    more = len(rows) > size
    entries = rows[:size]
    if backwards:
        entries.reverse()
    has_newer = more if backwards else cursor is not None
    has_older = True if backwards else more
    return Page(
        entries=entries,
        newer=str(Cursor.of(entries[0], newer=True)) if entries and has_newer else "",
        older=str(Cursor.of(entries[-1], newer=False)) if entries and has_older else "",
    )


def timeline(criteria: Criteria) -> Timeline | None:
    """Numbers for the plot, by hour or by day; None when the span is open or too long to count."""
    if not criteria.begins or not criteria.ends:
        return None
    span = criteria.ends - criteria.begins
    if span > COUNTED_UP_TO:
        return None
    is_hourly = span <= HOURLY_UP_TO
    cut = TruncHour("at") if is_hourly else TruncDay("at")
    rows = (
        search(criteria)
        .order_by()
        .values(slot=cut)
        .annotate(entries=Count("pk"), denied=Count("pk", filter=Q(result=Result.DENIED)))
    )
    counted = {row["slot"]: Slot(row["slot"], row["entries"], row["denied"]) for row in rows}
    step = timedelta(hours=1) if is_hourly else timedelta(days=1)
    slots, at = [], criteria.begins
    while at < criteria.ends:
        slots.append(counted.get(at, Slot(at, 0, 0)))
        at += step
    return Timeline(slots, is_hourly)


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


def length() -> int:
    """How many entries the chain holds."""
    return Head.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


PROOF = """
SELECT convert_from(audit_canonical(entry), 'UTF8'), link.seq,
       encode(link.previous, 'hex'), encode(link.hash, 'hex'),
       encode(sha256(link.previous || audit_canonical(entry)), 'hex'),
       link.previous = CASE link.seq WHEN 1 THEN decode(repeat('00', 32), 'hex')
                                     ELSE before.hash END,
       link.hash = coalesce(after.previous, head.hash),
       after.seq
FROM audit_entry AS entry
LEFT JOIN audit_link AS link ON link.entry_id = entry.id
LEFT JOIN audit_link AS before ON before.seq = link.seq - 1
LEFT JOIN audit_link AS after ON after.seq = link.seq + 1
LEFT JOIN audit_head AS head ON head.seq = link.seq
WHERE entry.id = %s
"""


def proof(entry_id: int) -> Proof:
    """Recompute the entry's hash in the database, and compare with the links on both sides."""
    with connection.cursor() as cursor:
        cursor.execute(PROOF, [entry_id])
        row = cursor.fetchone()
    canonical, seq, previous, stored, recomputed, continues, carried, next_seq = row
    if seq is None:
        return Proof(canonical)
    return Proof(
        canonical, seq, previous, stored, recomputed, bool(continues), bool(carried), next_seq
    )
