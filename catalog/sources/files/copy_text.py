"""Rows in PostgreSQL's COPY text format: from Arrow's columns at once, or row by row."""

import re
from collections.abc import Generator, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalog.sources.failures import SourceFailure

Block = tuple[bytes, int]

BLOCK_BYTES = 256 * 1024
NULL = "\\N"
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
ESCAPED = str.maketrans(dict(ESCAPES))
DIRTY = re.compile(r"[\\\t\n\r]")


def from_arrow(columns: Sequence[pa.Array]) -> Block:
    """One block of the rows of these columns, all of text. Raises on NUL, which COPY cannot hold."""
    cells = [pc.fill_null(_escaped(column), NULL) for column in columns]
    lines = pc.binary_join_element_wise(*cells, "\t") if len(cells) > 1 else cells[0]
    ended = pc.binary_join_element_wise(lines, "", "\n")
    return _content(ended), len(ended)


def _escaped(column: pa.Array) -> pa.Array:
    content = _content(column)
    if b"\0" in content:
        raise SourceFailure("nul_character")
    for raw, written in ESCAPES:
        if raw.encode() in content:
            column = pc.replace_substring(column, raw, written)
    return column


def _content(column: pa.Array) -> bytes:
    """The characters of all values, one behind the other, as they lie in memory."""
    offsets, content = column.buffers()[1:]
    if content is None or not len(column):
        return b""
    width = 8 if pa.types.is_large_string(column.type) else 4
    first = column.offset * width
    ends = memoryview(offsets)[first : first + (len(column) + 1) * width].cast(
        "q" if width == 8 else "i"
    )
    return bytes(memoryview(content)[ends[0] : ends[-1]])


def from_rows(rows: Iterable[Sequence[str | None]]) -> Generator[Block, None, None]:
    """Blocks of about BLOCK_BYTES. A failure names its row, counted from 1."""
    waiting: list[str] = []
    size = 0
    number = 0
    for row in rows:
        number += 1
        line = "\t".join([NULL if value is None else _clean(value) for value in row])
        if "\0" in line:
            raise SourceFailure("nul_character", row=number)
        waiting.append(line)
        size += len(line)
        if size >= BLOCK_BYTES:
            yield _block(waiting, number)
            waiting = []
            size = 0
    if waiting:
        yield _block(waiting, number)


def _clean(value: str) -> str:
    return value.translate(ESCAPED) if DIRTY.search(value) else value


def _block(lines: list[str], last: int) -> Block:
    lines.append("")
    try:
        return "\n".join(lines).encode(), len(lines) - 1
    except UnicodeEncodeError as error:
        before = error.object.count("\n", 0, error.start)
        raise SourceFailure("half_character", row=last - len(lines) + 2 + before) from None
