"""Walks the whole trail and finds the first place where it is not as it was written.

What it finds, and what no check inside the database can find: docs/adr/0005-audit-chain.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

BATCH = 100_000
GENESIS = bytes(32)
TRIGGERS = (
    "audit_entry_append_only",
    "audit_entry_isolation",
    "audit_entry_queue_up",
    "audit_head_append_only",
    "audit_head_closed",
    "audit_link_append_only",
    "audit_link_closed",
    "audit_queue_append_only",
    "audit_queue_chain",
    "audit_queue_closed",
)


class Kind(StrEnum):
    """How the trail is broken."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    LINK_CHANGED = "link_changed"
    LINK_MISSING = "link_missing"
    TAIL_CUT = "tail_cut"
    HEAD = "head"
    ANCHOR = "anchor"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken place, in words for the person who reads the command's output."""

    kind: Kind
    words: str
    seq: int | None = None
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that was written down outside the database at an earlier time."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """`head` is the end of the chain, worth writing down; `broken` is None when all is whole."""

    entries: int
    head: Anchor
    broken: Break | None

    @property
    def is_whole(self) -> bool:
        return self.broken is None


Progress = Callable[[int, int], None]

# One batch of the chain: how many links, how far it goes, and which entries it can concern.
BATCH_BOUNDS = """
SELECT count(*), max(seq), min(entry_id), max(entry_id)
FROM (SELECT seq, entry_id FROM audit_link WHERE seq > %s ORDER BY seq LIMIT %s) AS batch
"""

# The first link of the batch that does not fit. The bounds on the entries keep the join from
# reading the table from its beginning each time.
FIRST_MISFIT = """
WITH walked AS (
    SELECT batch.seq,
           lag(batch.seq, 1, %(seq)s) OVER ordered + 1 = batch.seq
           AND lag(batch.hash, 1, %(hash)s) OVER ordered = batch.previous
           AND entry.id IS NOT NULL
           AND sha256(batch.previous || audit_canonical(entry)) = batch.hash AS fits
    FROM audit_link AS batch LEFT JOIN audit_entry AS entry
        ON entry.id = batch.entry_id AND entry.id BETWEEN %(low)s AND %(high)s
    WHERE batch.seq > %(seq)s AND batch.seq <= %(last)s
    WINDOW ordered AS (ORDER BY batch.seq)
)
SELECT min(seq) FROM walked WHERE fits IS NOT TRUE
"""

# What tells how one link is wrong. `carried` is the hash that came after it built on.
PLACE = """
SELECT link.entry_id, entry.action, entry.at, link.previous, link.hash,
       sha256(link.previous || audit_canonical(entry)),
       coalesce((SELECT previous FROM audit_link WHERE seq = link.seq + 1),
                (SELECT hash FROM audit_head WHERE seq = link.seq)) AS carried
FROM audit_link AS link LEFT JOIN audit_entry AS entry ON entry.id = link.entry_id
WHERE link.seq = %s
"""

UNLINKED = """
SELECT entry.id, entry.action, entry.at
FROM audit_entry AS entry LEFT JOIN audit_link AS link ON link.entry_id = entry.id
WHERE link.entry_id IS NULL ORDER BY entry.id LIMIT 1
"""

NEAREST_BEFORE = """
SELECT entry.id, entry.action, entry.at
FROM audit_link AS link JOIN audit_entry AS entry ON entry.id = link.entry_id
WHERE link.seq < %s ORDER BY link.seq DESC LIMIT 1
"""

NEAREST_AFTER = """
SELECT entry.id, entry.action, entry.at
FROM audit_link AS link JOIN audit_entry AS entry ON entry.id = link.entry_id
WHERE link.seq > %s ORDER BY link.seq LIMIT 1
"""

GUARDS = """
SELECT tgname FROM pg_trigger
WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A') AND tgrelid IN (
    'audit_entry'::regclass, 'audit_link'::regclass, 'audit_head'::regclass, 'audit_queue'::regclass
)
"""


def verify(
    *, anchor: Anchor | None = None, progress: Progress | None = None, batch: int = BATCH
) -> Report:
    """Check the trail as one snapshot sees it, so that what is written meanwhile raises no alarm.

    Changes nothing. Must not be called inside another transaction.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        entries: int = _one(cursor, "SELECT count(*) FROM audit_entry")[0]
        links: int = _one(cursor, "SELECT count(*) FROM audit_link")[0]
        end, broken = _walk(cursor, total=links, batch=batch, progress=progress)
        broken = (
            broken
            or _head(cursor, end)
            or _unlinked(cursor, entries, links)
            or _anchor(cursor, anchor)
            or _guards(cursor)
        )
        return Report(entries=entries, head=end, broken=broken)


def _walk(
    cursor: CursorWrapper, *, total: int, batch: int, progress: Progress | None
) -> tuple[Anchor, Break | None]:
    """Follow the chain from its beginning to its end, or to the first link that does not fit."""
    end, done = Anchor(0, GENESIS), 0
    while True:
        count, last, low, high = _one(cursor, BATCH_BOUNDS, [end.seq, batch])
        if not count:
            return end, None
        known = {"seq": end.seq, "hash": end.hash, "last": last, "low": low, "high": high}
        (wrong,) = _one(cursor, FIRST_MISFIT, known)
        if wrong is not None:
            return end, _explain(cursor, wrong, before=_end_before(cursor, wrong))
        end = Anchor(last, _one(cursor, "SELECT hash FROM audit_link WHERE seq = %s", [last])[0])
        done += count
        if progress:
            progress(done, total)


