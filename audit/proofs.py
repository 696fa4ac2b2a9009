"""Proofs that somebody else can check: an entry lies under a head, one head grew from another."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from audit import notes, tree
from audit.models import PublicKey, TreeHead
from audit.nodes import hashes_of
from audit.signing import PublicKey as Key

CONTENT = """
SELECT entry.id, convert_from(audit_canonical(entry), 'UTF8'), leaf.index, leaf.hash
FROM audit_entry AS entry LEFT JOIN audit_leaf AS leaf ON leaf.entry_id = entry.id
WHERE entry.id = ANY(%s)
"""

FIRST_HEADS = """
SELECT leaf.entry_id, head.number FROM audit_leaf AS leaf
CROSS JOIN LATERAL (
    SELECT number FROM audit_treehead WHERE size > leaf.index ORDER BY size LIMIT 1
) AS head
WHERE leaf.entry_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One hashing on the way up: `beside` stands left or right of what is known; `together` is their hash."""

    is_left: bool
    beside: bytes
    together: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What the tree says of one entry. Without a `head` the entry is not sealed yet, and nothing proves it.

    `stored` is the leaf as it was sealed, `leaf` the hash of the content as it is now.
    """

    entry_id: int
    canonical: str
    index: int | None = None
    stored: bytes = b""
    leaf: bytes = b""
    steps: tuple[Step, ...] = ()
    head: TreeHead | None = None
    signers: frozenset[str] = frozenset()

    @property
    def is_sealed(self) -> bool:
        return self.head is not None

    @property
    def matches(self) -> bool:
        return self.is_sealed and self.leaf == self.stored

    @property
    def reached(self) -> bytes:
        """Where the steps lead to."""
        return self.steps[-1].together if self.steps else self.leaf

    @property
    def reaches_root(self) -> bool:
        return self.head is not None and self.reached == bytes(self.head.root)

    @property
    def is_sound(self) -> bool:
        return self.matches and self.reaches_root and bool(self.signers)

    def as_json(self) -> dict[str, Any]:
        """The proof for programs, and for the evidence pack."""
        found: dict[str, Any] = {"entry": self.entry_id, "content": self.canonical}
        if self.head is None:
            return found | {"sealed": False}
        return found | {
            "sealed": True,
            "index": self.index,
            "size": self.head.size,
            "algorithm": self.head.algorithm,
            "leaf": self.leaf.hex(),
            "path": [step.beside.hex() for step in self.steps],
            "root": bytes(self.head.root).hex(),
            "head": self.head.number,
        }


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree of `second` begins with the whole tree of `first`."""

    first: TreeHead
    second: TreeHead
    path: tuple[bytes, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "first": {"head": self.first.number, "size": self.first.size},
            "second": {"head": self.second.number, "size": self.second.size},
            "algorithm": self.second.algorithm,
            "path": [known.hex() for known in self.path],
        }


def heads() -> QuerySet[TreeHead]:
    """All heads, newest first. They say nothing of anybody: whoever is signed in may have them."""
    return TreeHead.objects.order_by("-number")


def latest() -> TreeHead | None:
    return heads().first()


def inclusion(entry_id: int, head: TreeHead | None = None) -> Inclusion | None:
    """The proof of one entry under `head`, else under the latest. None when there is no such entry.

    An entry that came after that head is shown as not sealed. Reads as many nodes as the tree is high.
    """
    found = inclusions([entry_id], head or latest())
    return found[0] if found else None


def inclusions(entry_ids: Sequence[int], head: TreeHead | None) -> list[Inclusion]:
    """The proofs of many entries under one head, in few queries, in the order that was asked."""
    with connection.cursor() as cursor:
        cursor.execute(CONTENT, [list(entry_ids)])
        rows = {row[0]: row for row in cursor.fetchall()}
    asked = [rows[entry_id] for entry_id in entry_ids if entry_id in rows]
    size = head.size if head else 0
    spans = {
        index: tree.inclusion_spans(index, size)
        for _, _, index, _ in asked
        if index is not None and index < size
    }
    known = hashes_of(
        place for several in spans.values() for span in several for place in tree.places(span)
    )
    signers = frozenset(notes.signers(head.facts, public_keys()) if head else ())
    made = []
    for entry_id, canonical, index, stored in asked:
        if head is None or index not in spans:
            made.append(Inclusion(entry_id, canonical))
            continue
        hashed = tree.digest(head.algorithm)
        leaf = tree.leaf_hash(hashed, canonical.encode())
        path = _hashes(hashed, spans[index], known)
        climbed = tree.climb(hashed, index=index, size=size, leaf=leaf, path=path)
        steps = tuple(Step(*step) for step in climbed)
        made.append(
            Inclusion(entry_id, canonical, index, bytes(stored), leaf, steps, head, signers)
        )
    return made


def first_heads(entry_ids: Sequence[int]) -> dict[int, TreeHead]:
    """The head that sealed each of these entries first; one that is not sealed is left out."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_HEADS, [list(entry_ids)])
        numbers = dict(cursor.fetchall())
    heads = TreeHead.objects.in_bulk(set(numbers.values()))
    return {entry_id: heads[number] for entry_id, number in numbers.items()}


def consistency(first: TreeHead, second: TreeHead) -> Consistency:
    """The proof between two heads. Raises ValueError when `first` is not the earlier one."""
    spans = tree.consistency_spans(first.size, second.size)
    known = hashes_of(place for span in spans for place in tree.places(span))
    path = _hashes(tree.digest(second.algorithm), spans, known)
    return Consistency(first, second, tuple(path))


def public_keys() -> dict[str, Key]:
    """Every key that ever signed a head, by its id."""
    return {key.key_id: Key(bytes(key.raw)) for key in PublicKey.objects.all()}


def keys_as_json() -> list[dict[str, Any]]:
    return [
        {
            "key": key.key_id,
            "algorithm": "ed25519",
            "public": base64.b64encode(bytes(key.raw)).decode(),
            "first_head": key.first_head,
        }
        for key in PublicKey.objects.order_by("first_head", "key_id")
    ]


def head_as_json(head: TreeHead) -> dict[str, Any]:
    return {
        "number": head.number,
        "size": head.size,
        "root": bytes(head.root).hex(),
        "at": head.at.isoformat(),
        "algorithm": head.algorithm,
        "previous": bytes(head.previous).hex(),
        "note": head.facts.note,
    }


def _hashes(
    hashed: tree.Digest, spans: Sequence[tree.Span], known: Mapping[tree.Place, bytes]
) -> list[bytes]:
    # A node that somebody removed is all zeros here: the proof fails, and the page says where.
    return [
        tree.root(hashed, [known.get(place, bytes(32)) for place in tree.places(span)])
        for span in spans
    ]
