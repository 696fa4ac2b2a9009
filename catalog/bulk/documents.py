"""Entries out of JSON: the list of what `POST /api/v1/resources/` takes, each with its `code`."""

import json
from typing import IO, Any

from catalog.entry import ENTRY_FIELDS, ITEM_FIELDS, LISTS, ItemData
from portal.common.worded import Worded
from portal.common.worded import gettext as _

from .cells import Departments, Fault, value_of
from .layout import ENTRIES, ENTRY_COLUMNS, ITEM_COLUMNS, ITEMS, Column, Kind
from .problems import Problems, Unreadable
from .reading import EMPTY_ENTRY, EMPTY_ITEM, GivenEntry, Head, Reading, Spot
from .sheets import MOST_ROWS

TITLE = "JSON"
# Who finds an entry is stated on its page alone: a file leaves it as it is.
OF_THE_PAGE = frozenset({"visibility", "audience_departments", "audience_regions"})
WRITABLE = frozenset(ENTRY_FIELDS) - OF_THE_PAGE - {"is_synthetic"}
ENTRY_OF = {one.field: one for one in ENTRY_COLUMNS if one.field in WRITABLE}
ITEM_OF = {one.field: one for one in ITEM_COLUMNS if one.field in ITEM_FIELDS}
# Told by the API beside an entry, and not read back.
PASSED_OVER = frozenset({"id", "state", "version", "position", "is_synthetic", "department"})


def read(file: IO[bytes], *, departments: Departments, problems: Problems) -> Reading:
    """Every entry of the document; its row is its place in the list. Raises Unreadable."""
    file.seek(0)
    try:
        document = json.loads(file.read().decode("utf-8-sig"), parse_constant=_refuse)
    except json.JSONDecodeError as wrong:
        raise Unreadable(
            _("The file is no JSON: line %(line)s, character %(place)s cannot be read.")
            % {"line": wrong.lineno, "place": wrong.colno}
        ) from wrong
    except UnicodeDecodeError as wrong:
        raise Unreadable(_("The file is no JSON: it is not encoded in UTF-8.")) from wrong
    except (ValueError, RecursionError) as wrong:
        raise Unreadable(_("The file is no JSON that holds entries.")) from wrong
    if not isinstance(document, list):
        raise Unreadable(_("The JSON must be a list of entries: [{…}, {…}]."))
    if len(document) > MOST_ROWS[ENTRIES]:
        raise Unreadable(
            _("A sheet takes at most %(most)s rows: divide the file.")
            % {"most": MOST_ROWS[ENTRIES]}
        )
    reading = Reading(heads={ENTRIES: _head(ENTRY_COLUMNS), ITEMS: _head(ITEM_COLUMNS)})
    known: dict[tuple[str, str], int] = {}
    for row, one in enumerate(document, 1):
        if not isinstance(one, dict):
            problems.add(_("An entry must be an object: {…}."), sheet=TITLE, row=row, value=one)
            continue
        reader = _ObjectReader(row, departments, problems)
        given = reader.entry(one)
        for name, value in (("code", given.code), ("name", given.name)):
            if value and name not in given.faulty:
                before = known.setdefault((name, value), row)
                if before != row:
                    reader.fault(
                        _("Row %(row)s has the same already.") % {"row": before}, name, value
                    )
                    given.faulty.add(name)
        reading.item_rows += len(given.items or ())
        reading.entries.append(given)
    return reading


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _head(columns: tuple[Column, ...]) -> Head:
    return Head(TITLE, columns, {one.field: Spot("", one.field) for one in columns})


