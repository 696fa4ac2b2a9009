"""Takes the entries that came since the last seal into the tree, and signs its new head.

Entries are inserted without any lock. Which of them are new is told by two snapshots of the database:
what this one sees and that of the last head did not. An act that commits late is so
never passed over, and one that stays open for an hour keeps nobody else's entries waiting.

One transaction: a sealer that is killed leaves nothing behind, and the next one begins where it began.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audit import notes, signing, tree
from audit.models import Leaf, Node, PublicKey, TreeHead
from audit.nodes import hashes_of
from audit.notes import HeadFacts

logger = structlog.get_logger(__name__)

CHUNK = 5_000
GENESIS = bytes(32)

# The first key of the advisory lock is the table's own number.
LOCK = "SELECT pg_try_advisory_xact_lock('audit_treehead'::regclass::oid::int, 0)"

HERE = """
SELECT pg_current_snapshot()::text, system_identifier::text, clock_timestamp() FROM pg_control_system()
"""

# What the snapshot `now` sees and the one before did not: written by a transaction that was open
# then, or began since. The look for a leaf costs little, and keeps out what a restored dump brings
# from another cluster, whose numbers mean nothing here.
NEW = """
SELECT entry.id, audit_canonical(entry) FROM audit_entry AS entry
WHERE (entry.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(then)s::pg_snapshot)))
       OR entry.xid >= pg_snapshot_xmax(%(then)s::pg_snapshot))
  AND pg_visible_in_snapshot(entry.xid, %(now)s::pg_snapshot)
  AND NOT EXISTS (SELECT FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
ORDER BY entry.xid, entry.id
"""

# The first seal, and the first in another cluster: whatever has no leaf. A number that no
# transaction here has reached was given by another cluster: it was committed there.
ALL = """
SELECT entry.id, audit_canonical(entry) FROM audit_entry AS entry
WHERE (pg_visible_in_snapshot(entry.xid, %(now)s::pg_snapshot)
       OR entry.xid >= pg_snapshot_xmax(%(now)s::pg_snapshot))
  AND NOT EXISTS (SELECT FROM audit_leaf AS leaf WHERE leaf.entry_id = entry.id)
ORDER BY entry.xid, entry.id
"""


class CannotSeal(Exception):
    """The tree is not as the last head says: somebody has changed it. Nothing is built on that."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one seal did: `entries` are new; `head` is the last there is, None while there is none."""

    entries: int
    head: TreeHead | None


@dataclass(frozen=True, slots=True)
class _Here:
    snapshot: str
    cluster: str
    at: datetime


def origin() -> str:
    """The name of this portal's trail in its heads: `AUDIT_ORIGIN`, else by the address of the portal."""
    return settings.AUDIT_ORIGIN or f"{urlsplit(settings.PORTAL_URL).netloc}/audit"


def seal() -> Sealed | None:
    """Seal what came since the last head. None while another sealer is at it.

    Makes no head when nothing came. Raises `CannotSeal`, and ImproperlyConfigured when `AUDIT_HASH`
    is not that of the tree. Must not be called inside another transaction.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if not _one(cursor)[0]:
            return None
        last = TreeHead.objects.order_by("-number").first()
        cursor.execute(HERE)
        here = _Here(*_one(cursor))
        hashed = tree.digest(_algorithm(last))
        edge = _edge(last, hashed)
        began = edge.size
        for chunk in _new(last, here):
            _append(cursor, edge, hashed, chunk)
        if edge.size == began:
            return Sealed(0, last)
        head = _sign(last, here, edge)
        logger.info("audit_sealed", entries=edge.size - began, head=head.number, size=head.size)
        return Sealed(edge.size - began, head)


def _algorithm(last: TreeHead | None) -> str:
    wanted = tree.Algorithm(settings.AUDIT_HASH)
    if last is not None and last.algorithm != wanted:
        raise ImproperlyConfigured(
            f"AUDIT_HASH is {wanted}, but this trail is sealed with {last.algorithm}: a tree keeps its hash"
        )
    return wanted


def _edge(last: TreeHead | None, hashed: tree.Digest) -> tree.Frontier:
    """The right edge of the stored tree, held against the last head before anything is built on it."""
    if last is None:
        if Leaf.objects.exists() or Node.objects.exists():
            raise CannotSeal("there are leaves, but no head")
        return tree.Frontier(hashed)
    places = tree.peaks(last.size)
    known = hashes_of(places)
    if len(known) != len(places):
        raise CannotSeal(f"nodes of the tree under head {last.number} are missing")
    edge = tree.Frontier(hashed, last.size, [known[place] for place in places])
    if edge.root != bytes(last.root):
        raise CannotSeal(f"the nodes do not give the root of head {last.number}")
    if Leaf.objects.filter(index__gte=last.size).exists():
        raise CannotSeal(f"there are leaves beyond head {last.number}")
    return edge


def _new(last: TreeHead | None, here: _Here) -> Iterator[list[tuple[int, bytes]]]:
    """The new entries with their canonical bytes, some thousands at a time: memory stays flat."""
    goes_on = last is not None and last.cluster == here.cluster
    if last is not None and not goes_on:
        logger.warning("audit_restored_elsewhere", head=last.number)
    given = {"now": here.snapshot, "then": last.snapshot if last else ""}
    raw = connection.connection
    with raw.cursor("audit_seal", binary=True) as found:
        found.itersize = CHUNK
        found.execute(NEW if goes_on else ALL, given)
        while rows := found.fetchmany(CHUNK):
            yield rows


def _append(
    cursor: CursorWrapper,
    edge: tree.Frontier,
    hashed: tree.Digest,
    chunk: list[tuple[int, bytes]],
) -> None:
    leaves, nodes = [], []
    for entry_id, content in chunk:
        known = tree.leaf_hash(hashed, content)
        leaves.append((edge.size, entry_id, known))
        nodes += edge.append(known)
    with cursor.copy("COPY audit_leaf (index, entry_id, hash) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int8", "int8", "bytea"])
        for leaf in leaves:
            copy.write_row(leaf)
    with cursor.copy("COPY audit_node (level, index, hash) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int2", "int8", "bytea"])
        for (level, index), known in nodes:
            copy.write_row((level, index, known))


def _sign(last: TreeHead | None, here: _Here, edge: tree.Frontier) -> TreeHead:
    keys = signing.held()
    number = 1 if last is None else last.number + 1
    _publish(keys, number)
    facts = HeadFacts(
        origin=origin(),
        size=edge.size,
        root=edge.root,
        number=number,
        # A clock that was set back stands still here until it has caught up.
        at=here.at if last is None else max(here.at, last.at),
        algorithm=settings.AUDIT_HASH,
        previous=GENESIS if last is None else last.facts.hash,
    )
    return TreeHead.objects.create(
        number=number,
        size=facts.size,
        root=facts.root,
        at=facts.at,
        algorithm=facts.algorithm,
        origin=facts.origin,
        previous=facts.previous,
        signatures=[notes.signature_line(facts.origin, facts.text, key) for key in keys],
        snapshot=here.snapshot,
        cluster=here.cluster,
    )


def _publish(keys: tuple[signing.SigningKey, ...], number: int) -> None:
    known = set(PublicKey.objects.values_list("key_id", flat=True))
    for key in keys:
        if key.public.key_id not in known:
            PublicKey.objects.create(
                key_id=key.public.key_id, raw=key.public.raw, first_head=number
            )
            logger.warning("audit_key_new", key=key.public.key_id, head=number)


def _one(cursor: CursorWrapper) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise RuntimeError("the database did not answer")
    return row
