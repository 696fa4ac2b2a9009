"""Which types of a source may fill which types of data items. Nothing is guessed or cut off.

A text column may fill an item of any type: then each row decides, and one that does not fit stops
the run. A type that would lose something without an error (a time of day, decimals) may not.
"""

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
