"""What a column of texts seems to hold, from its first rows: a proposal, never a decision.

Only what every value says is proposed: one value that is no date makes the column text. Numbers
that lose something as numbers (leading zeros, more digits than a code would have) stay text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from catalog.models import ItemType

INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
SCIENTIFIC = re.compile(r"-?[0-9](\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?.{0,6}")
LOGICAL = frozenset({"true", "false", "t", "f", "yes", "no"})
# The first rows do not show the longest value: lengths leave as much room again, and are round.
MARGIN = 2
STEPS = (10, 20, 50, 100, 200, 500, 1000)
UNSEEN = 200
# From so many values of one length on, letters and digits are taken for codes of that length.
CODES_FROM = 20
CODE = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Inferred:
    """`length` for character items, `longest` what the sample shows of it; `is_unique` and
    `has_empty` as it shows them."""

    type: str
    length: int | None
    longest: int
    is_unique: bool
    has_empty: bool


def infer(values: Sequence[str | None]) -> Inferred:
    given = [value for value in values if value not in {None, ""}]
    texts = [value for value in given if value is not None]
    kind = _kind(texts)
    longest = max((len(text) for text in texts), default=0)
    length = _code_length(texts)
    if length is None:
        length = next((step for step in STEPS if longest * MARGIN <= step), None)
    if kind == ItemType.CHARACTER and length is None:
        kind = ItemType.MEMO
    return Inferred(
        type=kind,
        length=(length if texts else UNSEEN) if kind == ItemType.CHARACTER else None,
        longest=longest,
        is_unique=len(texts) > 1 and len(set(texts)) == len(texts) == len(values),
        has_empty=len(texts) < len(values),
    )


def _kind(texts: Sequence[str]) -> str:
    if not texts:
        return ItemType.CHARACTER
    for kind, holds in (
        (ItemType.LOGICAL, lambda text: text.lower() in LOGICAL),
        (ItemType.INTEGER, INTEGER.fullmatch),
        (ItemType.NUMERIC, lambda text: INTEGER.fullmatch(text) or DECIMAL.fullmatch(text)),
        (
            ItemType.DOUBLE,
            lambda text: (
                INTEGER.fullmatch(text) or DECIMAL.fullmatch(text) or SCIENTIFIC.fullmatch(text)
            ),
        ),
        (ItemType.DATE, _is_date),
        (ItemType.DATETIME, _is_moment),
    ):
        if all(holds(text) for text in texts):
            return kind
    return ItemType.CHARACTER


def _code_length(texts: Sequence[str]) -> int | None:
    """The one length of codes that are all of the same length."""
    lengths = {len(text) for text in texts}
    is_sure = len(texts) >= CODES_FROM and len(lengths) == 1
    return lengths.pop() if is_sure and all(map(CODE.fullmatch, texts)) else None


def _is_date(text: str) -> bool:
    if not DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    if not MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
