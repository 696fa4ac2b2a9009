"""Which types of a source may fill which types of data items. Nothing is guessed or cut off.

A text column may fill an item of any type: then each row decides, and one that does not fit stops
the run. A type that would lose something without an error (a time of day, decimals) may not.
"""

import re

from catalog.models import ItemType
from catalog.store.columns import Column

from .connector import SourceColumn

TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
WHOLE_NUMBERS = frozenset({"int2", "int4", "int8"})
FLOATS = frozenset({"float4", "float8"})
UNREADABLE = frozenset({"bytea", "record", "regclass"})

WORDS = frozenset({ItemType.CHARACTER, ItemType.MEMO, ItemType.GENERAL})
FITS: dict[str, frozenset[str]] = {
    ItemType.NUMERIC: TEXTS | WHOLE_NUMBERS | FLOATS | {"numeric"},
    ItemType.CURRENCY: TEXTS | WHOLE_NUMBERS | {"numeric"},
    ItemType.DATE: TEXTS | {"date"},
    ItemType.DATETIME: TEXTS | {"date", "timestamp", "timestamptz"},
    ItemType.LOGICAL: TEXTS | WHOLE_NUMBERS | {"bool"},
    ItemType.DOUBLE: TEXTS | WHOLE_NUMBERS | FLOATS | {"numeric"},
    ItemType.FLOAT: TEXTS | WHOLE_NUMBERS | FLOATS | {"numeric"},
    ItemType.INTEGER: TEXTS | WHOLE_NUMBERS | {"numeric"},
}
CENTS = 2


def fits(column: SourceColumn, target: Column) -> bool:
    """Whether every value of the column either arrives whole or fails by its row."""
    if target.kind in WORDS:
        return column.family not in UNREADABLE
    if target.kind == ItemType.CURRENCY and column.scale is not None and column.scale > CENTS:
        return False
    return column.family in FITS[target.kind]


def needs_words(column: SourceColumn, target: Column) -> bool:
    """Whether the source must write the value out as text: padding goes, `true` is not `t`."""
    return target.kind in WORDS and column.family not in {"text", "varchar"}


# How many characters a value of the type has at most, written out.
WIDTHS = {"int2": 6, "int4": 11, "int8": 20, "bool": 5, "date": 13, "uuid": 36}
DECLARED = re.compile(r"\((?P<first>[0-9]+)(?:,\s*(?P<second>[0-9]+))?\)$")
MOST_WHOLE_DIGITS = 16  # of numeric(18,2)


def is_sure(column: SourceColumn, target: Column) -> bool:
    """Whether every value that the column can hold is one of the item's type and length.

    If so, rows are staged in that type, and none need be asked; else as text, and each row is.
    """
    if target.kind in WORDS:
        return target.kind != ItemType.CHARACTER or _is_short(column, target.length)
    sure: dict[str, frozenset[str]] = {
        ItemType.NUMERIC: WHOLE_NUMBERS | {"numeric"},
        ItemType.DATE: frozenset({"date"}),
        ItemType.DATETIME: frozenset({"date", "timestamp", "timestamptz"}),
        ItemType.LOGICAL: frozenset({"bool"}),
        ItemType.DOUBLE: WHOLE_NUMBERS | FLOATS,
        ItemType.FLOAT: WHOLE_NUMBERS | FLOATS,
        ItemType.INTEGER: WHOLE_NUMBERS,
        ItemType.CURRENCY: frozenset({"int2", "int4"}),
    }
    if column.family in sure[target.kind]:
        return True
    return target.kind == ItemType.CURRENCY and column.family == "numeric" and _is_money(column)


def _is_short(column: SourceColumn, length: int | None) -> bool:
    if length is None:
        return True
    declared = DECLARED.search(column.type)
    if column.family in {"varchar", "bpchar"} and declared:
        return int(declared["first"]) <= length
    return WIDTHS.get(column.family, length + 1) <= length


def _is_money(column: SourceColumn) -> bool:
    declared = DECLARED.search(column.type)
    if declared is None:
        return False
    scale = int(declared["second"] or 0)
    return scale <= CENTS and int(declared["first"]) - scale <= MOST_WHOLE_DIGITS
