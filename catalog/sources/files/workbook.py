"""Excel workbooks (.xlsx), sheet by sheet, as a stream.

calamine is several times faster but holds a whole sheet in memory; openpyxl's read-only mode does
not. Formulas give the value that Excel stored with them; one that stored none is refused, for an
empty cell would be a lie. So are merged cells, error cells, and numbers of more than fifteen digits
where text is wanted: Excel has cut those off when it took them for numbers.
"""

import datetime
import re
import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from openpyxl import load_workbook

from catalog.bulk.container import MERGED, MOST_MEMBERS, MOST_RATIO, RATIO_MATTERS_FROM
from catalog.bulk.sheets import BROKEN
from catalog.models import ItemType
from catalog.sources.casting import WORDS
from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.store.trust import NULL

from .copy_text import Block, from_rows
from .glimpse import Held, opened
from .layout import FileLayout
from .reader import SAMPLE_ROWS, Sampled, text_column

SHARED = "xl/sharedStrings.xml"
CHUNK = 1024 * 1024
OVERLAP = 64 * 1024
UNSTORED = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
PLACE = re.compile(rb'\br="([A-Z]{1,3}[0-9]{1,7})"')
MOST_COLUMNS = 500
SURE_DIGITS = 10**15


class Workbook:
    null = NULL

    def __init__(self, held: Held, layout: FileLayout) -> None:
        self.held = held
        self.header_row = layout.header_row

    def parts(self) -> list[str]:
        with self._opened() as book:
            return [sheet.title for sheet in book.worksheets]

    def estimate(self, part: str) -> int | None:
        return None

    def columns(self, part: str) -> list[SourceColumn]:
        with self._opened() as book:
            return [text_column(name) for name in self._names(self._sheet(book, part))]

    def sample(self, part: str) -> Sampled:
        with self._opened() as book:
            sheet = self._sheet(book, part)
            names = self._names(sheet)
            rows = self._raw_rows(sheet, len(names))
            return [
                {name: _plain(value) for name, value in zip(names, row, strict=False)}
                for row, _number in zip(rows, range(SAMPLE_ROWS), strict=False)
            ]

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        with self._opened() as book:
            sheet = self._sheet(book, part)
            self._check_cells(sheet)
            names = self._names(sheet)
            places = [(names.index(one.column.name), one) for one in selected]
            yield from from_rows(self._rows(sheet, len(names), places))

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        with opened(self.held) as file:
            try:
                with zipfile.ZipFile(file) as packed:
                    _check_directory(packed)
                with warnings.catch_warnings():
                    # Of styles and extensions that it leaves out; nothing of them is read here.
                    warnings.filterwarnings("ignore", module="openpyxl")
                    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            except BROKEN:
                raise SourceFailure("file_damaged") from None
            try:
                yield book
            finally:
                book.close()

    def _sheet(self, book: Any, part: str) -> Any:
        for sheet in book.worksheets:
            if sheet.title == part:
                return sheet
        raise SourceFailure("sheet_missing", sheet=part)

    def _names(self, sheet: Any) -> list[str]:
        if self.header_row == 0:
            first = next(self._cells(sheet, 1, 1), ())
            return [f"f{place}" for place in range(len(first))]
        row = next(self._cells(sheet, self.header_row, self.header_row), ())
        names = [" ".join(str(_plain(cell.value) or "").split()) for cell in row]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise SourceFailure("file_empty")
        for place, name in enumerate(names, 1):
            if not name:
                raise SourceFailure("header_empty", place=place)
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise SourceFailure("header_repeated", columns=", ".join(twice[:5]))
        return names

    def _rows(
        self, sheet: Any, width: int, places: Sequence[tuple[int, Selected]]
    ) -> Iterator[list[str | None]]:
        for number, row in enumerate(self._raw_rows(sheet, width), 1):
            yield [_cell(row[place], one, number) for place, one in places]

    def _raw_rows(self, sheet: Any, width: int) -> Iterator[list[Any]]:
        """Values of rows below the header; rows without any value are left out."""
        for row in self._cells(sheet, self.header_row + 1, None):
            values = [
                _Error(str(cell.value)) if cell.data_type == "e" else cell.value
                for cell in row[:width]
            ]
            if any(value not in {None, ""} for value in values):
                yield values + [None] * (width - len(values))

    def _cells(self, sheet: Any, first: int, last: int | None) -> Iterator[tuple[Any, ...]]:
        # What the sheet says of its own size may be missing or wrong.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(min_row=first, max_row=last, max_col=MOST_COLUMNS)
        while True:
            try:
                row = next(rows, None)
            except BROKEN:
                raise SourceFailure("file_damaged") from None
            if row is None:
                return
            yield row

    def _check_cells(self, sheet: Any) -> None:
        """Refuse merged cells and formulas without a value, found in the sheet's bytes."""
        member = str(sheet._worksheet_path).lstrip("/")
        try:
            with (
                opened(self.held) as file,
                zipfile.ZipFile(file) as packed,
                packed.open(member) as stream,
            ):
                window = b""
                while block := stream.read(CHUNK):
                    window = window[-OVERLAP:] + block
                    _check_window(window)
        except BROKEN:
            raise SourceFailure("file_damaged") from None


