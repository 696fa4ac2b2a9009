"""Rules and casts as a steward declares them: read, refused with words, made into what the store asks.

A rule is an object with a `kind` and a `column`; what else it has depends on the kind. Nothing in
it is SQL: values become literals, columns are those of the items.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, models, transaction
from django.db.utils import DataError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import DataItem, IdentifierKind, ItemType
from catalog.standards.in_force import names_in_force
from catalog.store import rules as store
from catalog.store.casts import DATE_FORMATS, Cast
from catalog.store.columns import Column
from catalog.store.rules import WORDS, Freshness, Rule
from catalog.store.tables import StoreTable
from portal.common.errors import Invalid

MOST_RULES = 100
LONGEST_PATTERN = 200
MOST_VALUES = 50
MOST_DAYS = 3660
BACK_REFERENCE = re.compile(r"\\[1-9]")
ORDERED = frozenset(ItemType.values) - WORDS - {ItemType.LOGICAL}
DATES = frozenset({ItemType.DATE, ItemType.DATETIME})
NUMBERS = ORDERED - DATES


class Kind(models.TextChoices):
    PATTERN = "pattern", gettext_lazy("matches a pattern")
    LENGTH = "length", gettext_lazy("has a length")
    RANGE = "range", gettext_lazy("lies in a range")
    RESIDENT_ID = "resident_id", gettext_lazy("is a resident ID number")
    CREDIT_CODE = "credit_code", gettext_lazy("is a unified social credit code")
    ORDER = "order", gettext_lazy("is not greater than another item")
    REQUIRED_IF = "required_if", gettext_lazy("is filled when another item is")
    FRESHNESS = "freshness", gettext_lazy("is recent: the newest value of all rows")


# Which further members a rule of the kind has.
MEMBERS: dict[str, frozenset[str]] = {
    Kind.PATTERN: frozenset({"pattern"}),
    Kind.LENGTH: frozenset({"least", "most"}),
    Kind.RANGE: frozenset({"low", "high"}),
    Kind.RESIDENT_ID: frozenset(),
    Kind.CREDIT_CODE: frozenset(),
    Kind.ORDER: frozenset({"other"}),
    Kind.REQUIRED_IF: frozenset({"other", "values"}),
    Kind.FRESHNESS: frozenset({"days"}),
}
CAST_MEMBERS = frozenset({"trim", "date_format", "factor", "codes_from", "default"})
IDENTIFIERS = {
    IdentifierKind.RESIDENT_ID: Kind.RESIDENT_ID,
    IdentifierKind.CREDIT_CODE: Kind.CREDIT_CODE,
}


@dataclass(slots=True)
class Problems:
    """What is wrong with the declaration, by its place in it."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, place: str, words: str) -> None:
        self.found.setdefault(place, []).append(words)

    def enforce(self) -> None:
        if self.found:
            raise Invalid(_("The input has errors."), fields=self.found)


def checked_rules(table: StoreTable, given: Sequence[Any]) -> list[dict[str, Any]]:
    """The rules in their one form. Raises Invalid with what is wrong at which of them."""
    problems = Problems()
    if len(given) > MOST_RULES:
        problems.add("rules", _("A job has at most %(most)s rules.") % {"most": MOST_RULES})
        problems.enforce()
    checked = []
    for number, rule in enumerate(given, start=1):
        words = _wrong(table, rule)
        if words:
            told = _("Rule %(number)s: %(words)s") % {"number": number, "words": words}
            problems.add("rules", told)
        else:
            checked.append({name: value for name, value in rule.items() if value not in ("", None)})
    problems.enforce()
    return checked