class _ObjectReader:
    """One entry of the document."""

    def __init__(self, row: int, departments: Departments, problems: Problems) -> None:
        self.row, self.departments, self.problems = row, departments, problems

    def fault(self, message: Worded, header: str, value: Any = None) -> None:
        self.problems.add(message, sheet=TITLE, row=self.row, header=header, value=value)

    def entry(self, told: dict[str, Any]) -> GivenEntry:
        given = GivenEntry(row=self.row, code="", fields={})
        for key, raw in told.items():
            if key == "code" and isinstance(raw, str | None):
                given.code = (raw or "").strip()
            elif key == "items":
                self._items(given, raw)
            elif key in ENTRY_OF:
                self._field(given.fields, given.faulty, ENTRY_OF[key], raw, key)
            elif key not in PASSED_OVER | OF_THE_PAGE:
                self.fault(_("An entry has no such field."), str(key)[:60], raw)
        for name, column in ENTRY_OF.items():
            if column.is_required and not given.code and name not in given.fields:
                self.fault(_("This must be filled in."), name)
                given.faulty.add(name)
        for name in given.faulty & ENTRY_OF.keys():
            given.fields[name] = _substitute(ENTRY_OF[name], self.row)
        return given

    def _items(self, given: GivenEntry, told: Any) -> None:
        given.items = []
        if not isinstance(told, list):
            self.fault(_("The items must be a list: [{…}, {…}]."), "items", told)
            given.faulty.add("items")
            return
        for place, one in enumerate(told):
            if not isinstance(one, dict):
                self.fault(_("An item must be an object: {…}."), f"items.{place}", one)
                given.faulty.add("items")
                continue
            fields: dict[str, Any] = {}
            faulty: set[str] = set()
            for key, raw in one.items():
                header = f"items.{place}.{key}"[:60]
                if key in ITEM_OF:
                    self._field(fields, faulty, ITEM_OF[key], raw, header)
                elif key not in PASSED_OVER | OF_THE_PAGE:
                    self.fault(_("An item has no such field."), header, raw)
            for name, column in ITEM_OF.items():
                if column.is_required and fields.get(name) is None and name not in faulty:
                    self.fault(_("This must be filled in."), f"items.{place}.{name}")
                    faulty.add(name)
            if fields.get("length") is not None and "length" not in faulty:
                fields["length"] = int(fields["length"][:12])
            for name in faulty:
                fields[name] = _substitute(ITEM_OF[name], place)
            given.faulty |= {f"items.{len(given.items)}.{name}" for name in faulty}
            given.items.append(ItemData(**fields))
            given.item_rows.append(self.row)

    def _field(
        self, fields: dict[str, Any], faulty: set[str], column: Column, raw: Any, header: str
    ) -> None:
        try:
            value = _value(column, raw, self.departments)
        except Fault as fault:
            self.fault(fault.words, header, raw)
            faulty.add(column.field)
            return
        if value is None and column.is_required:
            return
        empty = EMPTY_ITEM if header.startswith("items.") else EMPTY_ENTRY
        fields[column.field] = empty.get(column.field) if value is None else value


def _value(column: Column, raw: Any, departments: Departments) -> Any:
    if raw is None:
        return None
    if column.field in LISTS:
        if not isinstance(raw, list) or not all(isinstance(word, str) for word in raw):
            raise Fault(_('A list of texts is expected here: ["…", "…"].'))
        if column.kind != Kind.CHOICES:
            return tuple(raw)
        return tuple(word for one in raw for word in value_of(column, one, departments) or ())
    if column.kind == Kind.DEPARTMENT and isinstance(raw, int) and not isinstance(raw, bool):
        if raw not in departments.keys:
            raise Fault(_("There is no such department."))
        return raw
    if isinstance(raw, list | dict):
        raise Fault(_("A single value is expected here."))
    if column.kind == Kind.FLAG and not isinstance(raw, bool):
        raise Fault(_("true or false is expected here."))
    if column.kind == Kind.TEXT and not isinstance(raw, str):
        raise Fault(_("A text is expected here."))
    return value_of(column, raw, departments)


def _substitute(column: Column, row: int) -> Any:
    if column.kind == Kind.CHOICE and column.is_required and column.choices is not None:
        return column.choices.values[0]
    if column.field == "classification":
        return "00000"
    if column.is_required:
        return f"x{row}"
    return EMPTY_ENTRY.get(column.field, EMPTY_ITEM.get(column.field))
