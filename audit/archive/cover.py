"""That all entries of a file lie under one head, proved by the file and a few hashes beside it.

The leaves of a month are almost one run, with a stranger here and there: an act that was open over
midnight, a clock that was set back. What lies between and around them is covered by the largest
full subtrees; with their hashes whoever has the file makes the root of the head, without the portal.
"""

from collections.abc import Iterable, Iterator

from audit import tree

Run = tuple[int, int]


def around(runs: Iterable[Run], size: int) -> Iterator[tree.Place]:
    """The largest full subtrees of a tree of `size` that no leaf of `runs` lies in, left to right.

    Runs are ranges of leaves, in order, without overlap.
    """
    at = 0
    for begin, end in runs:
        yield from _within(at, begin)
        at = end
    yield from _within(at, size)


class Root:
    """Makes the root of a tree from leaves and subtrees that come left to right, without a gap."""

    def __init__(self, hashed: tree.Digest) -> None:
        self._hashed = hashed
        self._stack: list[tuple[int, bytes]] = []
        self.size = 0

    def add(self, level: int, known: bytes) -> None:
        """Raises ValueError for a subtree that cannot stand here."""
        if self.size & (1 << level) - 1:
            raise ValueError(f"no subtree of level {level} stands at leaf {self.size}")
        self.size += 1 << level
        while self._stack and self._stack[-1][0] == level:
            known = tree.node_hash(self._hashed, self._stack.pop()[1], known)
            level += 1
        self._stack.append((level, known))

    @property
    def hash(self) -> bytes:
        return tree.root(self._hashed, [known for _, known in self._stack])


def _within(begin: int, end: int) -> Iterator[tree.Place]:
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level
