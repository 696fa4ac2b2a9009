"""Rows in PostgreSQL's COPY text format, row by row."""

import re
from collections.abc import Generator, Iterable, Sequence

from catalog.sources.failures import SourceFailure
from catalog.store.trust import NULL

Block = tuple[bytes, int]

BLOCK_BYTES = 256 * 1024
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


def from_texts(rows: Iterable[Sequence[str]], *, before: int = 0) -> Generator[Block, None, None]:
    """As `from_rows`, of rows without NULL; `before` counts rows given earlier.

    What has to be escaped is looked for in whole blocks.
    """
    waiting: list[Sequence[str]] = []
    lines: list[str] = []
    size = 0
    number = before
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
    width = len(rows[0])
    if "\\" in text or not _is_plain(text, len(rows) * (width - 1), len(rows) - 1):
        text = "\n".join(
            line
            if "\\" not in line and _is_plain(line, width - 1, 0)
            else "\t".join([_clean(value) for value in row])
            for line, row in zip(lines, rows, strict=True)
        )
    return f"{text}\n".encode(), len(rows)


def _is_plain(text: str, tabs: int, ends: int) -> bool:
    return text.count("\t") == tabs and text.count("\n") == ends and "\r" not in text


def _clean(value: str) -> str:
    return value.translate(ESCAPED) if DIRTY.search(value) else value


def _block(lines: list[str], last: int) -> Block:
    lines.append("")
    try:
        return "\n".join(lines).encode(), len(lines) - 1
    except UnicodeEncodeError as error:
        before = error.object.count("\n", 0, error.start)
        raise SourceFailure("half_character", row=last - len(lines) + 2 + before) from None
