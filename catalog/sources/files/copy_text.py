"""Rows in PostgreSQL's COPY text format, row by row."""

import re
from collections.abc import Generator, Iterable, Sequence

from catalog.sources.failures import SourceFailure

Block = tuple[bytes, int]

BLOCK_BYTES = 256 * 1024
NULL = "\\N"
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
ESCAPED = str.maketrans(dict(ESCAPES))
DIRTY = re.compile(r"[\\\t\n\r]")


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
