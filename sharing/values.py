"""What callers write for a value of an item, read strictly, before the database is asked."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST = 2_000
BIGGEST = 2**63
TEXTS = frozenset({ItemType.CHARACTER, ItemType.MEMO, ItemType.GENERAL})
FLOATS = frozenset({ItemType.DOUBLE, ItemType.FLOAT})
DECIMALS = frozenset({ItemType.NUMERIC, ItemType.CURRENCY})
WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
# PostgreSQL's numeric takes far more digits than any data has; these bounds keep a call cheap.
DECIMAL = re.compile(r"[+-]?([0-9]{1,200}(\.[0-9]{0,200})?|\.[0-9]{1,200})", re.ASCII)
FLOAT = re.compile(
    r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?", re.ASCII
)
# NUL, and half of a surrogate pair, which JSON can write and UTF-8 cannot.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
TRUTHS = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}


def spelt(text: str, column: Column) -> str | None:
    """The value as the database reads it without doubt; None when the column cannot have it.

    A date is `2026-01-31`; a moment is ISO 8601, in Shanghai when it names no offset.
    """
    if len(text) > LONGEST:
        return None
    kind = column.kind
    if kind in TEXTS:
        return None if UNSTORABLE.search(text) else text
    if kind == ItemType.INTEGER:
        return text if WHOLE.fullmatch(text) and -BIGGEST <= int(text) < BIGGEST else None
    if kind in DECIMALS:
        return text if DECIMAL.fullmatch(text) else None
    if kind in FLOATS:
        return text if FLOAT.fullmatch(text) and _is_double(text) else None
    if kind == ItemType.LOGICAL:
        return TRUTHS.get(text.lower())
    return _day(text) if kind == ItemType.DATE else _moment(text)


def cast_of(column: Column) -> sql.SQL:
    """What a value is compared as: never cut to the column's length, nor rounded to its places."""
    if column.kind in TEXTS:
        return sql.SQL("text")
    if column.kind in DECIMALS:
        return sql.SQL("numeric")
    return column.type_sql


def are_storable(texts: Sequence[str]) -> bool:
    """Whether a column of texts can have each of them, which for thousands is asked at once."""
    return max(map(len, texts), default=0) <= LONGEST and not UNSTORABLE.search("".join(texts))


def _is_double(text: str) -> bool:
    """Neither infinite nor so small that PostgreSQL calls it out of range."""
    number = float(text)
    is_zero = not any(digit in "123456789" for digit in re.split("[eE]", text)[0])
    return is_zero or 2.3e-308 < abs(number) < float("inf")


def _day(text: str) -> str | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _moment(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1000 <= moment.year <= 9998:  # an offset must not lead out of the calendar
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    return aware.isoformat()
