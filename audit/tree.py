"""The Merkle tree of RFC 6962: nothing but arithmetic and hashes; what is stored where is no matter here.

A node is named by its level and index: leaf 5 is (0, 5), the node over leaves 4 and 5 is (1, 2).
Only nodes over a full power of two of leaves have names; all others are made of these when asked for.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hashes import Hash as OpenSSLHash

Place = tuple[int, int]
Digest = Callable[[bytes], bytes]
LEAF, NODE = b"\x00", b"\x01"


class Algorithm(StrEnum):
    """What hashes leaves and nodes: chosen once for the life of a tree. SM3 is GB/T 32905."""

    SHA256 = "sha256"
    SM3 = "sm3"


def digest(algorithm: str) -> Digest:
    """The hash function of that name."""
    if Algorithm(algorithm) == Algorithm.SHA256:
        return _sha256
    return _sm3_of_hashlib if "sm3" in hashlib.algorithms_available else _sm3_of_cryptography


def leaf_hash(hashed: Digest, content: bytes) -> bytes:
    return hashed(LEAF + content)


def node_hash(hashed: Digest, left: bytes, right: bytes) -> bytes:
    return hashed(NODE + left + right)


def peaks(size: int, begin: int = 0) -> list[Place]:
    """The full subtrees, left to right, that leaves `begin` up to `begin + size` fall into.

    `begin` must be a multiple of the smallest power of two that is not less than `size`.
    """
    found, at = [], begin
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append((level, at >> level))
            at += 1 << level
    return found


def root(hashed: Digest, of_peaks: Sequence[bytes]) -> bytes:
    """The root over these peaks, left to right. That of an empty tree is the hash of nothing."""
    if not of_peaks:
        return hashed(b"")
    whole = of_peaks[-1]
    for left in reversed(of_peaks[:-1]):
        whole = node_hash(hashed, left, whole)
    return whole


class Frontier:
    """The right edge of a growing tree: all that is needed to add leaves to it."""

    def __init__(self, hashed: Digest, size: int = 0, of_peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashed = hashed
        self._peaks = [
            (level, known) for (level, _), known in zip(peaks(size), of_peaks, strict=True)
        ]

    def append(self, leaf: bytes) -> list[tuple[Place, bytes]]:
        """Add the hash of the next leaf; the nodes above it that are full now."""
        full, level, known = [], 0, leaf
        while self._peaks and self._peaks[-1][0] == level:
            known = node_hash(self._hashed, self._peaks.pop()[1], known)
            level += 1
            full.append(((level, self.size >> level), known))
        self._peaks.append((level, known))
        self.size += 1
        return full

    @property
    def root(self) -> bytes:
        return root(self._hashed, [known for _, known in self._peaks])


Span = tuple[int, int]


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The ranges of leaves whose hashes prove leaf `index` in a tree of `size`, from the leaf up."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    found: list[Span] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """The ranges whose hashes prove that the tree of `first` leaves is a beginning of that of `second`."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {first} leaves is no beginning of one of {second}")
    found: list[Span] = []
    begin, end, is_whole = 0, second, True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin, is_whole = middle, False
    if not is_whole:
        found.append((begin, end))
    return found[::-1]


def places(span: Span) -> list[Place]:
    """The stored nodes from which the hash over `span` is made."""
    return peaks(span[1] - span[0], span[0])


def span_hash(hashed: Digest, span: Span, known: Mapping[Place, bytes]) -> bytes:
    """The hash over `span`. Raises KeyError when one of its `places` is not known."""
    return root(hashed, [known[place] for place in places(span)])


def climb(
    hashed: Digest, *, index: int, size: int, leaf: bytes, path: Sequence[bytes]
) -> Iterator[tuple[bool, bytes, bytes]]:
    """From the leaf to the root: at each step whether its neighbour stands left, its hash, theirs together.

    Raises ValueError for a path of the wrong length.
    """
    spans = inclusion_spans(index, size)
    if len(spans) != len(path):
        raise ValueError(f"a path of {len(spans)} hashes is needed, not {len(path)}")
    known = leaf
    for (begin, _), beside in zip(spans, path, strict=True):
        is_left = begin < index
        known = node_hash(hashed, beside, known) if is_left else node_hash(hashed, known, beside)
        yield is_left, beside, known


def included(
    hashed: Digest, *, index: int, size: int, leaf: bytes, path: Sequence[bytes], whole: bytes
) -> bool:
    """Whether `path` leads from the leaf to the root `whole`."""
    try:
        steps = list(climb(hashed, index=index, size=size, leaf=leaf, path=path))
    except ValueError:
        return False
    return (steps[-1][2] if steps else leaf) == whole


def consistent(
    hashed: Digest, *, first: int, second: int, old: bytes, new: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` proves that the tree with root `old` is the beginning of the one with `new`.

    RFC 9162, 2.1.4.2.
    """
    if first == second:
        return not path and old == new
    if not 0 < first < second or not path:
        return False
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, old)
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_old = of_new = steps[0]
    for beside in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            of_old = node_hash(hashed, beside, of_old)
            of_new = node_hash(hashed, beside, of_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            of_new = node_hash(hashed, of_new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and of_old == old and of_new == new


def _split(size: int) -> int:
    """The largest power of two less than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _sm3_of_hashlib(content: bytes) -> bytes:
    return hashlib.new("sm3", content).digest()


def _sm3_of_cryptography(content: bytes) -> bytes:
    made = OpenSSLHash(SM3())
    made.update(content)
    return made.finalize()
