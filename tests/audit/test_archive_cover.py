"""The entries of a file and a few hashes beside it make the root of the head, whatever lies between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import tree
from audit.archive.cover import Root, around

HASHED = tree.digest("sha256")


def leaf(index: int) -> bytes:
    return tree.leaf_hash(HASHED, str(index).encode())


def subtree(level: int, index: int) -> bytes:
    edge = tree.Frontier(HASHED)
    for at in range(index << level, (index + 1) << level):
        edge.append(leaf(at))
    return edge.root


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_any_leaves_with_what_lies_around_them_make_the_root(case: tuple[int, set[int]]) -> None:
    # given
    size, held = case
    whole = tree.Frontier(HASHED)
    for index in range(size):
        whole.append(leaf(index))
    runs = [(index, index + 1) for index in sorted(held)]

    # when
    beside = [((level, index), subtree(level, index)) for level, index in around(runs, size)]
    pieces = [(index << level, level, known) for (level, index), known in beside]
    pieces += [(index, 0, leaf(index)) for index in held]
    root = Root(HASHED)
    for _, level, known in sorted(pieces):
        root.add(level, known)

    # then
    assert (root.size, root.hash) == (size, whole.root)
    covered = {
        at for (level, index), _ in beside for at in range(index << level, (index + 1) << level)
    }
    assert covered == set(range(size)) - held
    assert len(beside) <= 2 * size.bit_length() * (len(runs) + 1)


def test_a_subtree_out_of_its_place_is_refused() -> None:
    root = Root(HASHED)
    root.add(0, leaf(0))

    with pytest.raises(ValueError, match="no subtree of level 1 stands at leaf 1"):
        root.add(1, subtree(1, 0))
