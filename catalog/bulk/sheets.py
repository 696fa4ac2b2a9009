"""Rows out of an Excel workbook, sheet by sheet, without loading it as a whole."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from portal.common.worded import gettext as _

from .cells import ErrorCell, FormulaCell
from .container import check_directory, damaged, merged_ranges
from .layout import ENTRIES, GUIDE, ITEMS, SHEETS, normal
from .problems import Problems, Unreadable
from .tables import Row, Table

MOST_COLUMNS = 80
MOST_ROWS = {ENTRIES: 50_000, ITEMS: 1_000_000}
FIRST_CELL = re.compile(r"^([A-Z]{1,3})(\d{1,7})")
# What openpyxl raises on parts that are missing, cut off or not what they should be.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    InvalidFileException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    RecursionError,
)


@contextmanager
def opened(file: IO[bytes], problems: Problems) -> Iterator[list[Table]]:
    """The sheets of entries and of items, in this order. Raises Unreadable.

    Sheets that are missing, unknown or hold merged cells are told among the problems.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            check_directory(packed)
        with warnings.catch_warnings():
            # Of styles and extensions that it leaves out; nothing of them is read here.
            warnings.filterwarnings("ignore", module="openpyxl")
            book = load_workbook(file, read_only=True, keep_links=False)
    except BROKEN as wrong:
        raise damaged() from wrong
    try:
        found = _known(book, problems)
        with zipfile.ZipFile(file) as packed:
            for sheet in found.values():
                _tell_merged(packed, sheet, problems)
        yield [
            Table(kind, found[kind].title, _rows(found[kind], kind, problems))
            for kind in (ENTRIES, ITEMS)
            if kind in found
        ]
    finally:
        book.close()


def _known(book: Workbook, problems: Problems) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for sheet in book.worksheets:
        kind = SHEETS.get(normal(sheet.title))
        if kind is None:
            problems.add(
                _(
                    'The portal does not know this sheet: only "%(entries)s" and "%(items)s" are'
                    " read. Remove it, or give it its right name."
                )
                % {"entries": ENTRIES, "items": ITEMS},
                sheet=sheet.title,
            )
        elif kind in found:
            problems.add(_("There is another sheet of the same meaning."), sheet=sheet.title)
        elif kind != GUIDE:
            found[kind] = sheet
    if ENTRIES not in found:
        problems.add(
            _('The workbook has no sheet "%(sheet)s". It has: %(others)s.')
            % {"sheet": ENTRIES, "others": "、".join(book.sheetnames[:10])},
            sheet=ENTRIES,
        )
    return found


def _tell_merged(packed: zipfile.ZipFile, sheet: Any, problems: Problems) -> None:
    member = str(sheet._worksheet_path).lstrip("/")
    try:
        ranges = merged_ranges(packed, member)
    except BROKEN as wrong:
        raise damaged() from wrong
    for merged in ranges:
        place = FIRST_CELL.match(merged)
        problems.add(
            _("The cells %(range)s are merged: unmerge them and fill in each one.")
            % {"range": merged},
            sheet=sheet.title,
            row=int(place.group(2)) if place else 0,
            column=place.group(1) if place else "",
        )


def _rows(sheet: Any, kind: str, problems: Problems) -> Iterator[Row]:
    most = MOST_ROWS[kind] + 1
    cells = sheet.iter_rows(min_row=1, max_row=most + 1, max_col=MOST_COLUMNS)
    number = width = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", module="openpyxl")
                row = next(cells, None)
        except Unreadable:
            raise
        except BROKEN as wrong:
            raise damaged() from wrong
        if row is None:
            return
        number += 1
        if number == 1:
            width = max(
                (place for place, cell in enumerate(row, 1) if _raw(cell) is not None), default=0
            )
        is_within = all(cell is EMPTY_CELL for cell in row[width:])
        values = [_raw(cell) for cell in (row[:width] if is_within else row)]
        if not any(value is not None for value in values):
            continue
        if number > most:
            problems.add(
                _("A sheet takes at most %(most)s rows: divide the file.")
                % {"most": MOST_ROWS[kind]},
                sheet=sheet.title,
                row=number,
            )
            return
        yield number, values


def _raw(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return FormulaCell(str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return ErrorCell(str(value))
    return value
