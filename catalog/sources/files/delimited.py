"""CSV and TSV: one row is in memory at a time, and a block of those that were read."""

import csv
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, pairwise
from operator import itemgetter
from typing import IO

from django.conf import settings

from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure

from .copy_text import Block, from_texts
from .glimpse import Glimpse, Held
from .layout import FileLayout
from .opening import Bounded, unpacked
from .reader import SAMPLE_ROWS, Sampled, text_column
from .scanning import first_bad_line

BUFFER_BYTES = 64 * 1024
Row = Sequence[str]


class Delimited:
    """An empty field is an empty value, quoted or not: a file cannot tell the two apart reliably."""

    def __init__(self, held: Held, layout: FileLayout) -> None:
        self.held = held
        self.layout = layout

    def parts(self) -> list[str]:
        return [""]

    def estimate(self, part: str) -> int | None:
        return None

    def columns(self, part: str) -> list[SourceColumn]:
        with self._opened() as (names, _rows):
            return [text_column(name) for name in names]

    def sample(self, part: str) -> Sampled:
        with self._opened() as (names, rows):
            return [
                {name: value or None for name, value in zip(names, row, strict=True)}
                for row in islice(rows, SAMPLE_ROWS)
            ]

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        with self._opened(to_end=True) as (names, rows):
            chosen = _chooser([names.index(one.column.name) for one in selected])
            yield from from_texts(map(chosen, rows))

    @contextmanager
    def _opened(self, *, to_end: bool = False) -> Iterator[tuple[list[str], Iterator[Row]]]:
        """The names of the columns, and rows of as many fields.

        `to_end`: the caller reads all of them, and wants to know whether a quote was left open,
        for the rest of the file is taken for its value.
        """
        layout = self.layout
        most: int = settings.SOURCE_ROW_MOST_BYTES
        is_look = isinstance(self.held, Glimpse)
        # Of the whole process, so never less than somebody else needs; what a row may be is held below.
        csv.field_size_limit(max(csv.field_size_limit(), most))
        try:
            with unpacked(
                self.held,
                row=None if is_look else most + 2 * BUFFER_BYTES,
                count=layout.quote.encode(),
                head=2 * most if is_look else None,
            ) as stream:
                if is_look:
                    content, is_cut = _head(stream, most)
                    yield self._read(stream, content, is_cut=is_cut)
                else:
                    yield self._read(stream, io.BufferedReader(stream, BUFFER_BYTES))
                if to_end and stream.count % 2:
                    raise SourceFailure("quote_open", quote=layout.quote)
        except UnicodeDecodeError:
            raise self._bad_bytes() from None
        except csv.Error:
            # The one error that a file can bring about here: a field beyond the limit.
            raise SourceFailure("row_too_large", most=most) from None

    def _read(
        self, stream: Bounded, content: IO[bytes], *, is_cut: bool = False
    ) -> tuple[list[str], Iterator[Row]]:
        layout = self.layout
        text = io.TextIOWrapper(
            content,
            encoding="utf-8-sig" if layout.encoding == "utf-8" else layout.encoding,
            newline="",
        )
        for _line in range(layout.header_row - 1):
            text.readline()
        reader = csv.reader(
            text,
            delimiter=layout.delimiter,
            quotechar=layout.quote or None,
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        )
        rows: Iterator[Row] = filter(None, reader)
        first = next(rows, None)
        if first is None:
            raise SourceFailure("file_empty")
        if layout.header_row:
            names = list(first)
            _check_header(names)
        else:
            names = [f"f{place}" for place in range(len(first))]
            rows = chain([first], rows)
        if is_cut:
            # The last row may be cut in two.
            rows = (row for row, _next in pairwise(rows))
        return names, _checked(rows, len(names), stream)

    def _bad_bytes(self) -> SourceFailure:
        row = first_bad_line(self.held, self.layout.encoding) - self.layout.header_row
        return SourceFailure("bad_bytes", row=row, encoding=self.layout.encoding)


def _head(stream: Bounded, most: int) -> tuple[IO[bytes], bool]:
    """The beginning of the file, in whole lines, and whether there is more of it."""
    content = b"".join(iter(lambda: stream.read(BUFFER_BYTES), b""))
    if len(content) < 2 * most:
        return io.BytesIO(content), False
    end = content.rfind(b"\n") + 1
    if not end:
        raise SourceFailure("row_too_large", most=most)
    return io.BytesIO(content[:end]), True


def _checked(rows: Iterator[Row], width: int, stream: Bounded) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        stream.since = 0
        if len(row) != width:
            raise SourceFailure("field_count", row=number, expected=width, found=len(row))
        yield row


def _chooser(places: Sequence[int]) -> Callable[[Row], Row]:
    if len(places) > 1:
        return itemgetter(*places)
    (place,) = places
    return lambda row: (row[place],)


def _check_header(names: Sequence[str]) -> None:
    for place, name in enumerate(names, 1):
        if not name.strip():
            raise SourceFailure("header_empty", place=place)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise SourceFailure("header_repeated", columns=", ".join(twice[:5]))
