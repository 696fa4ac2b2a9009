"""Files in storage given under an agreement: whole, a range, or the rest of one that broke off."""

import base64
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.utils.translation import gettext as _

from portal.common.errors import DomainError
from sharing.models import PullResult

from .exports import BrokenOffError
from .pulls import Call, just_ended

# Of a file on disk: while one piece is on its way the next is read, which pieces of a megabyte hinder.
CHUNK = 128 * 1024
CHUNK_OF_BUCKET = 1024 * 1024
ASKED_EVERY = 0.5  # seconds between looks at the agreement, so that its end cuts a download
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class RangeError(DomainError):
    """The range lies outside of the file; `size` is what there is."""

    code = "range_not_satisfiable"
    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(_("The file has %(size)s bytes.") % {"size": size})
        self.size = size


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it lies in `storage` under `place`, and what is said of it to who takes it.

    `rows` are those that the whole of it stands for, 0 for what has none; `is_given` is asked while it
    is read, and False cuts the download.
    """

    storage: Storage
    place: str
    bytes: int
    rows: int
    sha256: str
    content_type: str
    filename: str
    is_given: Callable[[], bool]

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    @property
    def digest(self) -> str:
        """For `Repr-Digest` (RFC 9530): of the whole file, also in answers of a part."""
        return f"sha-256=:{base64.b64encode(bytes.fromhex(self.sha256)).decode()}:"

    def share(self, length: int) -> int:
        """Rows that so many bytes stand for, rounded up."""
        return -(-self.rows * length // self.bytes) if self.bytes else self.rows


@dataclass(frozen=True, slots=True)
class Part:
    """Which bytes of a file are given: `length` from `first` on."""

    first: int
    length: int
    size: int

    @property
    def is_whole(self) -> bool:
        return self.length == self.size

    @property
    def header(self) -> str:
        return f"bytes {self.first}-{self.first + self.length - 1}/{self.size}"


class FileStream:
    """The bytes of a kept file, for StreamingHttpResponse, noted as a pull when they end.

    A range counts as its share of the rows. Whether it is given still is asked twice a second.
    """

    def __init__(self, call: Call, file: KeptFile, part: Part) -> None:
        self.call, self.file, self.part = call, file, part
        self._body = _read(file.storage, file.place, part)
        call.streams()

    def __iter__(self) -> Iterator[bytes]:
        call = self.call
        looked = time.monotonic()
        for piece in self._body:
            if time.monotonic() - looked >= ASKED_EVERY:
                looked = time.monotonic()
                if not self.file.is_given():
                    reason = str(just_ended(call).message)
                    call.note(PullResult.BROKEN, reason=reason)
                    # Fewer bytes than the answer's length: no client takes that for a whole file.
                    raise BrokenOffError(reason)
            size = call.bytes + len(piece)
            call.going(rows=self.file.share(size), bytes=size)
            yield piece
        if self.part.is_whole:
            call.sha256 = self.file.sha256
        status = 200 if self.part.is_whole else 206
        call.note(PullResult.OK, status=status)

    def close(self) -> None:
        self.call.note(PullResult.BROKEN, reason=_("The caller hung up."))


def part_of(file: KeptFile, range: str, if_range: str) -> Part:
    """One range of RFC 9110; whatever else the header says means the whole, as it may.

    `if_range` other than the file's ETag asks for the whole: the part is of another file.
    """
    size = file.bytes
    matched = RANGE.fullmatch(range.strip()) if not if_range or if_range == file.etag else None
    if matched is None or matched.groups() == ("", ""):
        return Part(0, size, size)
    first, last = matched.groups()
    if first and last and int(first) > int(last):
        return Part(0, size, size)
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if start > end:
        raise RangeError(size)
    return Part(start, end - start + 1, size)


def _read(kept: Storage, name: str, part: Part) -> Iterator[bytes]:
    if part.length == 0:
        return iter(())
    if isinstance(kept, FileSystemStorage):
        return _read_file(kept, name, part)
    return _read_s3(kept, name, part)


def _read_file(kept: Storage, name: str, part: Part) -> Iterator[bytes]:
    left = part.length
    with kept.open(name, "rb") as file:
        file.seek(part.first)
        while left and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
    if left:
        raise BrokenOffError(name)


def _read_s3(kept: Any, name: str, part: Part) -> Iterator[bytes]:
    """Only the part: the storage's own file would fetch the whole first."""
    # Boto is loaded where a bucket is in use.
    from storages.utils import clean_name

    key = kept._normalize_name(clean_name(name))
    last = part.first + part.length - 1
    answer = kept.bucket.Object(key).get(Range=f"bytes={part.first}-{last}")
    with closing(answer["Body"]) as body:
        yield from body.iter_chunks(CHUNK_OF_BUCKET)
