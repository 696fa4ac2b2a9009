"""A profile in the words and pictures of its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import DataItem, ItemType
from catalog.selectors.profile import ColumnTold, ProfileTold
from catalog.showing import FEWEST_ROWS
from portal.common import numbers, svg
from portal.common.text import Text

LISTED = 30
ORDERED = frozenset(ItemType) - {
    ItemType.CHARACTER,
    ItemType.MEMO,
    ItemType.GENERAL,
    ItemType.LOGICAL,
}
Triple = tuple[str | None, str | None, int]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One line of the profile. `silence` says why no values are told, where none are."""

    item: DataItem
    empty: str
    distinct: str
    span: str
    values: Sequence[tuple[str, str]]
    picture: SafeString
    bars: Sequence[tuple[str, str]]
    silence: Text


def column_rows(told: ProfileTold, *, most: int | None = None) -> list[ColumnRow]:
    """The items that were counted, in their order."""
    rows = told.profile.rows_read if told.profile else 0
    counted = [one for one in told.columns if one.counted]
    return [_row(one, rows) for one in counted[:most]]


def more_columns(told: ProfileTold) -> int:
    """How many items the page of the entry leaves to the page of the profile."""
    return max(sum(one.counted is not None for one in told.columns) - LISTED, 0)


def _row(one: ColumnTold, rows: int) -> ColumnRow:
    counted, item = one.counted, one.item
    if counted is None:
        raise ValueError("only what was counted has a line")
    filled = rows - counted.nulls
    empty = numbers.rate(counted.nulls, rows) if counted.nulls else _("none")
    distinct = numbers.grouped(counted.distinct)
    if not one.tells_values or counted.is_withheld:
        return ColumnRow(item, empty, distinct, "", (), SafeString(""), (), _silence(one))
    values = [
        (_value(item, value), f"{numbers.grouped(times)} · {numbers.percent(times, filled)}")
        for value, times in counted.top_values
    ]
    bars = [(interval(low, high), numbers.grouped(times)) for low, high, times in counted.histogram]
    picture = SafeString("")
    if bars:
        parts = [
            svg.Part(words, times)
            for (words, _told), (_low, _high, times) in zip(bars, counted.histogram, strict=True)
        ]
        title = _("Distribution of %(item)s") % {"item": item.name}
        picture = svg.histogram(parts, id=f"histogram-{item.column}", title=title)
    span = _(", ").join(_span(one))
    silence = "" if values or bars or span or not filled else _silence(one)
    return ColumnRow(item, empty, distinct, span, values, picture, bars, silence)


def _silence(one: ColumnTold) -> Text:
    if one.is_protected:
        return _("Protected item: its values are not told.")
    if not one.tells_values:
        return _("Its values are not told without an agreement.")
    return _("No value is held by %(fewest)s rows or more.") % {"fewest": FEWEST_ROWS}


def _span(one: ColumnTold) -> Iterator[str]:
    """Least and greatest value; of texts also their lengths."""
    counted = one.counted
    if counted is None:
        return
    low, high = counted.minimum, counted.maximum
    if one.item.type not in ORDERED and not (low + high).isdigit():
        low = high = ""  # of words the first and the last say nothing
    if low and high:
        yield low if low == high else f"{low} – {high}"
    elif low:
        yield _("from %(value)s") % {"value": low}
    elif high:
        yield _("up to %(value)s") % {"value": high}
    elif counted.histogram:
        yield _outer(counted.histogram)
    if counted.shortest is not None and counted.longest is not None:
        lengths = {"shortest": counted.shortest, "longest": counted.longest}
        if counted.shortest == counted.longest:
            yield _("%(shortest)s characters") % lengths
        else:
            yield _("%(shortest)s to %(longest)s characters") % lengths


def _outer(bars: Sequence[Triple]) -> str:
    """From the first bound to the last one; where an end is open, what lies between."""
    low, high = bars[0][0], bars[-1][1]
    if low and high:
        return _("about %(interval)s") % {"interval": interval(low, high)}
    low, high = low or bars[0][1], high or bars[-1][0]
    if not (low and high) or low == high:
        return interval(bars[0][0], bars[-1][1]) if len(bars) == 1 and (low or high) else ""
    return _("mostly %(interval)s") % {"interval": interval(low, high)}


def _value(item: DataItem, value: str) -> str:
    if item.type == ItemType.LOGICAL and value:
        return _("yes") if value == "true" else _("no")
    return value


def interval(low: str | None, high: str | None) -> str:
    """What a bar covers: 2020–2024, 0 – 100, 900 or more; the upper bound is not of it."""
    if low is None:
        return _("below %(value)s") % {"value": _bound(high or "")}
    if high is None:
        return _("%(value)s or more") % {"value": _bound(low)}
    if "-" in low[1:]:
        return _dates(date.fromisoformat(low), date.fromisoformat(high))
    if Decimal(high) - Decimal(low) == 1 and low.lstrip("-").isdigit():
        return low
    return f"{_bound(low)} – {_bound(high)}"


def _bound(value: str) -> str:
    if "-" in value[1:]:
        return value
    number = Decimal(value)
    return f"{number.to_integral_value():,}" if number == number.to_integral_value() else value


def _dates(low: date, high: date) -> str:
    """Whole years, months or days, whichever the bounds are."""
    if (low.month, low.day, high.month, high.day) == (1, 1, 1, 1):
        last = high.year - 1
        return f"{low.year:04d}" if last == low.year else f"{low.year:04d}–{last:04d}"
    last_day = date.fromordinal(high.toordinal() - 1)
    if low.day == high.day == 1:
        first, last_month = f"{low:%Y-%m}", f"{last_day:%Y-%m}"
        return first if first == last_month else f"{first} – {last_month}"
    return low.isoformat() if low == last_day else f"{low.isoformat()} – {last_day.isoformat()}"
