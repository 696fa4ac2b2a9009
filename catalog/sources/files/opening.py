"""The bytes of a file, unpacked where they are packed, and bounded in what they may become."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.conf import settings

from catalog.sources.failures import SourceFailure

from .glimpse import Glimpse, Held, opened
from .layout import FileFormat

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOM = b"\xef\xbb\xbf"
MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<!--")
START = 1024
# Text packs 1:5 to 1:30; what packs hundredfold was made to burst.
MOST_RATIO = 200
RATIO_MATTERS_FROM = 32 * 1024 * 1024


class Bounded(io.RawIOBase):
    """A stream that is read no further than allowed, and counts on the way.

    `since` is what was read since it was last set to 0: a reader that knows where rows end resets
    it, and a row that never ends is refused before it fills the memory. After `head` bytes the
    stream ends, as if the file did.
    """

    def __init__(
        self,
        inner: IO[bytes] | gzip.GzipFile,
        *,
        most: int,
        row: int,
        count: bytes = b"",
        head: int | None = None,
    ) -> None:
        super().__init__()
        self.head = head
        self.inner = inner
        self.most = most
        self.row = row
        self.total = 0
        self.since = 0
        self.counted = count
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.head is not None:
            left = self.head - self.total
            size = left if size < 0 else min(size, left)
        try:
            block = self.inner.read(size)
        except EOFError:
            raise SourceFailure("file_truncated") from None
        except (gzip.BadGzipFile, zlib.error):
            raise SourceFailure("file_damaged") from None
        self.total += len(block)
        self.since += len(block)
        if self.counted:
            self.count += block.count(self.counted)
        if self.total > self.most:
            raise SourceFailure("file_bursts", most=self.most)
        if self.since > self.row:
            raise SourceFailure("row_too_large", most=settings.SOURCE_ROW_MOST_BYTES)
        return block

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


@contextmanager
def unpacked(
    held: Held, *, row: int | None = None, count: bytes = b"", head: int | None = None
) -> Iterator[Bounded]:
    """The file's bytes as a stream, through gzip where it is packed so.

    `row` is how many bytes may pass without a reset of `since`; None for any number. `head`: read no
    further, and fail at nothing that lies there.
    """
    most: int = settings.SOURCE_UNPACKED_MOST_BYTES
    with opened(held) as file:
        is_packed = file.read(2) == GZIP
        file.seek(0)
        stream: IO[bytes] | gzip.GzipFile = file
        if is_packed:
            stream = gzip.GzipFile(fileobj=file)
            size = held.size if isinstance(held, Glimpse) else held.stat().st_size
            most = min(most, max(size * MOST_RATIO, RATIO_MATTERS_FROM))
        with Bounded(stream, most=most, row=row or most, count=count, head=head) as bounded:
            yield bounded


def check(held: Held, format: str) -> None:
    """Refuse, by its first bytes, a file that is not of the declared format."""
    with unpacked(held) as stream:
        start = stream.read(START)
    if not start.strip():
        raise SourceFailure("file_empty")
    text = start.removeprefix(BOM).lstrip().lower()
    if text.startswith(MARKUP):
        raise SourceFailure("markup_instead")
    if start.startswith(OLE):
        raise SourceFailure("old_workbook")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceFailure("utf16_instead")
    found = _told(start)
    if format == FileFormat.WORKBOOK and found == FileFormat.WORKBOOK:
        return
    if format == FileFormat.PARQUET and found == FileFormat.PARQUET:
        return
    if found or format in {FileFormat.WORKBOOK, FileFormat.PARQUET}:
        raise SourceFailure("other_format", declared=format, found=found or "text")


def _told(start: bytes) -> str:
    if start.startswith(ZIP):
        return FileFormat.WORKBOOK
    if start.startswith(PARQUET):
        return FileFormat.PARQUET
    return ""