class _Error(str):
    """What a cell shows whose formula failed, such as #REF!."""

    __slots__ = ()


def _check_window(window: bytes) -> None:
    if DECLARED.search(window):
        raise SourceFailure("file_damaged")
    merged = MERGED.search(window)
    if merged:
        raise SourceFailure("merged_cells", cells=merged.group(1).decode("ascii", "replace"))
    for found in UNSTORED.finditer(window):
        if b't="str"' in found.group(1):
            continue  # a formula whose value is the empty text
        place = PLACE.search(found.group(1))
        raise SourceFailure("formula_unstored", cell=place.group(1).decode() if place else "?")


def _check_directory(packed: zipfile.ZipFile) -> None:
    """Refuse what would burst, before anything is unpacked; the directory's sizes are binding."""
    members = packed.infolist()
    most: int = settings.SOURCE_UNPACKED_MOST_BYTES
    if any(one.flag_bits & 0x1 for one in members):
        raise SourceFailure("file_protected")
    bursts = len(members) > MOST_MEMBERS or any(
        one.file_size > RATIO_MATTERS_FROM
        and one.file_size > MOST_RATIO * max(one.compress_size, 1)
        for one in members
    )
    if bursts or sum(one.file_size for one in members) > most:
        raise SourceFailure("file_bursts", most=most)
    shared: int = settings.SOURCE_SHARED_TEXTS_MOST_BYTES
    if any(one.filename == SHARED and one.file_size > shared for one in members):
        raise SourceFailure("too_many_texts", most=shared)
    names = {one.filename for one in members}
    if "xl/workbook.xml" not in names:
        raise SourceFailure("other_format", declared="xlsx", found="zip")


def _cell(value: Any, one: Selected, number: int) -> str | None:
    item = one.target.label or one.target.name
    if isinstance(value, _Error):
        raise SourceFailure("error_cell", row=number, item=item, value=str(value)[:20])
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and one.target.kind in WORDS and abs(value) >= SURE_DIGITS:
        raise SourceFailure("digits_lost", row=number, item=item)
    is_moment = isinstance(value, datetime.datetime) and value.time() != datetime.time()
    if is_moment and one.target.kind == ItemType.DATE:
        raise SourceFailure("wrong_type", row=number, item=item, type=ItemType.DATE)
    return _plain(value)


def _plain(value: Any) -> str | None:
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < SURE_DIGITS:
            return str(int(value))
        case datetime.datetime():
            midnight = value.time() == datetime.time()
            return value.date().isoformat() if midnight else value.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)
