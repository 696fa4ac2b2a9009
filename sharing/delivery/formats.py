"""How rows leave in bulk: CSV and JSON lines by COPY, Arrow and Parquet by ADBC.

Each format is a generator of bytes whose first piece is empty and says that the query runs. Bytes
depend on the rows, on what was asked, and on the agreement's mark alone. How a broken stream is told
from a whole one is part of each format: `broken` is what no reader of the format takes for an end.
"""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.columns import Column
from catalog.store.export import copy_csv, copy_json_lines, ordered
from portal.common.errors import Invalid
from sharing import marks, outlet
from sharing.models import Agreement, PullKind
from sharing.values import TEXTS

from . import arrow
from .asking import Asked, Parameters, flag, one_of
from .changes import cursor_of
from .copying import copied
from .reader import reading

BOM = b"\xef\xbb\xbf"
ENCODINGS = {"utf-8": "UTF8", "gb18030": "GB18030"}
CHARSETS = {"utf-8": "utf-8", "gb18030": "gb18030"}
# What a spreadsheet takes for the beginning of a formula, in full width too.
FORMULA = "^[=+@\t\r＝＋－＠-]"
Pieces = Generator[bytes, None, None]


@dataclass(frozen=True, slots=True)
class Options:
    """Of CSV alone: its encoding, a byte order mark, cells that a spreadsheet would calculate escaped."""

    encoding: str = "utf-8"
    bom: bool = False
    excel: bool = False

    def document(self) -> dict[str, Any]:
        return {"encoding": self.encoding, "bom": self.bom, "excel": self.excel}


@dataclass(slots=True)
class Work:
    """One export while it runs; `rows` are those that have left.

    `cursor` is where the changes of its snapshot go on, once the query of a COPY runs.
    """

    agreement: Agreement
    asked: Asked
    options: Options
    rows: int = 0
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    kind: PullKind
    extension: str
    content_type: str
    pieces: Callable[[Work], Pieces]
    broken: Callable[[str], bytes]
    parameters: frozenset[str] = frozenset()

    def options(self, given: Parameters) -> Options:
        """Raises Invalid."""
        if not self.parameters:
            return Options()
        encoding = one_of(given, "encoding", tuple(ENCODINGS))
        excel = flag(given, "excel")
        bom = flag(given, "bom")
        if bom and encoding != "utf-8":
            words = _("A byte order mark is for UTF-8 alone.")
            raise Invalid(_("The call has errors."), fields={"bom": [words]})
        return Options(encoding, bom or (excel and encoding == "utf-8"), excel)

    def type_of(self, options: Options) -> str:
        if self.parameters:
            return f"{self.content_type}; charset={CHARSETS[options.encoding]}"
        return self.content_type


def _csv(work: Work) -> Pieces:
    asked, options = work.asked, work.options
    cells = [_cell(column, is_escaped=options.excel) for column in asked.chosen]
    statement = copy_csv(
        _rows(work, cells),
        encoding=ENCODINGS[options.encoding],
        quoted=marks.quoted(work.agreement, asked.chosen),
    )
    return _by_copy(work, statement, first=BOM if options.bom else b"", header=1)


def _json_lines(work: Work) -> Pieces:
    cells = [column.identifier for column in work.asked.chosen]
    statement = copy_json_lines(_rows(work, cells), lambda line: marks.spaced(work.agreement, line))
    return _by_copy(work, statement, first=b"", header=0)


def _by_copy(work: Work, statement: sql.Composed, *, first: bytes, header: int) -> Pieces:
    # Rows and cursor of one moment: all that changes later is told after the cursor.
    with reading(work.agreement, is_snapshot=True) as connection:
        is_whole = False
        work.cursor = cursor_of(connection.cursor(), work.agreement)
        blocks = copied(connection, statement)
        try:
            next(blocks)
            yield b""
            if first:
                yield first
            for piece, rows in blocks:
                work.rows += rows - header
                header = 0
                yield piece
            is_whole = True
        finally:
            if not is_whole:
                # Else the rest of the table would be read, to be thrown away.
                connection.close()


def _arrow(work: Work) -> Pieces:
    return arrow.stream(work.agreement, work.asked.chosen, _typed_rows(work), work)


def _parquet(work: Work) -> Pieces:
    return arrow.parquet(work.agreement, work.asked.chosen, _typed_rows(work), work)


def _typed_rows(work: Work) -> sql.Composed:
    return _rows(work, [column.identifier for column in work.asked.chosen])


def _rows(work: Work, cells: list[Any]) -> sql.Composed:
    asked = work.asked
    view = work.agreement.view_name
    return ordered(outlet.SCHEMA, view, cells, asked.key, asked.condition)


def _cell(column: Column, *, is_escaped: bool) -> sql.Composable:
    if not is_escaped or column.kind not in TEXTS:
        return column.identifier
    return sql.SQL("CASE WHEN {0} ~ {1} THEN '''' || {0} ELSE {0} END AS {0}").format(
        column.identifier, sql.Literal(FORMULA)
    )


CSV = Format(
    PullKind.CSV,
    "csv",
    "text/csv",
    _csv,
    # A quoted field that is never closed.
    lambda words: f'"INCOMPLETE. {words}'.encode(),
    frozenset({"encoding", "bom", "excel"}),
)
JSON_LINES = Format(
    PullKind.JSONL,
    "jsonl",
    "application/jsonl",
    _json_lines,
    # An object that is never closed.
    lambda words: f'{{"INCOMPLETE": {json.dumps(words, ensure_ascii=False)}'.encode(),
)
# Readers of an Arrow stream take a missing end for an end: a message announced and never sent is not.
ARROW = Format(
    PullKind.ARROW,
    "arrow",
    "application/vnd.apache.arrow.stream",
    _arrow,
    lambda words: b"\xff\xff\xff\xff\x00\x00\x10\x00" + f"INCOMPLETE. {words}".encode(),
)
# A Parquet file without its footer is none.
PARQUET = Format(
    PullKind.PARQUET,
    "parquet",
    "application/vnd.apache.parquet",
    _parquet,
    lambda words: f"INCOMPLETE. {words}".encode(),
)
FORMATS = {one.extension: one for one in (CSV, JSON_LINES, PARQUET, ARROW)}