def _end_before(cursor: CursorWrapper, seq: int) -> Anchor:
    row = _one(
        cursor, "SELECT seq, hash FROM audit_link WHERE seq < %s ORDER BY seq DESC LIMIT 1", [seq]
    )
    return Anchor(*row) if row else Anchor(0, GENESIS)


def _explain(cursor: CursorWrapper, seq: int, *, before: Anchor) -> Break:
    entry_id, action, at, previous, stored, computed, carried = _one(cursor, PLACE, [seq])
    if before.seq + 1 != seq:
        return _gap(cursor, before.seq, seq)
    if action is None:
        words = f"entry {entry_id} was removed: link {seq} is left of it, {_between(cursor, seq)}"
        return Break(Kind.REMOVED, words, seq, entry_id)
    name = _name(entry_id, action, at)
    if previous != before.hash:
        words = (
            f"link {seq} of {name}: it does not continue link {before.seq}; changed or reordered"
        )
        return Break(Kind.LINK_CHANGED, words, seq, entry_id)
    if stored != computed and carried == stored:
        return Break(Kind.CHANGED, f"{name}: content was changed", seq, entry_id)
    return Break(Kind.LINK_CHANGED, f"link {seq} of {name}: its hash was changed", seq, entry_id)


def _gap(cursor: CursorWrapper, last: int, seq: int) -> Break:
    missing = f"link {last + 1} is" if seq == last + 2 else f"links {last + 1} to {seq - 1} are"
    found = _one(cursor, UNLINKED)
    left = f"; {_name(*found)} has no link" if found else "; no entry is left without one"
    words = f"{missing} missing, {_between(cursor, seq)}{left}"
    return Break(Kind.LINK_MISSING, words, last + 1, found[0] if found else None)


def _head(cursor: CursorWrapper, end: Anchor) -> Break | None:
    heads: int = _one(cursor, "SELECT count(*) FROM audit_head")[0]
    if heads != 1:
        return Break(Kind.HEAD, f"the chain has {heads} heads instead of one")
    seq, stored = _one(cursor, "SELECT seq, hash FROM audit_head")
    if seq > end.seq:
        found = _one(cursor, UNLINKED)
        left = f"; {_name(*found)} has no link" if found else ""
        words = f"the tail was cut: the head stands at link {seq}, the last link is {end.seq}{left}"
        return Break(Kind.TAIL_CUT, words, end.seq + 1, found[0] if found else None)
    if seq < end.seq or stored != end.hash:
        words = f"the head is wrong: it stands at link {seq}, the chain ends with link {end.seq}"
        if seq == end.seq:
            words = f"the head is wrong: its hash is not that of link {seq}"
        return Break(Kind.HEAD, words, seq)
    return None


def _unlinked(cursor: CursorWrapper, entries: int, links: int) -> Break | None:
    """An entry without a link: each link has its own entry by now, so counting tells."""
    if entries == links:
        return None
    entry_id, action, at = _one(cursor, UNLINKED)
    words = f"{_name(entry_id, action, at)}: inserted behind the portal's back, it has no link"
    return Break(Kind.INSERTED, words, None, entry_id)


def _anchor(cursor: CursorWrapper, anchor: Anchor | None) -> Break | None:
    """What was written down outside must be in the chain: else it was rebuilt, or is a copy."""
    if anchor is None:
        return None
    if anchor == Anchor(0, GENESIS):
        return None
    found = _one(cursor, "SELECT hash FROM audit_link WHERE seq = %s", [anchor.seq])
    if found is None:
        words = f"the anchor names link {anchor.seq}, which this trail does not reach"
        return Break(Kind.ANCHOR, words, anchor.seq)
    if found[0] != anchor.hash:
        words = (
            f"link {anchor.seq} is not the one of the anchor: the trail was rebuilt, or is another"
        )
        return Break(Kind.ANCHOR, words, anchor.seq)
    return None


def _guards(cursor: CursorWrapper) -> Break | None:
    cursor.execute(GUARDS, [list(TRIGGERS)])
    missing = sorted(set(TRIGGERS) - {name for (name,) in cursor.fetchall()})
    if not missing:
        return None
    return Break(Kind.GUARD, f"the trigger {missing[0]} is missing or disabled")


def _between(cursor: CursorWrapper, seq: int) -> str:
    """The nearest entries that are there on both sides of `seq`, to tell when and where."""
    sides = []
    for word, sql in (("after", NEAREST_BEFORE), ("before", NEAREST_AFTER)):
        if row := _one(cursor, sql, [seq]):
            sides.append(f"{word} {_name(*row)}")
    return " and ".join(sides) or "alone in the trail"


def _name(entry_id: int, action: str, at: datetime) -> str:
    return f"entry {entry_id} ({action}, {timezone.localtime(at).isoformat(timespec='seconds')})"


def _one(cursor: CursorWrapper, sql: str, params: Any = None) -> Any:
    """The first row of the answer, byte columns as bytes."""
    cursor.execute(sql, params)
    row = cursor.fetchone()
    if row is None:
        return None
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
