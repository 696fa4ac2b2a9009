"""The tree against a naive one that is written as RFC 6962 tells it."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from audit import tree

SHA256 = tree.digest("sha256")
# From RFC 6962's own reference tests: leaves and the roots of their first n.
LEAVES = [
    bytes.fromhex(words)
    for words in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def grown(count: int) -> tuple[tree.Frontier, dict[tree.Place, bytes]]:
    edge, known = tree.Frontier(SHA256), {}
    for number in range(count):
        leaf = tree.leaf_hash(SHA256, str(number).encode())
        known[(0, number)] = leaf
        known |= dict(edge.append(leaf))
    return edge, known


def root_of(count: int) -> bytes:
    return naive([str(number).encode() for number in range(count)])


@pytest.mark.parametrize("count", range(9))
def test_the_roots_are_those_of_the_reference_tests(count: int) -> None:
    edge = tree.Frontier(SHA256)
    for content in LEAVES[:count]:
        edge.append(tree.leaf_hash(SHA256, content))

    assert edge.root.hex() == ROOTS[count]


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_tree_grown_in_two_parts_is_the_naive_one(first: int, more: int) -> None:
    # given
    _, known = grown(first)
    edge = tree.Frontier(SHA256, first, [known[place] for place in tree.peaks(first)])

    # when
    for number in range(first, first + more):
        edge.append(tree.leaf_hash(SHA256, str(number).encode()))

    # then
    assert edge.root == root_of(first + more)


@given(st.integers(1, 130), st.data())
def test_every_leaf_is_proved_and_no_other_is(size: int, data: st.DataObject) -> None:
    # given
    index = data.draw(st.integers(0, size - 1))
    edge, known = grown(size)
    path = [tree.span_hash(SHA256, span, known) for span in tree.inclusion_spans(index, size)]
    right = {"index": index, "size": size, "leaf": known[(0, index)], "path": path}

    # then
    assert tree.included(SHA256, **right, whole=edge.root)
    assert len(path) <= size.bit_length()
    assert not tree.included(SHA256, **right, whole=bytes(32))
    assert not tree.included(SHA256, **{**right, "leaf": bytes(32)}, whole=edge.root)
    assert not tree.included(SHA256, **{**right, "path": [*path, bytes(32)]}, whole=edge.root)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else size
    assert not tree.included(SHA256, **{**right, "index": other}, whole=edge.root)


@given(st.integers(1, 130), st.data())
def test_every_beginning_is_proved_and_a_fork_is_not(second: int, data: st.DataObject) -> None:
    # given
    first = data.draw(st.integers(1, second))
    edge, known = grown(second)
    path = [tree.span_hash(SHA256, span, known) for span in tree.consistency_spans(first, second)]
    right = {"first": first, "second": second, "path": path}

    # then
    assert tree.consistent(SHA256, **right, old=root_of(first), new=edge.root)
    assert not tree.consistent(SHA256, **right, old=bytes(32), new=edge.root)
    assert not tree.consistent(SHA256, **right, old=root_of(first), new=bytes(32))
    spoilt = {**right, "path": [*path[:-1], bytes(32)] if path else [bytes(32)]}
    assert not tree.consistent(SHA256, **spoilt, old=root_of(first), new=edge.root)


def test_sm3_is_that_of_the_standard_by_either_library() -> None:
    # GB/T 32905, example 1
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert tree.digest("sm3")(b"abc").hex() == expected
    made = hashes.Hash(hashes.SM3())
    made.update(b"abc")
    assert made.finalize().hex() == expected


def test_places_outside_the_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        tree.inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="no beginning"):
        tree.consistency_spans(4, 3)
