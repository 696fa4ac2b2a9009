"""Numbers as people read them: separators in tables, 万 in prose, a rate with its fraction."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_compact_decimal
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Number = int | float | Decimal


def grouped(value: Number) -> str:
    """44,700: thousands separators, decimals as they are."""
    return f"{value:,}"


def spoken(value: Number) -> str:
    """4.5万 / 44.7 thousand: for prose and large figures; as it is below ten thousand."""
    size = abs(Decimal(value))
    if size < 10_000:
        return grouped(value)
    chinese = (get_language() or "").startswith("zh")
    steps: tuple[int, int] = (100_000_000, 10_000) if chinese else (1_000_000, 1_000)
    unit = next(step for step in steps if size >= step)
    return format_compact_decimal(
        value,
        format_type="short" if chinese else "long",
        locale="zh_Hans" if chinese else "en",
        fraction_digits=0 if size >= 100 * unit else 1,
    )


def percent(part: int, whole: int) -> str:
    """97.1%; a dash when there is nothing to take a part of."""
    if whole == 0:
        return "—"
    share = Decimal(part) * 100 / Decimal(whole)
    return f"{share.quantize(Decimal('0.1'), ROUND_HALF_UP)}%".replace(".0%", "%")


def rate(part: int, whole: int) -> str:
    """97.1% (34 of 35): never a percentage alone."""
    if whole == 0:
        return _("none yet")
    return _("%(percent)s (%(part)s of %(whole)s)") % {
        "percent": percent(part, whole),
        "part": grouped(part),
        "whole": grouped(whole),
    }


def rows(count: int) -> str:
    """44,700 rows."""
    return ngettext("%(number)s row", "%(number)s rows", count) % {"number": grouped(count)}
