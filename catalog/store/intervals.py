"""Round bounds for the bars of a histogram: pure functions, from the span of a column to its edges.

Bounds are round numbers and beginnings of days, months and years, so that a bar does not give away
the very value that lies at its end.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException, localcontext

BARS = 10
DIGITS = 60
Value = Decimal | date
# Years a bar, and over how many years at most; below these, quarters, months and days.
YEARS = ((1, 30), (5, 100), (10, 300), (100, 10_000))


@dataclass(frozen=True, slots=True)
class Bar:
    """Rows from `low` on, below `high`; None leaves that end open."""

    low: Value | None
    high: Value | None
    rows: int


def edges(low: object, high: object, *, is_whole: bool = False) -> list[Value]:
    """Rising bounds around `low` to `high`; empty where no bars can be made of them.

    Of whole numbers (`is_whole`) a bar is at least one wide.
    """
    if isinstance(low, date) and isinstance(high, date):
        return list(_dates(_day(low), _day(high)))
    return _numbers(Decimal(str(low)), Decimal(str(high)), is_whole=is_whole)


def merged(bounds: Sequence[Value], counts: Sequence[int], *, fewest: int) -> list[Bar]:
    """Bars none of which stands for one to `fewest - 1` rows: small ones join what is beside them.

    `counts` are the rows below the first bound, between each two, and from the last one on. Empty
    ends are left off; without enough rows there is no bar.
    """
    if sum(counts) < fewest:
        return []
    bars: list[Bar] = []
    ends: list[tuple[Value | None, Value | None]] = list(
        zip([None, *bounds], [*bounds, None], strict=True)
    )
    low, rows, is_open = ends[0][0], 0, False
    for (begins, finishes), count in zip(ends, counts, strict=True):
        if not is_open:
            low, rows = begins, 0
        rows += count
        is_open = 0 < rows < fewest
        if not is_open:
            bars.append(Bar(low, finishes, rows))
    while bars and (is_open or bars[-1].rows == 0):
        last = bars.pop()
        if not is_open:
            continue  # an empty bar at the end
        low, rows = last.low, rows + last.rows
        is_open = 0 < rows < fewest
        if not is_open:
            bars.append(Bar(low, None, rows))
    while bars and bars[0].rows == 0:
        bars.pop(0)
    return bars


def _numbers(low: Decimal, high: Decimal, *, is_whole: bool) -> list[Value]:
    with localcontext() as context:
        context.prec = DIGITS
        try:
            step = _round_step((high - low) / BARS)
            if is_whole:
                step = max(step, Decimal(1))
            first = (low / step).to_integral_value("ROUND_FLOOR")
            last = (high / step).to_integral_value("ROUND_FLOOR") + 1
            bounds = [(first + place) * step for place in range(int(last - first) + 1)]
        except (DecimalException, OverflowError):
            return []
    rising = all(one < other for one, other in itertools.pairwise(bounds))
    is_around = bounds[0] <= low <= high < bounds[-1]  # not where digits ran out
    return list(bounds) if rising and is_around else []


def _round_step(least: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, at least as large; a hundredth where all values are one."""
    if least <= 0:
        return Decimal("0.01")
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * times for times in (1, 2, 5, 10) if power * times >= least)


def _dates(low: date, high: date) -> Iterator[date]:
    """Up to and including the first bound above `high`."""
    for bound in _bounds(low, high):
        yield bound
        if bound > high:
            return


def _bounds(low: date, high: date) -> Iterator[date]:
    span = (high - low).days
    if span <= 31:
        for days in range(span + 2):
            yield low + timedelta(days=days)
        return
    if span <= 4 * 366:
        months = 1 if span <= 400 else 3
        count = (low.year * 12 + low.month - 1) // months * months
        while count < 9_999 * 12:
            yield date(count // 12, count % 12 + 1, 1)
            count += months
        return
    years = next(each for each, most in YEARS if high.year - low.year <= most)
    for year in range(max(low.year // years * years, 1), 10_000, years):
        yield date(year, 1, 1)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
