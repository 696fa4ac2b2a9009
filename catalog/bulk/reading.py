"""Entries out of rows: each cell read, each item tied to its entry, every fault told by its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from typing import Any

from openpyxl.utils import get_column_letter

from catalog.entry import EntryData, ItemData
from portal.common.worded import Worded
from portal.common.worded import gettext as _

from .cells import Departments, Fault, value_of
from .layout import COLUMNS, ENTRIES, ITEMS, Column, Kind, headers, normal
from .problems import Problems
from .tables import EVERY, READING, Progress, Table, unwatched

EMPTY_ENTRY: dict[str, Any] = {
    one.name: one.default
    for one in fields_of(EntryData)
    if isinstance(one.default, str | bool | tuple)
}
EMPTY_ITEM: dict[str, Any] = {one.name: one.default for one in fields_of(ItemData)}
REMEMBERED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.FLAG, Kind.DEPARTMENT})
LONGEST_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a field stands on its sheet."""

    column: str
    header: str


@dataclass(frozen=True, slots=True)
class Head:
    """The header of one sheet: the columns in order, and where each field is."""

    title: str = ""
    columns: Sequence[Column | None] = ()
    spots: Mapping[str, Spot] = field(default_factory=dict)


@dataclass(slots=True)
class GivenEntry:
    """What the file says of one entry: the fields that it has columns for, and the items.

    `items` is None when the file has none of the entry: those that there are stay. `faulty` are the
    fields, "items.3.type" among them, whose cells could not be read and stand there by a substitute,
    so that the rest of the row can be checked all the same.
    """

    row: int
    code: str
    fields: dict[str, Any]
    items: list[ItemData] | None = None
    item_rows: list[int] = field(default_factory=list)
    faulty: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    def entry(self, before: EntryData | None) -> EntryData:
        """The whole entry; what the file has no column for stays as it was before."""
        told: dict[str, Any] = {}
        if before is not None:
            told = {one.name: getattr(before, one.name) for one in fields_of(EntryData)}
        return EntryData(**told | self.fields)


@dataclass(slots=True)
class Reading:
    """All of a file."""

    entries: list[GivenEntry] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    item_rows: int = 0

    def place(self, given: GivenEntry, field_name: str) -> dict[str, Any]:
        """Where a field of an entry stands, "items.3.type" included: arguments of Problems.add."""
        kind, _dot, rest = field_name.partition(".")
        number, _dot, name = rest.partition(".")
        if kind == "items" and number.isdigit() and int(number) < len(given.item_rows):
            return self._spot(ITEMS, given.item_rows[int(number)], name)
        return self._spot(ENTRIES, given.row, field_name)

    def _spot(self, sheet: str, row: int, name: str) -> dict[str, Any]:
        head = self.heads.get(sheet, Head(title=sheet))
        spot = head.spots.get(name, Spot("", ""))
        return {"sheet": head.title, "row": row, "column": spot.column, "header": spot.header}


def read(
    tables: Sequence[Table],
    *,
    departments: Departments,
    own_department: int,
    problems: Problems,
    progress: Progress = unwatched,
) -> Reading:
    """Read all tables, entries first. Raises Unreadable."""
    reading = Reading()
    by_code: dict[str, GivenEntry] = {}
    by_name: dict[str, GivenEntry] = {}
    for table in tables:
        if table.sheet == ITEMS and ENTRIES not in reading.heads:
            # Told already; that no item finds its entry need not be told a thousand times.
            break
        reader = _TableReader(table, departments, problems)
        if not reader.is_sound:
            continue
        reading.heads[table.sheet] = reader.head
        for count, (row, values) in enumerate(table.rows, 1):
            if count % EVERY == 0:
                progress(READING, count, 0)
            told, faulty = reader.read(row, values)
            if table.sheet == ENTRIES:
                given = _entry(told, faulty, row, reader, own_department)
                _index(given, by_code, by_name, reader)
                reading.entries.append(given)
            else:
                reading.item_rows += 1
                _item(told, faulty, row, reader, by_code, by_name)
    return reading


