"""Rows in PostgreSQL's COPY text format, from Arrow's columns at once."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalog.sources.failures import SourceFailure
from catalog.store.trust import NULL

from .copy_text import ESCAPES, Block


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
