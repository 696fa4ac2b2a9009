"""The six dimensions, each from facts that the portal holds, or said to be not measured."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import ColumnProfile, ResourceProfile, SyncRun
from catalog.quality import BAD_ROWS, UNREADABLE, Dimension, quality_of
from catalog.sources.words import FAILURES

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def a_run(days_ago: float, failure: str = "", read: int | None = None, pk: int = 1) -> SyncRun:
    return SyncRun(
        pk=pk,
        state="failed" if failure else "succeeded",
        failure_code=failure,
        finished_at=NOW - timedelta(days=days_ago),
        rows_read=None if failure else read,
    )


def scored(*, profile=None, columns=(), runs=(), frequency="2"):
    quality = quality_of(profile=profile, columns=columns, runs=runs, frequency=frequency, now=NOW)
    return {score.dimension: (score.part, score.whole) for score in quality.scores}, quality


def test_without_any_fact_nothing_is_measured():
    parts, quality = scored(frequency="9")

    assert parts == dict.fromkeys(Dimension, (0, 0))
    assert (quality.measured, quality.overall) == (0, None)
    assert all(score.not_measured and score.percent is None for score in quality.scores)


def test_every_dimension_is_a_part_of_a_whole():
    profile = ResourceProfile(row_count=100, rows_read=100, run_id=7)
    columns = [
        ColumnProfile(column="code", nulls=0, unknown_codes=5),
        ColumnProfile(column="name", nulls=20),
    ]
    runs = [
        a_run(1, read=100, pk=7),
        a_run(2, "unreachable"),
        a_run(3, "too_long"),
        a_run(4, "item_unmapped"),
        a_run(6, read=90, pk=3),
    ]

    parts, quality = scored(profile=profile, columns=columns, runs=runs)

    assert parts == {
        Dimension.CONFORMITY: (95, 100),
        Dimension.COMPLETENESS: (180, 200),
        Dimension.ACCURACY: (2, 3),
        Dimension.CONSISTENCY: (100, 100),
        Dimension.TIMELINESS: (3, 6),  # five days between the two, of which two are promised
        Dimension.ACCESSIBILITY: (4, 5),
    }
    assert quality.overall == Decimal("80.2")  # of 95, 90, 66.6, 100, 50 and 80


def test_rows_that_store_and_source_do_not_have_alike_lower_consistency():
    profile = ResourceProfile(row_count=90, rows_read=90, run_id=7)

    parts, _quality = scored(profile=profile, runs=[a_run(0, read=100, pk=7)])
    assert parts[Dimension.CONSISTENCY] == (90, 100)

    parts, _quality = scored(profile=profile, runs=[a_run(0, read=100, pk=8)])
    assert parts[Dimension.CONSISTENCY] == (0, 0)


def test_a_profile_that_failed_is_no_fact():
    profile = ResourceProfile(row_count=100, rows_read=0, is_failed=True, run_id=1)

    parts, _quality = scored(profile=profile, runs=[a_run(0, read=100)])

    assert parts[Dimension.COMPLETENESS] == parts[Dimension.CONSISTENCY] == (0, 0)


def test_only_the_whole_is_a_hundred():
    profile = ResourceProfile(row_count=1_000_000, rows_read=1_000_000)

    _parts, quality = scored(profile=profile, columns=[ColumnProfile(column="a", nulls=1)])

    assert quality.scores[1].percent == Decimal("99.9")


def test_a_first_sync_just_now_is_in_time():
    parts, _quality = scored(runs=[a_run(0.01, read=1)])

    assert parts[Dimension.TIMELINESS] == (1, 1)


def test_failures_of_rows_and_of_sources_are_told_apart_and_known():
    assert not BAD_ROWS & UNREADABLE
    assert set(FAILURES) >= BAD_ROWS | UNREADABLE


@given(
    st.lists(
        st.tuples(
            st.floats(0, 400), st.sampled_from(["", "too_long", "unreachable"]), st.integers(0, 99)
        ),
        max_size=30,
    ),
    st.sampled_from("12345679"),
    st.integers(0, 99),
)
def test_no_score_leaves_its_bounds(given_runs, frequency, rows):
    runs = [a_run(*one) for one in sorted(given_runs)]
    profile = ResourceProfile(row_count=rows, rows_read=rows, run_id=1)
    columns = [ColumnProfile(column="a", nulls=rows // 2, unknown_codes=rows // 4)]

    _parts, quality = scored(profile=profile, columns=columns, runs=runs, frequency=frequency)

    for score in quality.scores:
        assert 0 <= score.part <= score.whole
    assert quality.overall is None or 0 <= quality.overall <= 100


@pytest.mark.parametrize("frequency", ["1", "2", "3", "4", "5", "6", "7"])
def test_rows_that_came_in_each_period_were_always_in_time(frequency):
    parts, _quality = scored(runs=[a_run(day, read=1) for day in range(20)], frequency=frequency)

    assert parts[Dimension.TIMELINESS] == (19, 19)
