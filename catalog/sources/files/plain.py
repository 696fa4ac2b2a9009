"""Blocks of CSV whose rows need not be read one by one, made into COPY text as bytes.

A block is plain when nothing in it has a meaning for COPY, and quotes stand around whole values only and
have neither a quote nor a line end between them: then what is outside of quotes is all there is to CSV.
How many values each row has is proven at once: of a block only delimiters and line ends are left, and what
is left must be one row of them again and again. All of it is a handful of passes in C; `csv` takes ten
times as long.
"""

from collections.abc import Sequence

from .copy_text import Block
from .layout import FileLayout

TAB, END = b"\t", b"\n"


class PlainBlocks:
    """For a file of `width` columns, of which those at `places` are wanted, in that order."""

    def __init__(self, layout: FileLayout, width: int, places: Sequence[int]) -> None:
        self.quote = layout.quote.encode()
        self.delimiter = layout.delimiter.encode()
        self.width = width
        self.places = None if list(places) == list(range(width)) else places
        self.strange = [b"\\", b"\0"] if self.delimiter == TAB else [b"\\", b"\0", TAB]
        self.values = bytes(set(range(256)) - {ord(self.delimiter), ord(END)})
        self.row = self.delimiter * (width - 1) + END

    def copied(self, block: bytes) -> Block | None:
        """The whole lines of a block as COPY text, None when they have to be read one by one."""
        if any(one in block for one in self.strange):
            return None
        if b"\r" in block:
            block = block.replace(b"\r\n", END)
            if b"\r" in block:
                return None
        if not block.endswith(END):
            block += END
        if self.width == 1 and (block.startswith(END) or END + END in block):
            # An empty line is no row.
            return None
        if self.quote and self.quote in block:
            return self._unquoted(block)
        rows = self._rows(block)
        return (self._chosen(block.replace(self.delimiter, TAB)), rows) if rows else None

    def _rows(self, outside: bytes) -> int:
        """How many rows these are, by what is outside of quotes; 0 when one has not so many values."""
        marks = outside.translate(None, self.values)
        rows = len(marks) // self.width
        return rows if marks == self.row * rows else 0

    def _unquoted(self, block: bytes) -> Block | None:
        pieces = block.split(self.quote)
        values = pieces[1::2]
        outside = self.quote.join(pieces[::2])
        within = b"".join(values)
        if (
            len(pieces) % 2 == 0
            or END in within
            or TAB in within
            or not self._are_whole(outside, len(values))
        ):
            return None
        pieces[::2] = outside.replace(self.delimiter, TAB).split(self.quote)
        rows = self._rows(outside)
        return (self._chosen(b"".join(pieces)), rows) if rows else None

    def _are_whole(self, outside: bytes, values: int) -> bool:
        """Whether each quoted value, of which one quote is left here, has nothing beside it."""
        begun = sum(outside.count(before + self.quote) for before in (self.delimiter, END))
        begun += outside.startswith(self.quote)
        ended = sum(outside.count(self.quote + behind) for behind in (self.delimiter, END))
        return begun == ended == values

    def _chosen(self, text: bytes) -> bytes:
        if self.places is None:
            return text
        cells = text.replace(END, TAB).split(TAB)
        columns = [cells[place : -1 : self.width] for place in self.places]
        return b"".join(TAB.join(row) + END for row in zip(*columns, strict=True))
