"""Another portal's trail without a portal: a tree over synthetic entries, and heads signed by its own key."""

from datetime import UTC, datetime, timedelta
from typing import Any

from audit import notes, tree
from audit.notes import HeadFacts
from audit.sealing import GENESIS
from audit.signing import SigningKey, new_key, of_words

SHA256 = tree.digest("sha256")
BEGAN = datetime(2026, 11, 1, 9, tzinfo=UTC)
ORIGIN = "city.example/audit"


def fresh_key() -> SigningKey:
    return of_words(new_key())


class Neighbour:
    """Grows head by head; all of its keys sign each."""

    def __init__(self, *keys: SigningKey, origin: str = ORIGIN, began: datetime = BEGAN) -> None:
        self.keys = list(keys) or [fresh_key()]
        self.origin = origin
        self.began = began
        self.heads: list[HeadFacts] = []
        self._edge = tree.Frontier(SHA256)
        self._known: dict[tree.Place, bytes] = {}
        self._leaves: list[bytes] = []

    def seal(self, *contents: str, **changed: Any) -> HeadFacts:
        """A head over what there is and these entries; `changed` are facts that it is to tell otherwise."""
        for content in contents:
            leaf = tree.leaf_hash(SHA256, content.encode())
            self._known[(0, len(self._leaves))] = leaf
            self._leaves.append(leaf)
            self._known |= dict(self._edge.append(leaf))
        size = len(self._leaves)
        last = self.heads[-1] if self.heads else None
        facts: dict[str, Any] = {
            "origin": self.origin,
            "size": size,
            "root": tree.root(SHA256, [self._known[place] for place in tree.peaks(size)]),
            "number": last.number + 1 if last else 1,
            "at": last.at + timedelta(seconds=5) if last else self.began,
            "algorithm": "sha256",
            "previous": last.hash if last else GENESIS,
            **changed,
        }
        bare = HeadFacts(**facts)
        lines = tuple(notes.signature_line(self.origin, bare.text, key) for key in self.keys)
        self.heads.append(HeadFacts(**facts, signatures=lines))
        return self.heads[-1]

    def path(self, first: int, second: int) -> list[bytes]:
        """The proof between two sizes."""
        spans = tree.consistency_spans(first, second)
        return [tree.span_hash(SHA256, span, self._known) for span in spans]

    def copy(self) -> "Neighbour":
        """What a backup of it brings back."""
        again = Neighbour(*self.keys, origin=self.origin)
        again.heads = list(self.heads)
        again._known = dict(self._known)
        again._leaves = list(self._leaves)
        for leaf in self._leaves:
            again._edge.append(leaf)
        return again
