"""How a value of the source becomes one of the item, where a steward says so: text in, text out.

The steps are always taken in the order trim, date format, factor, codes, default, and none of them
fails: what it does not understand it leaves as it is, and the check of the type finds it then.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg import sql


@dataclass(frozen=True, slots=True)
class DateFormat:
    """What a date looks like at the source, and where its year, month, day and time stand."""

    form: str
    order: str


# Closed, because a pattern that people write could be read in two ways.
DATE_FORMATS: dict[str, DateFormat] = {
    "YYYYMMDD": DateFormat(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3"),
    "YYYY/MM/DD": DateFormat(r"^(\d{4})/(\d{1,2})/(\d{1,2})$", r"\1-\2-\3"),
    "YYYY.MM.DD": DateFormat(r"^(\d{4})\.(\d{1,2})\.(\d{1,2})$", r"\1-\2-\3"),
    "YYYY年MM月DD日": DateFormat(r"^(\d{4})年(\d{1,2})月(\d{1,2})日$", r"\1-\2-\3"),
    "DD/MM/YYYY": DateFormat(r"^(\d{1,2})/(\d{1,2})/(\d{4})$", r"\3-\2-\1"),
    "MM/DD/YYYY": DateFormat(r"^(\d{1,2})/(\d{1,2})/(\d{4})$", r"\3-\1-\2"),
    "YYYYMMDDHHMISS": DateFormat(
        r"^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$", r"\1-\2-\3 \4:\5:\6"
    ),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """What is done to the values of one item. `codes` are pairs of the source's code and ours."""

    trims: bool = False
    date_format: str = ""
    factor: Decimal | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None

    def __bool__(self) -> bool:
        return bool(
            self.trims
            or self.date_format
            or self.factor is not None
            or self.codes
            or self.default is not None
        )


def cast_text(cast: Cast, name: sql.Composable) -> sql.Composable:
    """The text that the column `name` of the stage stands for."""
    text: sql.Composable = name
    if cast.trims:
        # Spaces of Chinese texts and such that do not break go as well; nothing left is empty.
        text = sql.SQL("nullif(btrim({}, {}), '')").format(text, " \t\r\n\u00a0\u3000\ufeff")
    if cast.date_format:
        known = DATE_FORMATS[cast.date_format]
        text = sql.SQL("regexp_replace({}, {}, {})").format(text, known.form, known.order)
    if cast.factor is not None:
        text = sql.SQL(
            "CASE WHEN pg_input_is_valid({0}, 'numeric')"
            " THEN trim_scale({0}::numeric * {1}::numeric)::text ELSE {0} END"
        ).format(text, str(cast.factor))
    if cast.codes:
        text = sql.SQL("coalesce({0}::jsonb ->> {1}, {1})").format(_json(cast.codes), text)
    if cast.default is not None:
        text = sql.SQL("coalesce({}, {})").format(text, cast.default)
    return text


def _json(value: Any) -> sql.Literal:
    return sql.Literal(json.dumps(value, ensure_ascii=False, sort_keys=True))
