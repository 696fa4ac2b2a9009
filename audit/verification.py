"""Walks the whole trail and finds the first place where it is not as it was sealed.

What it finds, and what no check inside the database can find: docs/adr/0032-sealed-audit-trail.md.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit import notes, signing
from audit.archive.keeping import VERIFYING, papers_of
from audit.archive.papers import Papers, Unfit
from audit.archive.shelf import Shelf
from audit.breaks import Break, Kind, name, one
from audit.guards import missing_guard, missing_month
from audit.models import Month, Result, TreeHead
from audit.notes import HeadFacts
from audit.proofs import public_keys
from audit.ranges import RANGE_LEVEL, Kept, all_ranges, check_range
from audit.sealing import GENESIS
from audit.services import record_alone

HEADS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Report:
    """`head` is the last one, worth keeping elsewhere; `broken` is None when all is whole.

    `unsealed` entries came after it: they are as safe as the table's rights, no more. `archived` of
    all are in files alone.
    """

    entries: int
    archived: int
    unsealed: int
    head: HeadFacts | None
    broken: Break | None

    @property
    def is_whole(self) -> bool:
        return self.broken is None


Progress = Callable[[int, int], None]

UNSEALED = """
SELECT entry.id, entry.action, entry.at FROM audit_entry AS entry
WHERE NOT EXISTS (SELECT FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
  AND pg_visible_in_snapshot(entry.xid, %s::pg_snapshot)
ORDER BY entry.id LIMIT 1
"""

CAME_LATER = """
SELECT count(*) FROM audit_entry
WHERE (xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(then)s::pg_snapshot)))
       OR xid >= pg_snapshot_xmax(%(then)s::pg_snapshot))
"""


@dataclass(frozen=True, slots=True)
class _How:
    workers: int
    progress: Progress | None
    kept: Kept | None
    level: int

    def tell(self, done: int, total: int) -> None:
        if self.progress and done:
            self.progress(done, total)


def verify(
    *,
    anchor: Sequence[HeadFacts] = (),
    progress: Progress | None = None,
    workers: int = 1,
    kept: Kept | None = None,
    level: int = RANGE_LEVEL,
) -> Report:
    """Check the trail as one snapshot sees it, so that what is written meanwhile raises no alarm.

    `anchor` are heads that were kept elsewhere. `workers` connections read at once, a range of
    2^`level` leaves each; `kept` remembers the ranges that are done. Changes nothing. Must not be
    called inside another transaction.
    """
    how = _How(workers, progress, kept, level)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(VERIFYING)
        snapshot: str = one(cursor, "SELECT pg_export_snapshot()")[0]
        archived, unfit = _archived()
        in_files = sum(papers.entries for papers in archived)
        entries: int = one(cursor, "SELECT count(*) FROM audit_entry")[0] + in_files
        last = TreeHead.objects.order_by("-number").first()
        size = last.size if last else 0
        broken = (
            _heads(last)
            or unfit
            or missing_month(cursor)
            or _leaves(cursor, size)
            or _ranges(last, snapshot, archived, how)
            or _nodes(cursor, size)
            or _inserted(cursor, last, entries)
            or _anchor(anchor)
            or missing_guard(cursor)
        )
        return Report(
            entries=entries,
            archived=in_files,
            unsealed=max(entries - size, 0),
            head=last.facts if last else None,
            broken=broken,
        )


def remember(report: Report) -> None:
    """An entry of the trail tells how the last full verification ended: the sealing board shows it."""
    record_alone(
        actor=None,
        action="audit.verify",
        target=None,
        result=Result.FAILED if report.broken else Result.OK,
        entries=report.entries,
        unsealed=report.unsealed,
        head=report.head.number if report.head else None,
        **({"broken": report.broken.words} if report.broken else {}),
    )


def _heads(last: TreeHead | None) -> Break | None:
    """Each head continues the one before, and is signed; the last one by a key of the environment."""
    if last is None:
        return None
    known = public_keys()
    before: HeadFacts | None = None
    for head in TreeHead.objects.order_by("number").iterator(HEADS_AT_ONCE):
        if wrong := _head(head.facts, before, known):
            return wrong
        before = head.facts
    ours = {key.public.key_id: key.public for key in signing.held()}
    if before is None or not notes.signed_by(before, ours):
        words = f"head {last.number} is signed by no key of AUDIT_SIGNING_KEYS"
        return Break(Kind.SIGNATURE, words, last.number)
    return None


def _head(
    facts: HeadFacts, before: HeadFacts | None, known: Mapping[str, signing.PublicKey]
) -> Break | None:
    number = before.number + 1 if before else 1
    if facts.number != number:
        words = f"head {number} is missing: head {facts.number} comes next"
        return Break(Kind.HEAD, words, number)
    if facts.previous != (before.hash if before else GENESIS):
        words = f"head {number} does not continue head {number - 1}: one of them was changed"
        return Break(Kind.HEAD, words, number)
    if before and (facts.size <= before.size or facts.at < before.at):
        return Break(Kind.HEAD, f"head {number} goes back behind head {number - 1}", number)
    if not notes.signers(facts, known):
        return Break(Kind.SIGNATURE, f"the signature of head {number} is false", number)
    return None


def _archived() -> tuple[list[Papers], Break | None]:
    """What is signed of each month that is in its file alone."""
    found = []
    for month in Month.objects.exclude(dropped_at=None).exclude(file="").order_by("ends"):
        try:
            found.append(papers_of(month))
        except Unfit as error:
            words = f"the archived month {month}: what is signed about it is unfit: {error}"
            return found, Break(Kind.MONTH, words, month.first_leaf)
    return found, None


def _leaves(cursor: CursorWrapper, size: int) -> Break | None:
    last: int = one(cursor, "SELECT coalesce(max(index), -1) FROM audit_leaf")[0]
    if last >= size:
        words = f"leaf {last} lies beyond the last head, which covers {size}: a head was removed"
        return Break(Kind.HEAD, words, size)
    if last < size - 1:
        words = f"the tail was cut: the last head covers {size} leaves, the last leaf is {last}"
        return Break(Kind.TAIL_CUT, words, last + 1)
    return None


def _ranges(
    last: TreeHead | None, snapshot: str, archived: Sequence[Papers], how: _How
) -> Break | None:
    """Every leaf from its entry, every node from its leaves, every head's root, range by range."""
    if last is None:
        return None
    known = how.kept.done() if how.kept else {}
    left, done = [], 0
    for each in all_ranges(last, how.level):
        if each.begin in known and each.is_still(known[each.begin]):
            done += each.size
        else:
            left.append(each)
    how.tell(done, last.size)
    with Shelf.of(archived) as shelf, ThreadPoolExecutor(max_workers=how.workers) as pool:
        check = partial(check_range, snapshot, shelf)
        for each, checked in zip(left, pool.map(check, left), strict=True):
            if checked.broken is not None:
                pool.shutdown(cancel_futures=True)
                return checked.broken
            done += each.size
            if how.kept and each.is_full:
                how.kept.add(each.begin, checked.root)
            how.tell(done, last.size)
    return None


