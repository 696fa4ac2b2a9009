"""Files out of entries: the workbook row by row, so that 40,000 entries need no more memory than one."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from catalog.entry import EntryData, ItemData

from .cells import joined
from .layout import (
    COLUMNS,
    ENTRIES,
    ENTRY_COLUMNS,
    GUIDE,
    ITEM_COLUMNS,
    ITEMS,
    LANGUAGES,
    Column,
    Kind,
    labels_of,
)
from .texts import guarded

# No character of XML 1.0: openpyxl would refuse some and write the others into a broken file.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONGEST_LIST = 255  # of a drop-down list, by Excel
VALIDATED_ROWS = 50_000
REQUIRED_FILL = PatternFill("solid", start_color="FFFBE9D0")
OTHER_FILL = PatternFill("solid", start_color="FFE4ECF5")
YES_NO = ("是", "否")


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """One entry as it goes into a file. `told` is what the portal says beside it."""

    code: str
    entry: EntryData
    items: Sequence[ItemData]
    provider: str
    provider_code: str
    state: str = ""
    published_on: date | None = None
    source_department: str = ""


def workbook(entries: Iterable[WrittenEntry], out: IO[bytes]) -> None:
    """Write the workbook. Items wait in a second sheet, which openpyxl keeps on disk meanwhile."""
    book = Workbook(write_only=True)
    sheets = {kind: _sheet(book, kind) for kind in (ENTRIES, ITEMS)}
    entry_line, item_line = (
        _Line(sheets[ENTRIES], ENTRY_COLUMNS),
        _Line(sheets[ITEMS], ITEM_COLUMNS),
    )
    for one in entries:
        sheets[ENTRIES].append(entry_line.of(entry_values(one)))
        for item in one.items:
            sheets[ITEMS].append(item_line.of(item_values(one, item)))
    _write_guide(book)
    book.save(out)


def csv_pair(entries: Iterable[WrittenEntry], out: IO[bytes]) -> None:
    """entries.csv and items.csv in a zip archive, UTF-8 with the mark that Excel asks for."""
    items = io.StringIO()
    item_lines = csv.writer(items)
    item_lines.writerow(column.header for column in ITEM_COLUMNS)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        with packed.open("entries.csv", "w") as first:
            text = io.TextIOWrapper(first, "utf-8-sig", newline="", write_through=False)
            lines = csv.writer(text)
            lines.writerow(column.header for column in ENTRY_COLUMNS)
            for one in entries:
                lines.writerow(_as_text(value) for value in entry_values(one))
                item_lines.writerows(
                    [_as_text(value) for value in item_values(one, item)] for item in one.items
                )
            text.flush()
            text.detach()
        packed.writestr("items.csv", items.getvalue().encode("utf-8-sig"))


def document(entries: Iterable[WrittenEntry]) -> Iterator[bytes]:
    """The JSON list, entry by entry."""
    yield b"["
    divider = b"\n"
    for one in entries:
        told = {
            "code": one.code,
            **asdict(one.entry),
            "items": [asdict(item) for item in one.items],
        }
        del told["is_synthetic"]
        yield divider + json.dumps(told, ensure_ascii=False, default=_iso).encode()
        divider = b",\n"
    yield b"\n]\n"


def entry_values(one: WrittenEntry) -> Iterator[Any]:
    for column in ENTRY_COLUMNS:
        match column.field:
            case "code":
                yield one.code
            case "provider":
                yield one.provider
            case "provider_code":
                yield one.provider_code
            case "is_secret":
                yield YES_NO[1]
            case "source_department_id":
                yield one.source_department
            case "published_at":
                yield one.published_on
            case "state":
                yield one.state
            case _:
                yield _cell_value(column, getattr(one.entry, column.field))


def item_values(one: WrittenEntry, item: ItemData) -> Iterator[Any]:
    for column in ITEM_COLUMNS:
        match column.field:
            case "entry_code":
                yield one.code
            case "entry_name":
                yield one.entry.name
            case _:
                yield _cell_value(column, getattr(item, column.field))


def _cell_value(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    match column.kind:
        case Kind.FLAG:
            return YES_NO[0] if value else YES_NO[1]
        case Kind.CHOICE if column.choices is not None:
            return labels_of(column.choices).get(value, value)
        case Kind.CHOICES if column.choices is not None:
            return joined([labels_of(column.choices).get(code, code) for code in value])
        case Kind.TEXTS:
            return joined(value)
    return value


class _Line:
    """One row of a sheet: every text written as text, never as a formula or a number."""

    def __init__(self, sheet: Any, columns: Sequence[Column]) -> None:
        self.cells: list[Cell] = []
        for column in columns:
            cell = WriteOnlyCell(sheet)
            cell.number_format = "yyyy-mm-dd" if column.kind == Kind.DATE else "@"
            if column.field == "length":
                cell.number_format = "0"
            self.cells.append(cell)

    def of(self, values: Iterable[Any]) -> list[Cell | None]:
        row: list[Cell | None] = []
        for cell, value in zip(self.cells, values, strict=True):
            if value is None or value == "":
                row.append(None)
                continue
            if isinstance(value, str):
                cell.value = UNWRITABLE.sub("\ufffd", value)
                cell.data_type = "s"
            else:
                cell.value = value
            row.append(cell)
        return row


def _sheet(book: Workbook, kind: str) -> Any:
    sheet = book.create_sheet(kind)
    columns = COLUMNS[kind]
    sheet.freeze_panes = "C2" if kind == ENTRIES else "D2"
    header = []
    for place, column in enumerate(columns, 1):
        letter = get_column_letter(place)
        dimension = sheet.column_dimensions[letter]
        dimension.width = column.width
        # Of cells that are still empty: so that codes typed there keep their zeros.
        dimension.number_format = "yyyy-mm-dd" if column.kind == Kind.DATE else "@"
        cell = WriteOnlyCell(sheet, column.header)
        cell.font = Font(bold=True)
        cell.fill = REQUIRED_FILL if column.is_required else OTHER_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        header.append(cell)
        if words := _list_of(column):
            rule = DataValidation(
                type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True
            )
            rule.add(f"{letter}2:{letter}{VALIDATED_ROWS}")
            sheet.data_validations.append(rule)
    sheet.append(header)
    return sheet


def _list_of(column: Column) -> str:
    """The words of a drop-down list, as Excel takes them; none where it would not."""
    words: Sequence[str] = ()
    if column.kind == Kind.FLAG:
        words = YES_NO[1:] if column.field == "is_secret" else YES_NO
    elif column.kind == Kind.CHOICE and column.choices is not None:
        words = list(labels_of(column.choices).values())
    listed = ",".join(words)
    if len(listed) > LONGEST_LIST or any("," in word or '"' in word for word in words):
        return ""
    return listed


def _write_guide(book: Workbook) -> None:
    """How to fill in, in Chinese as the rest of the form is."""
    sheet = book.create_sheet(GUIDE)
    for letter, width in zip("ABCDE", (14, 22, 24, 10, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    with translation.override(LANGUAGES[0]):
        for words in _rules():
            sheet.append([words])
        sheet.append([])
        heads = (
            _("Sheet"),
            pgettext("of a sheet", "Column"),
            _("English header"),
            _("Must be filled in"),
            _("What to write"),
        )
        row = []
        for words in heads:
            cell = WriteOnlyCell(sheet, words)
            cell.font = Font(bold=True)
            row.append(cell)
        sheet.append(row)
        for kind in (ENTRIES, ITEMS):
            for column in COLUMNS[kind]:
                note = str(column.note)
                if column.choices is not None:
                    note = "；".join(
                        filter(None, (note, " / ".join(labels_of(column.choices).values())))
                    )
                required = YES_NO[0] if column.is_required else YES_NO[1]
                sheet.append([kind, column.header, column.field, required, note])


def _rules() -> list[str]:
    return [
        _("One row is one entry or one item; the first row keeps its headers."),
        _(
            "A row with a code changes that draft of your department; a row without one is a new draft."
        ),
        _("An entry without rows on the sheet of items keeps the items that it has."),
        _("Formulas and merged cells are not taken: paste values. Type codes as text."),
        _("State secrets and work secrets stay out (Decree 809, Art. 3)."),
    ]


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
