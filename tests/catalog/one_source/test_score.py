"""The score explains itself: its reasons sum to it, and more evidence never makes it less."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from catalog.one_source.score import COMMON_FROM, THRESHOLD, Evidence, rarity, score

evidence = st.builds(
    Evidence,
    same_name=st.booleans(),
    holders=st.integers(0, 5000),
    covered=st.integers(0, 60),
    items=st.integers(0, 60),
    is_reference=st.booleans(),
    same_type=st.booleans(),
    same_length=st.booleans(),
    same_code_list=st.booleans(),
    overlap=st.none() | st.floats(0, 1),
    source_department=st.sampled_from(["", "省公安厅"]),
)


@given(evidence)
def test_a_score_is_of_a_hundred_and_its_reasons_sum_to_it(known):
    found = score(known)
    assert 0 <= found.points <= 100
    assert sum(row["points"] for row in found.as_json()) == found.points
    assert all(reason.points > 0 and reason.words for reason in found.reasons)


@given(evidence, st.integers(0, 60), st.integers(0, 5000), st.floats(0, 1))
def test_more_evidence_never_makes_it_less(known, more, holders, overlap):
    least = score(known).points
    assert score(replace(known, covered=known.covered + more)).points >= least
    assert score(replace(known, holders=min(known.holders, holders))).points >= least
    assert score(replace(known, same_name=True)).points >= least
    assert score(replace(known, same_type=True)).points >= least
    assert score(replace(known, same_length=True)).points >= least
    assert score(replace(known, same_code_list=True)).points >= least
    assert score(replace(known, is_reference=False)).points >= least
    assert score(replace(known, overlap=max(overlap, known.overlap or 0))).points >= least


@given(evidence)
def test_the_source_department_makes_it_a_hundred_and_is_told_first(known):
    found = score(replace(known, source_department="省公安厅", items=60, covered=1))
    assert found.points == 100
    assert "省公安厅" in found.reasons[0].words


def test_a_bare_identifier_repeats_nobody():
    known = Evidence(
        same_name=True,
        holders=1,
        covered=1,
        items=5,
        is_reference=True,
        same_type=True,
        same_length=True,
    )
    assert score(known).points == 30 < THRESHOLD
    assert score(replace(known, is_reference=False)).points == 55 >= THRESHOLD


def test_rarity_falls_to_nothing_at_the_common_number():
    assert rarity(1) == 1
    assert rarity(COMMON_FROM) == 0