def _nodes(cursor: CursorWrapper, size: int) -> Break | None:
    """No node more than the tree has: those that it has were checked with their leaves."""
    count: int = one(cursor, "SELECT count(*) FROM audit_node")[0]
    expected = sum(size >> level for level in range(1, size.bit_length()))
    if count == expected:
        return None
    return Break(Kind.NODE, f"there are {count} nodes; a tree of {size} leaves has {expected}")


def _inserted(cursor: CursorWrapper, last: TreeHead | None, entries: int) -> Break | None:
    """An entry without a leaf that the last seal must have seen was put there with a false transaction.

    Counting tells: as many as there are without a leaf must have come after the last seal.
    """
    if last is None:
        return None
    cluster: str = one(cursor, "SELECT system_identifier::text FROM pg_control_system()")[0]
    if cluster != last.cluster:
        return None  # restored elsewhere: the numbers of its transactions mean nothing until it is sealed
    later: int = one(cursor, CAME_LATER, {"then": last.snapshot})[0]
    if entries - last.size <= later:
        return None
    found = one(cursor, UNSEALED, [last.snapshot])
    if found is None:
        return Break(Kind.INSERTED, "there are more entries than leaves and later ones")
    words = f"{name(*found)}: inserted behind the portal's back, no seal has seen it"
    return Break(Kind.INSERTED, words, entry_id=found[0])


def _anchor(anchor: Sequence[HeadFacts]) -> Break | None:
    """What was kept outside must be among the heads: else the trail was rebuilt, cut, or is an older copy."""
    for kept in anchor:
        found = TreeHead.objects.filter(number=kept.number).first()
        if found is None:
            words = f"the anchor names head {kept.number}, which this trail does not reach"
            return Break(Kind.ANCHOR, words, kept.number)
        if found.facts.text != kept.text:
            words = (
                f"head {kept.number} is not the one of the anchor: the trail was rebuilt, or forked"
            )
            return Break(Kind.ANCHOR, words, kept.number)
    return None