def checked_casts(table: StoreTable, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The casts in their one form, items without one left out. Raises Invalid."""
    problems = Problems()
    checked = {}
    for name, cast in given.items():
        words = _wrong_cast(table.column(name), cast)
        if words:
            problems.add("casts", f"{name}: {words}")
            continue
        said = {key: value for key, value in cast.items() if value not in ("", None, False)}
        if said:
            checked[name] = said
    problems.enforce()
    return checked


def rules_of(
    table: StoreTable, items: Sequence[DataItem], declared: Sequence[Mapping[str, Any]]
) -> tuple[list[Rule], list[Freshness]]:
    """What the store asks: the declared rules, and check digits for items that identify somebody.

    A rule about an item that the entry no longer has is left out.
    """
    today = timezone.localdate()
    wanted: list[Mapping[str, Any]] = [
        {"kind": IDENTIFIERS[IdentifierKind(item.identifier_kind)], "column": item.column}
        for item in items
        if item.identifier_kind in IDENTIFIERS and item.type in WORDS
    ]
    wanted += [rule for rule in declared if dict(rule) not in wanted]
    found = [
        _rule(rule, table, today)
        for rule in wanted
        if rule["kind"] != Kind.FRESHNESS and not _wrong(table, rule)
    ]
    fresh = [
        Freshness(_column(table, rule["column"]), int(rule["days"]))
        for rule in wanted
        if rule["kind"] == Kind.FRESHNESS and not _wrong(table, rule)
    ]
    return found, fresh


def casts_of(table: StoreTable, declared: Mapping[str, Mapping[str, Any]]) -> dict[str, Cast]:
    """What the store does to values before it asks, by column; code lists as they are today."""
    found = {}
    for name, cast in declared.items():
        column = table.column(name)
        if column is None:
            continue
        factor = cast.get("factor")
        found[name] = Cast(
            trims=bool(cast.get("trim")),
            date_format=cast.get("date_format", ""),
            factor=Decimal(str(factor)) if factor is not None else None,
            codes=_translation(cast.get("codes_from", ""), column.code_list),
            default=cast.get("default"),
        )
    return found


def _translation(source: str, bound: str) -> dict[str, str]:
    """From each code of the source's list to the code of the bound list that has the same name."""
    if not source or not bound:
        return {}
    names = names_in_force([source, bound])
    ours = {name: code for code, name in names.get(bound, {}).items()}
    return {code: ours[name] for code, name in names.get(source, {}).items() if name in ours}


def _rule(rule: Mapping[str, Any], table: StoreTable, today: date) -> Rule:
    column = _column(table, rule["column"])
    match rule["kind"]:
        case Kind.PATTERN:
            return store.pattern(column, rule["pattern"])
        case Kind.LENGTH:
            return store.length(column, rule.get("least"), rule.get("most"))
        case Kind.RANGE:
            return store.value_range(column, rule.get("low"), rule.get("high"))
        case Kind.RESIDENT_ID:
            return store.resident_id(column, today=today)
        case Kind.CREDIT_CODE:
            return store.credit_code(column)
        case Kind.ORDER:
            return store.order(column, _column(table, rule["other"]))
        case Kind.REQUIRED_IF:
            other = _column(table, rule["other"])
            return store.required_if(column, other, rule.get("values", []))
    raise ValueError(f"no rule of the kind {rule['kind']}")


def _column(table: StoreTable, name: str) -> Column:
    column = table.column(name)
    if column is None:
        raise ValueError(f"{table.name} has no column {name}")
    return column


def _wrong(table: StoreTable, rule: Any) -> str:
    """What is wrong with one rule, "" for a sound one."""
    if not isinstance(rule, dict) or rule.get("kind") not in Kind.values:
        return _("It is of no known kind.")
    if unknown := set(rule) - MEMBERS[rule["kind"]] - {"kind", "column"}:
        return _("It has members that its kind does not know: %(names)s.") % {
            "names": ", ".join(sorted(map(str, unknown)))
        }
    column = _named(table, rule.get("column"))
    if column is None:
        return _("It names no data item.")
    match rule["kind"]:
        case Kind.PATTERN:
            return _wrong_pattern(rule.get("pattern"))
        case Kind.LENGTH:
            return _wrong_length(rule.get("least"), rule.get("most"))
        case Kind.RANGE:
            return _wrong_range(column, rule.get("low"), rule.get("high"))
        case Kind.RESIDENT_ID | Kind.CREDIT_CODE:
            return "" if column.kind in WORDS else _("Only texts have check characters.")
        case Kind.FRESHNESS:
            return _wrong_freshness(column, rule.get("days"))
    other = _named(table, rule.get("other"))
    if other is None or other == column:
        return _("It names no second data item.")
    if rule["kind"] == Kind.ORDER:
        return _wrong_order(column, other)
    return _wrong_values(rule.get("values", []))


def _named(table: StoreTable, name: Any) -> Column | None:
    return table.column(name) if isinstance(name, str) else None


def _wrong_pattern(pattern: Any) -> str:
    if not isinstance(pattern, str) or not 0 < len(pattern) <= LONGEST_PATTERN:
        return _("A pattern has 1 to %(most)s characters.") % {"most": LONGEST_PATTERN}
    if BACK_REFERENCE.search(pattern):
        return _("A pattern may not refer back to a part of itself: that can take for ever.")
    if not _is_taken("SELECT '' ~ %s", pattern):
        return _("PostgreSQL cannot read the pattern.")
    return ""


def _wrong_length(least: Any, most: Any) -> str:
    given = [one for one in (least, most) if one is not None]
    if not given or not all(type(one) is int and 0 <= one < 2**31 for one in given):
        return _("A length needs a whole number from 0 up, at least at one end.")
    if least is not None and most is not None and least > most:
        return _("The lower end lies above the upper one.")
    return ""


def _wrong_range(column: Column, low: Any, high: Any) -> str:
    if column.kind not in ORDERED:
        return _("Only numbers and dates lie in a range.")
    given = [one for one in (low, high) if one not in (None, "")]
    if not given:
        return _("A range needs at least one end.")
    if not all(isinstance(one, str) and len(one) <= 60 for one in given):
        return _("The ends of a range are given as text.")
    if not all(_is_valid(one, column.type) for one in given):
        return _("An end of the range is no %(type)s.") % {"type": ItemType(column.kind).label}
    if len(given) == 2 and not _is_true(f"SELECT %s::{column.type} <= %s::{column.type}", given):
        return _("The lower end lies above the upper one.")
    return ""


def _wrong_freshness(column: Column, days: Any) -> str:
    if column.kind not in DATES:
        return _("Only dates are recent.")
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        return _("Give the days as a number from 1 to %(most)s.") % {"most": MOST_DAYS}
    return ""


def _wrong_order(column: Column, other: Column) -> str:
    alike = {column.kind, other.kind}
    if alike <= DATES or alike <= NUMBERS:
        return ""
    return _("Two dates can be compared, or two numbers.")


def _wrong_values(values: Any) -> str:
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        return _("Name at most %(most)s values.") % {"most": MOST_VALUES}
    if not all(isinstance(one, str) and 0 < len(one) <= 100 for one in values):
        return _("Each value has 1 to 100 characters.")
    return ""


def _wrong_cast(column: Column | None, cast: Any) -> str:
    if column is None:
        return _("It names no data item.")
    if not isinstance(cast, dict) or (set(cast) - CAST_MEMBERS):
        return _("It says something that is not known.")
    date_format = cast.get("date_format") or ""
    if date_format and (date_format not in DATE_FORMATS or column.kind not in DATES):
        return _("The item is no date, or the format is not known.")
    factor = cast.get("factor")
    if factor not in (None, "") and not (column.kind in NUMBERS and _is_factor(factor)):
        return _("A factor is a number other than 0, and for numbers only.")
    if cast.get("codes_from") and not column.code_list:
        return _("The item is bound to no code list.")
    if cast.get("codes_from") and not names_in_force([cast["codes_from"]]):
        return _("The list of the source has no version in force.")
    default = cast.get("default")
    if default not in (None, "") and not (
        isinstance(default, str) and len(default) <= 200 and _is_valid(default, column.type)
    ):
        return _("The value for empty ones is no %(type)s of the item's length.") % {
            "type": ItemType(column.kind).label
        }
    return ""


def _is_factor(value: Any) -> bool:
    try:
        factor = Decimal(str(value))
    except InvalidOperation:
        return False
    return factor.is_finite() and factor != 0 and abs(factor) < 10**12 and len(str(value)) <= 20


def _is_valid(value: str, type_: str) -> bool:
    if "\x00" in value:
        return False
    return _is_true("SELECT pg_input_is_valid(%s, %s)", [value, type_])


def _is_taken(query: str, value: str) -> bool:
    """Whether PostgreSQL answers at all. In a savepoint of its own, so that a no breaks nothing."""
    if "\x00" in value:
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(query, [value])
    except DataError:
        return False
    return True


def _is_true(query: str, values: Sequence[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return bool(cursor.fetchone()[0])
