"""Which rows of a resource a request asks for, and an agreement lets out: conditions that all hold.

Kept as plain JSON, `[{"column": "region", "op": "starts", "values": ["3501"]}]`, in one spelling of
each value, so that the same conditions are the same bytes of a confirmed document. A row whose value
is unknown (NULL) meets no condition.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from psycopg import sql

from catalog.models import DataItem, ItemType
from catalog.standards.in_force import codes_in_force
from portal.common.errors import Invalid
from portal.common.plain_text import fault_of

MOST_CONDITIONS = 10
MOST_VALUES = 200
LONGEST_VALUE = 200
SHANGHAI = ZoneInfo("Asia/Shanghai")


class RowOp(models.TextChoices):
    """How an item is held against the values; a day that is a limit still counts."""

    IS = "is", pgettext_lazy("row filter", "is")
    STARTS = "starts", pgettext_lazy("row filter", "begins with")
    FROM = "from", pgettext_lazy("row filter", "from")
    UNTIL = "until", pgettext_lazy("row filter", "until")


TEXTS = frozenset({ItemType.CHARACTER, ItemType.MEMO, ItemType.GENERAL})
WHOLE = frozenset({ItemType.INTEGER})
NUMBERS = frozenset({ItemType.NUMERIC, ItemType.CURRENCY, ItemType.DOUBLE, ItemType.FLOAT}) | WHOLE
DAYS = frozenset({ItemType.DATE, ItemType.DATETIME})
FITTING: dict[str, frozenset[str]] = {
    **dict.fromkeys(TEXTS, frozenset({RowOp.IS, RowOp.STARTS})),
    **dict.fromkeys(NUMBERS, frozenset({RowOp.IS, RowOp.FROM, RowOp.UNTIL})),
    ItemType.DATE: frozenset({RowOp.IS, RowOp.FROM, RowOp.UNTIL}),
    ItemType.DATETIME: frozenset({RowOp.FROM, RowOp.UNTIL}),
    ItemType.LOGICAL: frozenset({RowOp.IS}),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One item held against one or more values; several values mean any of them."""

    column: str
    op: str
    values: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {"column": self.column, "op": self.op, "values": list(self.values)}


