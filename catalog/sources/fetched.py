"""Sources that are a file somewhere: fetched whole, then read as what it was declared to be.

The file lies on this machine before the first row moves, so that a transfer that breaks off, or a
file that changes under it, has changed nothing. It is fetched when its content is first asked for.
While somebody waits for a page it stays where it is, and a few blocks of it are looked at.
"""

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Self

from django.conf import settings

from .connector import Into, Place, Relation, Selected, SourceColumn
from .failures import SourceFailure
from .files.glimpse import EndOfGlimpse, Glimpse, Piece
from .files.layout import FileFormat, FileLayout, layout_of
from .files.reader import Reader, Sampled
from .files.reading import reader_for

ROWS = "rows"


class FetchedFile(ABC):
    """A subclass says how the file comes: `fetch` writes it, `check` asks for little of it.

    The relation is the sheet of a workbook; every other file has one, called ROWS. `shown` is what
    told the file's version when it was fetched, by name; empty where nothing does.
    """

    is_at_hand = True

    def __init__(self, place: Place) -> None:
        self.place = place
        self.shown: dict[str, str] = {}
        self.folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self.folder = tempfile.TemporaryDirectory(prefix="source-", dir=settings.SOURCE_FETCH_DIR)
        return self

    def __exit__(self, *error: object) -> None:
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None

    @abstractmethod
    def check(self) -> str:
        """What answered, without fetching all of it."""

    @abstractmethod
    def fetch(self, into: IO[bytes]) -> None:
        """Write the whole file."""

    @abstractmethod
    def piece(self, first: int, count: int) -> Piece:
        """So many bytes from `first` on, for a look. Raises EndOfGlimpse where that cannot be had."""

    @property
    def layout(self) -> FileLayout:
        return layout_of(self.place.settings)

    @cached_property
    def reader(self) -> Reader:
        if self.place.looks:
            return reader_for(Glimpse(self.piece, settings.SOURCE_LOOK_MOST_BYTES), self.layout)
        if self.folder is None:
            raise RuntimeError("the connector is used outside its `with`")
        path = Path(self.folder.name) / "file"
        try:
            with path.open("wb") as into:
                self.fetch(into)
        except OSError as error:
            raise SourceFailure("no_room", error=os.strerror(error.errno or 0)) from None
        return reader_for(path, self.layout)

    @property
    def null(self) -> str:
        return self.reader.null

    def relations(self) -> list[Relation]:
        with _bounded():
            reader = self.reader
            return [Relation(part or ROWS, "", reader.estimate(part)) for part in reader.parts()]

    def relation(self, name: str) -> Relation:
        for one in self.relations():
            if one.name == name:
                return one
        raise SourceFailure("sheet_missing", sheet=name)

    def columns(self, relation: str) -> list[SourceColumn]:
        with _bounded():
            return self.reader.columns(self._part(relation))

    def sample(self, relation: str) -> Sampled:
        """The first rows, for a proposal to the steward."""
        with _bounded():
            return self.reader.sample(self._part(relation))

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        rows = 0
        # An error of `into` is not the file's: it must not pass through the reader.
        with closing(self.reader.blocks(self._part(relation), selected)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

    def _part(self, relation: str) -> str:
        self.relation(relation)
        return relation if self.layout.format == FileFormat.WORKBOOK else ""


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        yield
    except EndOfGlimpse:
        raise SourceFailure("look_ended", most=settings.SOURCE_LOOK_MOST_BYTES) from None


def keep(blocks: Iterable[bytes], into: IO[bytes]) -> None:
    """Write what comes, up to the size that a file from a source may have."""
    most: int = settings.SOURCE_FILE_MOST_BYTES
    size = 0
    for block in blocks:
        size += len(block)
        if size > most:
            raise SourceFailure("file_too_large", most=most)
        into.write(block)


def shown_size(headers: Mapping[str, str]) -> str:
    size = headers.get("Content-Length", "")
    return f"{int(size):,} B" if size.isdigit() else ""
