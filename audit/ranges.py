"""One range of leaves, made anew from its entries and held against what is stored.

Ranges know nothing of one another, so several connections can take one each. The nodes left of a range
are taken as they are stored: the range that they stand over checks them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit import tree
from audit.archive.papers import Unfit
from audit.archive.shelf import Shelf
from audit.breaks import Break, Kind, name, one
from audit.models import TreeHead
from audit.nodes import hashes_of

RANGE_LEVEL = 16
CHUNK = 5_000

LEAVES = """
SELECT index, entry_id, hash FROM audit_leaf
WHERE index >= %s AND index < %s ORDER BY index
"""

# By their numbers, so that months of which none is wanted are passed over.
ENTRIES = "SELECT id, audit_canonical(entry) FROM audit_entry AS entry WHERE id = ANY (%s)"

HEADS = "SELECT size, number, root FROM audit_treehead WHERE size > %s AND size <= %s"

ENTRY = "SELECT id, action, at FROM audit_entry WHERE id = %s"

WITHOUT_LEAF = """
SELECT entry.id, entry.action, entry.at FROM audit_entry AS entry
WHERE NOT EXISTS (SELECT FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
ORDER BY entry.id LIMIT 1
"""

BEFORE = """
SELECT entry.id, entry.action, entry.at
FROM audit_leaf AS leaf JOIN audit_entry AS entry ON entry.id = leaf.entry_id
WHERE leaf.index < %s ORDER BY leaf.index DESC LIMIT 1
"""

AFTER = """
SELECT entry.id, entry.action, entry.at
FROM audit_leaf AS leaf JOIN audit_entry AS entry ON entry.id = leaf.entry_id
WHERE leaf.index > %s ORDER BY leaf.index LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Range:
    """Leaves from `begin` up to, not with, `end`; `level` is the height of a full one."""

    begin: int
    end: int
    level: int
    algorithm: str

    @property
    def size(self) -> int:
        return self.end - self.begin

    @property
    def is_full(self) -> bool:
        return self.size == 1 << self.level

    def is_still(self, root: str) -> bool:
        """Whether the node over this range is the one that an earlier run found."""
        place = (self.level, self.begin >> self.level)
        return hashes_of([place]).get(place, b"").hex() == root


@dataclass(frozen=True, slots=True)
class Checked:
    """`root` is the hash over a full range that is whole."""

    root: str = ""
    broken: Break | None = None


class Kept:
    """The ranges that a verification has done, in a file: one that was stopped goes on from there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def done(self) -> dict[int, str]:
        """Begin and root of each."""
        if not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_text().splitlines():
            try:
                begin, root = json.loads(line)
            except ValueError:
                continue  # an empty line, or one that a killed run has not finished
            found[int(begin)] = str(root)
        return found

    def add(self, begin: int, root: str) -> None:
        with self.path.open("a") as file:
            file.write("\n" + json.dumps([begin, root]))

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


def all_ranges(head: TreeHead, level: int) -> Iterator[Range]:
    step = 1 << level
    for begin in range(0, head.size, step):
        yield Range(begin, min(begin + step, head.size), level, head.algorithm)


def check_range(snapshot: str, shelf: Shelf, within: Range) -> Checked:
    """What is wrong first in this range, as the exported snapshot sees it. For a thread of its own.

    `shelf` tells of the entries that the table does not hold any more.
    """
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            return _check(cursor, shelf, within)
    finally:
        connection.close()


def _check(cursor: CursorWrapper, shelf: Shelf, within: Range) -> Checked:
    hashed = tree.digest(within.algorithm)
    places = tree.peaks(within.begin)
    left = hashes_of(places)
    edge = tree.Frontier(hashed, within.begin, [left.get(place, bytes(32)) for place in places])
    cursor.execute(HEADS, [within.begin, within.end])
    heads = {size: (number, bytes(root)) for size, number, root in cursor.fetchall()}
    top = b""
    for chunk in _chunks(within):
        try:
            contents = _contents(cursor, shelf, chunk)
        except Unfit as error:
            return Checked(broken=Break(Kind.MONTH, str(error), chunk[0][0]))
        made: list[tuple[tree.Place, bytes]] = []
        for index, entry_id, stored in chunk:
            content = contents.get(entry_id)
            if index != edge.size:
                return Checked(broken=_gap(cursor, edge.size, index))
            if content is None:
                return Checked(broken=_removed(cursor, index, entry_id))
            leaf = tree.leaf_hash(hashed, content)
            if leaf != stored:
                return Checked(broken=_changed(cursor, hashed, index, entry_id, leaf))
            made += edge.append(leaf)
            if wrong := _misfit(heads.get(edge.size), edge):
                return Checked(broken=_stored(made) or wrong)
        if wrong := _stored(made):
            return Checked(broken=wrong)
        top = next((known for (level, _), known in reversed(made) if level == within.level), top)
    if edge.size != within.end:
        return Checked(broken=_gap(cursor, edge.size, within.end))
    return Checked(root=top.hex())


def _contents(
    cursor: CursorWrapper, shelf: Shelf, chunk: list[tuple[int, int, bytes]]
) -> dict[int, bytes]:
    """The canonical bytes by entry: from the table, else from the file of an archived month."""
    cursor.execute(ENTRIES, [[entry_id for _, entry_id, _ in chunk]])
    found = {entry_id: bytes(content) for entry_id, content in cursor.fetchall()}
    if len(found) < len(chunk):
        archived = shelf.contents(chunk[0][0], chunk[-1][0] + 1)
        for index, entry_id, _ in chunk:
            if entry_id not in found and index in archived:
                found[entry_id] = archived[index]
    return found


def _chunks(within: Range) -> Iterator[list[tuple[int, int, bytes]]]:
    with connection.connection.cursor("audit_range", binary=True) as found:
        found.itersize = CHUNK
        found.execute(LEAVES, [within.begin, within.end])
        while rows := found.fetchmany(CHUNK):
            yield rows


def _misfit(head: tuple[int, bytes] | None, edge: tree.Frontier) -> Break | None:
    if head is None or head[1] == edge.root:
        return None
    words = f"the root of head {head[0]} is not that of the first {edge.size} leaves"
    return Break(Kind.HEAD, words, head[0])


def _stored(made: list[tuple[tree.Place, bytes]]) -> Break | None:
    """The first stored node that is not the one its leaves give."""
    known = hashes_of(place for place, _ in made)
    for place, expected in made:
        if known.get(place) != expected:
            level, index = place
            leaves = f"leaves {index << level} to {((index + 1) << level) - 1}"
            words = (
                f"node {level}/{index} is missing"
                if place not in known
                else f"node {level}/{index} does not fit {leaves}: one of them was changed or reordered"
            )
            return Break(Kind.NODE, words, index << level)
    return None


def _gap(cursor: CursorWrapper, expected: int, found: int) -> Break:
    missing = (
        f"leaf {expected} is" if found == expected + 1 else f"leaves {expected} to {found - 1} are"
    )
    entry = one(cursor, WITHOUT_LEAF)
    left = f"; {name(*entry)} has no leaf" if entry else "; no entry is left without one"
    words = f"{missing} missing, {_between(cursor, expected)}{left}"
    return Break(Kind.LEAF_MISSING, words, expected, entry[0] if entry else None)


def _removed(cursor: CursorWrapper, index: int, entry_id: int) -> Break:
    words = f"entry {entry_id} was removed: leaf {index} is left of it, {_between(cursor, index)}"
    return Break(Kind.REMOVED, words, index, entry_id)


def _changed(
    cursor: CursorWrapper, hashed: tree.Digest, index: int, entry_id: int, leaf: bytes
) -> Break:
    """Content or leaf: the node above tells which of them it was made of."""
    told = name(*one(cursor, ENTRY, [entry_id]))
    above, beside = (1, index >> 1), (0, index ^ 1)
    known = hashes_of([above, beside])
    if above in known and beside in known:
        pair = (known[beside], leaf) if index & 1 else (leaf, known[beside])
        if tree.node_hash(hashed, *pair) == known[above]:
            words = f"leaf {index} of {told}: its hash was changed"
            return Break(Kind.LEAF_CHANGED, words, index, entry_id)
    return Break(Kind.CHANGED, f"{told}: content was changed", index, entry_id)


def _between(cursor: CursorWrapper, index: int) -> str:
    """The nearest entries that are there on both sides, to tell when and where."""
    sides: list[Any] = [
        ("after", one(cursor, BEFORE, [index])),
        ("before", one(cursor, AFTER, [index])),
    ]
    return (
        " and ".join(f"{word} {name(*row)}" for word, row in sides if row) or "alone in the trail"
    )