def kept(document: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Conditions that were checked when they were written, read back."""
    return tuple(Condition(one["column"], one["op"], tuple(one["values"])) for one in document)


def documents(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    return [one.document() for one in conditions]


def read(given: object, items: Iterable[DataItem], *, field: str = "row_filter") -> list[Condition]:
    """What a person or a program gave, checked against the resource's items.

    Raises Invalid at `field` with everything that is wrong, a sentence a condition. The result is in
    one order and spelling, without repetitions.
    """
    if not isinstance(given, (list, tuple)) or len(given) > MOST_CONDITIONS:
        words = _("At most %(most)s conditions.") % {"most": MOST_CONDITIONS}
        raise Invalid(_("The row scope has errors."), fields={field: [words]})
    known = {item.column: item for item in items}
    found: list[Condition] = []
    wrong: list[str] = []
    for place, one in enumerate(given, start=1):
        try:
            found.append(_condition(one, known))
        except ValueError as fault:
            wrong.append(_("Condition %(place)s: %(fault)s") % {"place": place, "fault": fault})
    wrong += _strange_codes(found, known)
    if wrong:
        raise Invalid(_("The row scope has errors."), fields={field: wrong})
    return sorted(set(found), key=lambda one: (one.column, one.op, one.values))


def in_words(conditions: Iterable[Condition], names: Mapping[str, str]) -> list[str]:
    """Each condition as people read it; `names` gives the item of a column."""
    return [
        f"{names.get(one.column, one.column)} {RowOp(one.op).label} {_(', ').join(one.values)}"
        for one in conditions
    ]


def where(conditions: Sequence[Condition], items: Mapping[str, DataItem]) -> sql.Composable:
    """The conditions as SQL over the resource's table; true when there are none.

    Raises KeyError when an item is gone that a condition needs: such rows are delivered to nobody.
    """
    parts = [_sql(one, items[one.column]) for one in conditions]
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")


def _condition(given: object, known: Mapping[str, DataItem]) -> Condition:
    """Raises ValueError with what is wrong, in words."""
    if not isinstance(given, Mapping) or not isinstance(given.get("column"), str):
        raise ValueError(_("name an item, how it is compared, and the values."))
    if not given["column"]:
        raise ValueError(_("choose the data item that the values are of."))
    item = known.get(given["column"])
    if item is None:
        raise ValueError(
            _("the resource has no such data item: %(items)s.") % {"items": given["column"][:60]}
        )
    op = given.get("op")
    if op not in FITTING[item.type]:
        fitting = _(", ").join(str(RowOp(one).label) for one in RowOp if one in FITTING[item.type])
        raise ValueError(
            _('"%(item)s" can be compared by: %(ways)s.') % {"item": item.name, "ways": fitting}
        )
    values = given.get("values")
    if isinstance(values, str) or not isinstance(values, Sequence):
        values = [] if values is None else [values]
    texts = list(dict.fromkeys(_text(value, item) for value in values))
    if not texts:
        raise ValueError(_('give a value for "%(item)s".') % {"item": item.name})
    if op in {RowOp.FROM, RowOp.UNTIL} and len(texts) > 1:
        raise ValueError(_('give one value for "%(item)s".') % {"item": item.name})
    if len(texts) > MOST_VALUES:
        raise ValueError(_("at most %(most)s values.") % {"most": MOST_VALUES})
    return Condition(item.column, str(op), tuple(sorted(texts)))


def _text(value: object, item: DataItem) -> str:
    """One spelling of a value that the item can have."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, (str, int, float, Decimal)):
        text = str(value).strip()
    else:
        text = ""
    spelt = _spelt(text, item.type) if text and len(text) <= LONGEST_VALUE else None
    if spelt is None or fault_of(spelt, of_one_line=True):
        raise ValueError(
            _('"%(value)s" is not a value that "%(item)s" can have.')
            % {"value": text[:40], "item": item.name}
        )
    return spelt


def _spelt(text: str, kind: str) -> str | None:
    if kind in TEXTS:
        return text
    if kind == ItemType.LOGICAL:
        lowered = text.lower()
        truths = {"true": "true", "1": "true", "是": "true", "yes": "true"}
        return truths.get(lowered) or ("false" if lowered in {"false", "0", "否", "no"} else None)
    if kind in NUMBERS:
        return _number(text, is_whole=kind in WHOLE)
    try:
        day = parse_date(text)
        moment = parse_datetime(text) if kind == ItemType.DATETIME and day is None else None
    except ValueError:
        return None
    if day is not None and day.year >= 1000:
        return day.isoformat()
    if moment is None or moment.year < 1000:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    try:
        return aware.astimezone(SHANGHAI).isoformat(timespec="seconds")
    except OverflowError:
        return None


def _number(text: str, *, is_whole: bool) -> str | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        return None
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and (exponent < -12 or (is_whole and exponent < 0)):
        return None
    return f"{number.normalize():f}" if number else "0"


def _strange_codes(conditions: Sequence[Condition], known: Mapping[str, DataItem]) -> list[str]:
    """Values that the list of a bound item does not have: such a condition would let nothing out."""
    bound = {one.column: known[one.column].code_list_id or "" for one in conditions}
    codes = codes_in_force({identifier for identifier in bound.values() if identifier})
    faults = []
    for one in conditions:
        listed = codes.get(bound[one.column])
        if listed is None:
            continue
        if one.op == RowOp.IS:
            strange = [value for value in one.values if value not in set(listed)]
        else:
            strange = [v for v in one.values if not any(code.startswith(v) for code in listed)]
        if strange:
            faults.append(
                _('The code list of "%(item)s" does not have: %(values)s.')
                % {
                    "item": known[one.column].name,
                    "values": _(", ").join(strange[:10]),
                }
            )
    return faults


def _sql(one: Condition, item: DataItem) -> sql.Composable:
    name = sql.Identifier(one.column)
    if one.op == RowOp.IS:
        cast = _cast(item.type)
        values = sql.SQL(", ").join(
            sql.SQL("{}::{}").format(sql.Literal(value), cast) for value in one.values
        )
        return sql.SQL("{} IN ({})").format(name, values)
    if one.op == RowOp.STARTS:
        starts = [sql.SQL("{} ^@ {}").format(name, sql.Literal(value)) for value in one.values]
        return sql.SQL("({})").format(sql.SQL(" OR ").join(starts))
    value = one.values[0]
    if item.type == ItemType.DATETIME:
        return _moment(name, one.op, value)
    sign = sql.SQL(">=" if one.op == RowOp.FROM else "<=")
    return sql.SQL("{} {} {}::{}").format(name, sign, sql.Literal(value), _cast(item.type))


def _cast(kind: str) -> sql.SQL:
    """What a value is read as: of the column's kind, but never cut to its length or places."""
    if kind in TEXTS:
        return sql.SQL("text")
    if kind in {ItemType.DATE, ItemType.LOGICAL}:
        return sql.SQL("date" if kind == ItemType.DATE else "boolean")
    return sql.SQL("numeric")


def _moment(name: sql.Identifier, op: str, value: str) -> sql.Composable:
    """A day begins and ends in Shanghai, wherever the server stands; its end is the next day's begin."""
    if "T" in value:
        sign, at = (">=" if op == RowOp.FROM else "<="), value
    else:
        day = date.fromisoformat(value)
        if op == RowOp.UNTIL:
            day += timedelta(days=1)
        at = datetime.combine(day, time.min, SHANGHAI).isoformat()
        sign = ">=" if op == RowOp.FROM else "<"
    return sql.SQL("{} {} {}::timestamptz").format(name, sql.SQL(sign), sql.Literal(at))
