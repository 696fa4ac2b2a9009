"""A canary row: one row that is not true, agreed by both heads, by which a file is traced to its agreement.

The provider writes a value for each item and, in one of them or more, `{mark}`, where the portal puts a
word of the agreement's own. The row is part of the agreement's views, so that pages, exports,
verification, changes and pushes have it alike. It yields to any row of the store that has its key, be
that in the agreement's row scope or not: a real person's key is never delivered with other values.
Why so: docs/adr/0058-canary-rows.md.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import DataItem, IdentifierKind, ItemType, SharingMode
from catalog.selectors.interfaces import has_open_interface
from catalog.selectors.shared_files import has_files
from catalog.standards.in_force import codes_in_force
from catalog.store.columns import COLUMN_FACTS, Column, column_of
from catalog.store.tables import SCHEMA as STORE
from catalog.store.tables import exists, table_name
from portal.common.check_digits import is_resident_id, is_uscc
from portal.common.errors import DomainError, Invalid
from portal.common.plain_text import fault_of
from sharing import marks
from sharing.deadlines import today
from sharing.models import Agreement
from sharing.values import TEXTS, spelt

MARK = "{mark}"
LONGEST = 500
# Without vowels and digits no spreadsheet takes it for a word, a month or a number.
LETTERS, LETTERS_LONG = "BCDFGHJKLMNPQRSTVWXZ", 10
# With no zero in front, and short enough that a spreadsheet does not round it or write an exponent.
DIGITS, DIGITS_LONG, LONGEST_NUMBER = "123456789", 9, 11
WHOLE = frozenset({ItemType.INTEGER, ItemType.NUMERIC})
MARKED_NUMBER = re.compile(r"([1-9][0-9]?)?\{mark\}", re.ASCII)
IDENTIFIED = {
    IdentifierKind.RESIDENT_ID: lambda text: is_resident_id(text, today=today()),
    IdentifierKind.CREDIT_CODE: is_uscc,
}


@dataclass(frozen=True, slots=True)
class Canary:
    """The row as the store would have it: `columns` are the agreed ones, `values` texts by column."""

    columns: Sequence[Column]
    values: Mapping[str, str]

    @property
    def key(self) -> dict[str, str]:
        return {one.name: self.values[one.name] for one in self.columns if one.is_key}

    @property
    def source(self) -> sql.Composed:
        """The row as a relation of its own, whose columns have the names and types of the store's."""
        return sql.SQL("(SELECT {}) AS _canary").format(
            sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(self._constant(one), one.identifier)
                for one in self.columns
            )
        )

    def has_its_key(self, relation: str) -> sql.Composed:
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(relation, one.name), self._constant(one))
            for one in self.columns
            if one.is_key
        )

    def is_taken(self, table: sql.Composable) -> sql.Composed:
        """Whether the store has a row of this key, as a condition."""
        return sql.SQL("EXISTS (SELECT FROM {} AS _real WHERE {})").format(
            table, self.has_its_key("_real")
        )

    def _constant(self, column: Column) -> sql.Composed:
        value = sql.Literal(self.values.get(column.name))
        return sql.SQL("{}::{}").format(value, column.type_sql)


@dataclass(frozen=True, slots=True)
class Told:
    """How a receiver knows the row. It is not delivered while a real row has its key."""

    key: Mapping[str, str]
    is_delivered: bool


def of(agreement: Agreement) -> Canary | None:
    """The agreed row; None where there is none. Raises DomainError when the items are others now."""
    if not agreement.canary:
        return None
    items = DataItem.objects.filter(pk__in=agreement.agreed_items.values("item"))
    columns = [column_of(one) for one in items.order_by("position").only(*COLUMN_FACTS)]
    values = {
        one.name: filled(agreement, agreement.canary[one.name], one.kind)
        for one in columns
        if one.name in agreement.canary
    }
    if any(one.is_key and one.name not in values for one in columns) or _unfit(columns, values):
        words = _(
            "The agreed canary row does not fit the data items any more: agree on other terms."
        )
        raise DomainError(words, code="canary_unfit")
    return Canary(columns, values)


def told(agreement: Agreement) -> Told | None:
    """The key of the row, for who may draw; None where none is agreed."""
    canary = of(agreement)
    if canary is None:
        return None
    return Told(canary.key, is_delivered=not _is_taken(canary, agreement))


def filled(agreement: Agreement, text: str, kind: str) -> str:
    """What the provider wrote, with the agreement's own word in the place of the mark."""
    if kind in WHOLE:
        word = marks.token(agreement, of=DIGITS, length=DIGITS_LONG)
    else:
        word = marks.token(agreement, of=LETTERS, length=LETTERS_LONG)
    return text.replace(MARK, word)


