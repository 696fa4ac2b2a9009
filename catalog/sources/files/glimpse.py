"""A look into a file that stays where it is: only the blocks that are asked for are fetched.

While somebody waits for a page, no file is fetched whole: a CSV file is read from its beginning,
of a workbook or a Parquet file the directory at its end and what it points to. Where more than
`most` bytes would be needed, the look ends.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

BLOCK_BYTES = 512 * 1024


class EndOfGlimpse(Exception):
    """More of the file would have to be fetched than a look may take."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes from `first` on: at least those asked for, as far as the file has them.

    `total` is the size of the file, None when its server does not say.
    """

    first: int
    content: bytes
    total: int | None


# From which byte, and how many.
Piecewise = Callable[[int, int], Piece]


@dataclass(slots=True)
class Glimpse:
    """What a reader opens in place of a file's path."""

    piece: Piecewise
    most: int
    blocks: dict[int, bytes] = field(default_factory=dict)
    total: int | None = None
    fetched: int = 0

    def open(self) -> IO[bytes]:
        return cast("IO[bytes]", io.BufferedReader(_Window(self), buffer_size=64 * 1024))

    @property
    def size(self) -> int:
        """Of the whole file. Raises EndOfGlimpse where that cannot be known."""
        self.block(0)
        if self.total is None:
            raise EndOfGlimpse
        return self.total

    def block(self, number: int) -> bytes:
        """The block of this number, shorter or empty at the end of the file."""
        if number not in self.blocks:
            self._fetch(number)
        return self.blocks.get(number, b"")

    def _fetch(self, number: int) -> None:
        first = number * BLOCK_BYTES
        if self.total is not None and first >= self.total:
            return
        if self.fetched + BLOCK_BYTES > self.most:
            raise EndOfGlimpse
        found = self.piece(first, BLOCK_BYTES)
        self.fetched += len(found.content)
        self.total = found.total
        end = found.first + len(found.content)
        if end < first + BLOCK_BYTES:
            # Shorter than asked for: here the file ends, whatever was said.
            self.total = end
        for at in range(found.first, end, BLOCK_BYTES):
            block = found.content[at - found.first : at - found.first + BLOCK_BYTES]
            if len(block) == BLOCK_BYTES or at + len(block) == self.total:
                self.blocks[at // BLOCK_BYTES] = block


class _Window(io.RawIOBase):
    def __init__(self, glimpse: Glimpse) -> None:
        super().__init__()
        self.glimpse = glimpse
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.place}
        self.place = offset + (self.glimpse.size if whence == io.SEEK_END else start[whence])
        return self.place

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        number, begun = divmod(self.place, BLOCK_BYTES)
        found = self.glimpse.block(number)[begun : begun + len(buffer)]
        buffer[: len(found)] = found
        self.place += len(found)
        return len(found)


Held = Path | Glimpse


def opened(held: Held) -> IO[bytes]:
    return held.open() if isinstance(held, Glimpse) else held.open("rb")


def glimpse_of(file: IO[bytes], *, most: int) -> Glimpse:
    """A look into a file that is open already: nothing of it is copied."""

    def piece(first: int, count: int) -> Piece:
        total = file.seek(0, io.SEEK_END)
        file.seek(first)
        return Piece(first, file.read(count), total)

    return Glimpse(piece, most)
