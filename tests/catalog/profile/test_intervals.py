"""Bars: round bounds around what is there, and none that stands for few rows."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.store.intervals import Bar, edges, merged

FEWEST = 10
NUMBERS = st.decimals(-(10**15), 10**15, allow_nan=False, places=3)
DATES = st.dates(date(1, 1, 2), date(9999, 12, 30))


@pytest.mark.parametrize(
    ("low", "high", "is_whole", "first", "last", "count"),
    [
        (0, 1000, True, "0", "1100", 12),
        (Decimal("0.5"), Decimal("999.5"), False, "0", "1000", 11),
        (2004, 2026, True, "2000", "2030", 7),
        (3, 5, True, "3", "6", 4),
        (7, 7, True, "7", "8", 2),
        (Decimal("1.23"), Decimal("1.23"), False, "1.23", "1.24", 2),
        (-25, 25, True, "-25", "30", 12),
        (1e300, 2e300, False, None, None, None),
    ],
)
def test_bounds_of_numbers_are_round(low, high, is_whole, first, last, count):
    bounds = edges(low, high, is_whole=is_whole)

    if first is None:
        assert bounds[0] <= Decimal(str(low)) <= Decimal(str(high)) < bounds[-1]
        return
    assert (bounds[0], bounds[-1], len(bounds)) == (Decimal(first), Decimal(last), count)


@pytest.mark.parametrize(
    ("low", "high", "first", "last", "count"),
    [
        (date(2025, 1, 5), date(2025, 1, 8), date(2025, 1, 5), date(2025, 1, 9), 5),
        (date(2025, 1, 5), date(2025, 12, 8), date(2025, 1, 1), date(2026, 1, 1), 13),
        (date(2023, 2, 5), date(2025, 12, 8), date(2023, 1, 1), date(2026, 1, 1), 13),
        (date(2001, 2, 5), date(2025, 12, 8), date(2001, 1, 1), date(2026, 1, 1), 26),
        (date(1963, 2, 5), date(2025, 12, 8), date(1960, 1, 1), date(2030, 1, 1), 15),
        (date(1801, 2, 5), date(2025, 12, 8), date(1800, 1, 1), date(2030, 1, 1), 24),
        (date(1, 2, 5), date(2025, 12, 8), date(1, 1, 1), date(2101, 1, 1), None),
    ],
)
def test_bounds_of_dates_begin_days_months_or_years(low, high, first, last, count):
    bounds = edges(low, high)

    assert bounds[0] <= low
    assert bounds[-1] > high
    if count is not None:
        assert (bounds[0], bounds[-1], len(bounds)) == (first, last, count)


@given(NUMBERS, NUMBERS, st.booleans())
def test_bounds_of_numbers_rise_around_what_is_there(one, other, is_whole):
    low, high = min(one, other), max(one, other)

    bounds = edges(low, high, is_whole=is_whole)

    assert 2 <= len(bounds) <= 14
    assert bounds[0] <= low <= high < bounds[-1]
    assert all(before < after for before, after in itertools.pairwise(bounds))


@given(DATES, DATES)
def test_bounds_of_dates_rise_around_what_is_there(one, other):
    low, high = min(one, other), max(one, other)

    bounds = edges(low, high)

    assert 2 <= len(bounds) <= 105
    assert bounds[0] <= low
    assert bounds[-1] > high or bounds[-1] == date(9900, 1, 1)
    assert all(before < after for before, after in itertools.pairwise(bounds))


def test_moments_have_the_bounds_of_their_days():
    moment = datetime(2025, 1, 5, 23, 59)
    assert edges(moment, moment + timedelta(days=1)) == edges(date(2025, 1, 5), date(2025, 1, 6))


def test_numbers_beyond_all_bounds_have_no_bars():
    assert edges(Decimal(10) ** 300, Decimal(10) ** 300 + 1, is_whole=True) == []


@given(st.lists(st.integers(0, 25), min_size=3, max_size=20))
def test_no_bar_stands_for_few_rows_and_none_is_lost(counts):
    bounds = [Decimal(place) for place in range(len(counts) - 1)]

    bars = merged(bounds, counts, fewest=FEWEST)

    total = sum(counts)
    assert sum(bar.rows for bar in bars) == (total if total >= FEWEST else 0)
    assert all(bar.rows == 0 or bar.rows >= FEWEST for bar in bars)
    assert all(one.high == other.low for one, other in itertools.pairwise(bars))
    assert not bars or (bars[0].rows and bars[-1].rows)


def test_small_bars_join_what_is_beside_them():
    bounds = [Decimal(0), Decimal(10), Decimal(20), Decimal(30)]

    assert merged(bounds, [2, 9, 30, 4, 0], fewest=FEWEST) == [
        Bar(None, Decimal(10), 11),
        Bar(Decimal(10), None, 34),
    ]
    assert merged(bounds, [0, 12, 0, 15, 0], fewest=FEWEST) == [
        Bar(Decimal(0), Decimal(10), 12),
        Bar(Decimal(10), Decimal(20), 0),
        Bar(Decimal(20), Decimal(30), 15),
    ]
    assert merged(bounds, [0, 4, 0, 5, 0], fewest=FEWEST) == []
