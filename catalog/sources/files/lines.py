"""The lines of a text file: in blocks of whole ones, or one by one for a reader that asks."""

import io
from collections import deque
from typing import IO, Self

from catalog.sources.failures import SourceFailure

from .opening import BOM, Bounded

BLOCK_BYTES = 256 * 1024
BUFFER_BYTES = 64 * 1024


class Lines:
    """No byte of a line end is part of another character, in any encoding that a layout may declare.

    Raises UnicodeDecodeError, and SourceFailure for a line or a row of more than `most`.

    A row may be many lines: `at_row_end` says that one has ended. With `is_cut` the file goes on
    behind the last line.
    """

    def __init__(
        self, stream: Bounded, content: IO[bytes], encoding: str, most: int, *, is_cut: bool
    ) -> None:
        self.stream = stream
        self.most = most
        self.is_cut = is_cut
        self.content = content
        self.encoding = encoding
        self.is_begun = False
        self.rest = b""
        self.waiting: deque[str] = deque()
        self.of_row: list[str] = []

    def block(self) -> bytes:
        """The next whole lines in UTF-8, b"" when there are none; those that wait come first."""
        if self.waiting:
            waiting = "".join(self.waiting)
            self.waiting.clear()
            return waiting.encode()
        block = self._read()
        if self.encoding != "utf-8":
            return block.decode(self.encoding).encode()
        if not self.is_begun:
            self.is_begun = True
            block = block.removeprefix(BOM)
        if not block.isascii():
            block.decode()
        return block

    def _read(self) -> bytes:
        while True:
            read = self.content.read(BLOCK_BYTES)
            whole = self.rest + read
            # A carriage return at the very end may be half of a line end.
            end = max(whole.rfind(b"\n"), whole.rfind(b"\r", 0, len(whole) - 1)) + 1
            if not read:
                end = len(whole)
            if end or not read:
                self.rest = whole[end:]
                return whole[:end]
            if len(whole) > self.most:
                raise SourceFailure("row_too_large", most=self.most)
            self.rest = whole

    def put_back(self, text: str) -> None:
        """Lines that come again before all others."""
        self.waiting.extendleft(reversed(list(io.StringIO(text, newline=""))))

    def at_row_end(self) -> None:
        self.of_row.clear()
        self.stream.since = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if not self.waiting:
            self.put_back(self.block().decode())
        if not self.waiting:
            raise StopIteration
        line = self.waiting.popleft()
        self.of_row.append(line)
        return line


def head_of(stream: Bounded, most: int) -> tuple[IO[bytes], bool]:
    """The beginning of the file, in whole lines, and whether there is more of it."""
    content = b"".join(iter(lambda: stream.read(BUFFER_BYTES), b""))
    if len(content) < 2 * most:
        return io.BytesIO(content), False
    end = content.rfind(b"\n") + 1
    if not end:
        raise SourceFailure("row_too_large", most=most)
    return io.BytesIO(content[:end]), True