class _TableReader:
    """One sheet: its header understood, its cells read, faults told."""

    def __init__(self, table: Table, departments: Departments, problems: Problems) -> None:
        self.table, self.departments, self.problems = table, departments, problems
        self.memory: dict[tuple[str, Any], Any] = {}
        self.head = Head(title=table.title)
        self.is_sound = self._read_header()
        self.gaps = [place for place, one in enumerate(self.head.columns) if one is None]

    def fault(self, message: Worded, row: int, name: str = "", value: Any = None) -> None:
        spot = self.head.spots.get(name, Spot("", ""))
        self.problems.add(
            message,
            sheet=self.table.title,
            row=row,
            column=spot.column,
            header=spot.header,
            value=value,
        )

    def _read_header(self) -> bool:
        row, words = next(self.table.rows, (1, ()))
        known = headers(self.table.sheet)
        columns: list[Column | None] = []
        spots: dict[str, Spot] = {}
        before = self.problems.count
        for place, word in enumerate(words, 1):
            letter = get_column_letter(place)
            if word is None or not str(word).strip():
                columns.append(None)
                continue
            text = str(word).strip()
            at: dict[str, Any] = {
                "sheet": self.table.title,
                "row": row,
                "column": letter,
                "value": text,
            }
            column = known.get(normal(text)) if len(text) < LONGEST_REMEMBERED else None
            columns.append(column)
            if column is None:
                self.problems.add(_("The portal does not know this header."), **at)
            elif column.field in spots:
                self.problems.add(_("This header stands here twice."), **at)
            else:
                spots[column.field] = Spot(letter, text)
        missing = [
            column.header
            for column in COLUMNS[self.table.sheet]
            if column.is_required and column.field not in spots
        ]
        if self.table.sheet == ITEMS and not {"entry_code", "entry_name"} & spots.keys():
            missing.insert(0, COLUMNS[ITEMS][1].header)
        if missing:
            self.problems.add(
                _("The first row must hold the headers. Missing: %(headers)s.")
                % {"headers": "、".join(missing)},
                sheet=self.table.title,
                row=row,
            )
        self.head = Head(self.table.title, columns, spots)
        return self.problems.count == before

    def read(self, row: int, values: Sequence[Any]) -> tuple[dict[str, Any], set[str]]:
        told: dict[str, Any] = {}
        faulty: set[str] = set()
        for column, raw in zip(self.head.columns, values, strict=False):
            if column is None:
                continue
            try:
                told[column.field] = self._value(column, raw)
            except Fault as fault:
                self.fault(fault.words, row, column.field, raw)
                faulty.add(column.field)
        for place in range(len(values), len(self.head.columns)):
            if (column := self.head.columns[place]) is not None:
                told[column.field] = None
        if self._strays(values):
            self.fault(_("There is something in a column without header."), row)
        for column in COLUMNS[self.table.sheet]:
            if column.is_required and told.get(column.field) is None and column.field not in faulty:
                self.fault(_("This must be filled in."), row, column.field)
                faulty.add(column.field)
        return told, faulty

    def _strays(self, values: Sequence[Any]) -> bool:
        width = len(self.head.columns)
        beyond = [*values[width:], *(values[one] for one in self.gaps if one < len(values))]
        return any(raw is not None and str(raw).strip() for raw in beyond)

    def _value(self, column: Column, raw: Any) -> Any:
        if raw is None or column.kind not in REMEMBERED or not _is_short(raw):
            return value_of(column, raw, self.departments)
        key = (column.field, raw)
        if key not in self.memory:
            self.memory[key] = value_of(column, raw, self.departments)
        return self.memory[key]


def _is_short(raw: Any) -> bool:
    return isinstance(raw, str) and len(raw) <= LONGEST_REMEMBERED


def _entry(
    told: dict[str, Any], faulty: set[str], row: int, reader: _TableReader, own_department: int
) -> GivenEntry:
    if told.pop("is_secret", None) is True:
        reader.fault(
            _("State secrets and work secrets cannot be catalogued (Decree 809, Art. 3)."),
            row,
            "is_secret",
            "是",
        )
    provider = told.pop("provider", None)
    if provider is not None and provider != own_department:
        reader.fault(_("A file holds the entries of your own department alone."), row, "provider")
    code = told.pop("code", None) or ""
    fields = {
        name: EMPTY_ENTRY.get(name) if value is None else value
        for name, value in told.items()
        if name not in {"provider_code", "published_at", "state"}
    }
    for column in COLUMNS[ENTRIES]:
        if column.field in faulty and column.field not in {"code", "provider", "is_secret"}:
            fields[column.field] = _substitute(column, row)
    return GivenEntry(row=row, code=code, fields=fields, faulty=faulty)


def _index(
    given: GivenEntry,
    by_code: dict[str, GivenEntry],
    by_name: dict[str, GivenEntry],
    reader: _TableReader,
) -> None:
    for name, value, known in (("code", given.code, by_code), ("name", given.name, by_name)):
        if not value or name in given.faulty:
            continue
        if value in known:
            reader.fault(
                _("Row %(row)s has the same already.") % {"row": known[value].row},
                given.row,
                name,
                value,
            )
            given.faulty.add(name)
        else:
            known[value] = given


def _item(
    told: dict[str, Any],
    faulty: set[str],
    row: int,
    reader: _TableReader,
    by_code: Mapping[str, GivenEntry],
    by_name: Mapping[str, GivenEntry],
) -> None:
    code, name = told.pop("entry_code", None), told.pop("entry_name", None)
    if {"entry_code", "entry_name"} & faulty:
        return
    entry = by_code.get(code) if code else by_name.get(name) if name else None
    if code and entry is None and name:
        entry = by_name.get(name)
        if entry is not None and entry.code != code:
            entry = None
    if not code and not name:
        reader.fault(_("State the entry that the item belongs to, by code or name."), row)
        return
    if entry is None:
        reader.fault(
            _("The sheet of entries has no such entry."),
            row,
            "entry_code" if code else "entry_name",
            code or name,
        )
        return
    if code and name and entry.name != name and "name" not in entry.faulty:
        reader.fault(
            _('The entry of this code is called "%(name)s".') % {"name": entry.name},
            row,
            "entry_name",
            name,
        )
        return
    fields: dict[str, Any] = {
        key: EMPTY_ITEM.get(key) if value is None else value for key, value in told.items()
    }
    if (length := fields.get("length")) is not None:
        fields["length"] = int(length[:12]) if "length" not in faulty else None
    for column in COLUMNS[ITEMS]:
        if column.field in faulty:
            fields[column.field] = _substitute(column, row)
    if entry.items is None:
        entry.items = []
    entry.faulty |= {f"items.{len(entry.items)}.{one}" for one in faulty}
    entry.items.append(ItemData(**fields))
    entry.item_rows.append(row)


def _substitute(column: Column, row: int) -> Any:
    """What stands for a cell that could not be read, so that the others are checked."""
    if column.kind == Kind.CHOICE and column.is_required and column.choices is not None:
        return column.choices.values[0]
    if column.field == "classification":
        return "00000"
    if column.is_required:
        return f"x{row}"
    return EMPTY_ENTRY.get(column.field, EMPTY_ITEM.get(column.field))