def read(
    given: object,
    items: Sequence[DataItem],
    *,
    agreement: Agreement,
    masks: Mapping[str, str],
    before: Mapping[str, str],
    may_write: bool,
    verification_only: bool,
) -> dict[str, str]:
    """The row that is proposed, by column, of the agreed `items`; empty for none. Raises Invalid at `canary`.

    Only the provider writes one, and knows that its key stays free; who may not write may leave it out.
    """
    if not isinstance(given, Mapping) or not all(isinstance(one, str) for one in given.values()):
        raise _refused([_("Give the values of the row by column, as texts.")])
    known = {item.column: item for item in agreement.resource.items.all()}
    if unknown := sorted(str(name)[:60] for name in given if name not in known):
        words = _("The resource has no such data item: %(items)s.") % {"items": ", ".join(unknown)}
        raise _refused([words])
    row = {one.column: given.get(one.column, "").strip() for one in items}
    row = {column: text for column, text in row.items() if text}
    if not row:
        return {}
    if not may_write and not row.items() <= before.items():
        words = _("Only the provider writes the canary row: leave it as it is, or leave it out.")
        raise _refused([words])
    wrong = [
        *_of_the_agreement(agreement, verification_only=verification_only),
        *_of_values(row, items, agreement),
    ]
    if not any(MARK in text and column not in masks for column, text in row.items()):
        words = _("Write %(mark)s in an item that is delivered in full: by it a file is traced.")
        wrong.append(words % {"mark": MARK})
    if not wrong:
        columns = [column_of(item) for item in items]
        canary = Canary(columns, {c: filled(agreement, row[c], known[c].type) for c in row})
        if _is_taken(canary, agreement):
            wrong.append(_("A row of the resource has this key: choose one that stays free."))
    if wrong:
        raise _refused(wrong)
    return {column: _one_spelling(text, known[column]) for column, text in row.items()}


def _one_spelling(text: str, item: DataItem) -> str:
    """So that no session reads it otherwise: a moment names its offset."""
    return text if MARK in text else spelt(text, column_of(item)) or text


def _of_the_agreement(agreement: Agreement, *, verification_only: bool) -> list[str]:
    """What is delivered otherwise than from the rows would not have the row."""
    mode, resource = agreement.sharing_mode, agreement.resource_id
    if verification_only:
        return [
            _("No row is delivered where verification alone is agreed, so none is put among them.")
        ]
    if mode == SharingMode.INTERFACE and has_open_interface(resource):
        return [_("Answers of the provider's own interface would not have the canary row.")]
    if mode == SharingMode.FILE and has_files(resource):
        return [_("Files that are shared as they are would not have the canary row.")]
    return []


def _of_values(
    row: Mapping[str, str], items: Iterable[DataItem], agreement: Agreement
) -> list[str]:
    codes = codes_in_force({one.code_list_id for one in items if one.code_list_id})
    wrong: list[str] = []
    for item in items:
        text = row.get(item.column, "")
        fault = _fault(text, item, codes.get(item.code_list_id or ""), agreement)
        if fault:
            wrong.append(_("%(item)s: %(fault)s") % {"item": item.name, "fault": fault})
    return wrong


def _fault(text: str, item: DataItem, codes: Sequence[str] | None, agreement: Agreement) -> str:
    """What is wrong with a value of the row, in words; empty when nothing is."""
    column = column_of(item)
    if not text:
        return _("give a value, it must not be empty.") if column.is_required else ""
    fault = str(fault_of(text)) or (_fault_of_mark(text, item) if MARK in text else "")
    if fault:
        return fault
    value = filled(agreement, text, item.type)
    if codes is not None and value not in codes:
        return _("its code list does not have this value.")
    if (
        len(text) > LONGEST
        or spelt(value, column) is None
        or _unfit([column], {column.name: value})
    ):
        return _("not a value that this item can have.")
    is_somebodys = IDENTIFIED.get(IdentifierKind(item.identifier_kind))
    if is_somebodys and is_somebodys(value):
        return _("a valid number may be somebody's: give one whose check digit is wrong.")
    return ""


def _fault_of_mark(text: str, item: DataItem) -> str:
    if text.count(MARK) > 1:
        return _("write %(mark)s once.") % {"mark": MARK}
    if item.type in WHOLE and not MARKED_NUMBER.fullmatch(text):
        return _("before %(mark)s at most two digits, the first not 0, and nothing behind it.") % {
            "mark": MARK
        }
    if item.type not in TEXTS | WHOLE or item.code_list_id:
        return _("%(mark)s goes into texts and whole numbers without a code list.") % {"mark": MARK}
    return ""


def _unfit(columns: Sequence[Column], values: Mapping[str, str]) -> bool:
    """Whether the database would refuse one of the values as what its column has become."""
    asked = [(values[one.name], one.type) for one in columns if one.name in values]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(pg_input_is_valid(value, type))"
            " FROM unnest(%s::text[], %s::text[]) AS given (value, type)",
            [[value for value, _type in asked], [type_ for _value, type_ in asked]],
        )
        (are_valid,) = cursor.fetchone()
    return are_valid is False


def _is_taken(canary: Canary, agreement: Agreement) -> bool:
    name = table_name(agreement.resource_id)
    with connection.cursor() as cursor:
        if not exists(cursor, name):
            return False
        table: Any = sql.Identifier(STORE, name)
        cursor.execute(sql.SQL("SELECT {}").format(canary.is_taken(table)))
        taken: bool = cursor.fetchone()[0]
        return taken


def _refused(words: list[str]) -> Invalid:
    return Invalid(_("The canary row has errors."), fields={"canary": words})
