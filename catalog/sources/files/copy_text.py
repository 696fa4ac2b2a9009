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


def from_texts(rows: Iterable[Sequence[str]]) -> Generator[Block, None, None]:
    """As `from_rows`, of rows in which an empty text is NULL: whole blocks are looked through at once."""
    waiting: list[Sequence[str]] = []
    lines: list[str] = []
    size = 0
    number = 0
    for row in rows:
        line = "\t".join(row)
        waiting.append(row)
        lines.append(line)
        size += len(line)
        if size >= BLOCK_BYTES:
            number += len(lines)
            yield _block_of(lines, waiting, number)
            waiting, lines, size = [], [], 0
    if lines:
        yield _block_of(lines, waiting, number + len(lines))


def _block_of(lines: list[str], rows: Sequence[Sequence[str]], last: int) -> Block:
    text = "\n".join(lines)
    if "\0" in text:
        nul = next(place for place, line in enumerate(lines, 1) if "\0" in line)
        raise SourceFailure("nul_character", row=last - len(lines) + nul)
    between = text.count("\t"), text.count("\n")
    if between != (len(rows) * (len(rows[0]) - 1), len(rows) - 1) or "\\" in text or "\r" in text:
        lines = ["\t".join([_clean(value) for value in row]) for row in rows]
        text = "\n".join(lines)
    text = f"\n{text}\n"
    # Twice what can follow on itself: of three in a row the middle one is of two gaps.
    for gap in ("\t\t", "\t\t", "\t\n", "\n\t", "\n\n", "\n\n"):
        if gap in text:
            text = text.replace(gap, gap[0] + NULL + gap[1])
    return text[1:].encode(), len(rows)


def _clean(value: str) -> str:
    return value.translate(ESCAPED) if DIRTY.search(value) else value


def _block(lines: list[str], last: int) -> Block:
    lines.append("")
    try:
        return "\n".join(lines).encode(), len(lines) - 1
    except UnicodeEncodeError as error:
        before = error.object.count("\n", 0, error.start)
        raise SourceFailure("half_character", row=last - len(lines) + 2 + before) from None
