"""CSV and TSV, in blocks of whole lines: plain ones at once, any other through `csv` row by row."""

import csv
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from operator import itemgetter

from django.conf import settings

from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure

from .copy_text import Block, from_texts
from .glimpse import Glimpse, Held
from .layout import FileLayout
from .lines import BUFFER_BYTES, Lines, head_of
from .opening import unpacked
from .plain import PlainBlocks
from .reader import SAMPLE_ROWS, Sampled, text_column
from .scanning import first_bad_line

Row = Sequence[str]


class Delimited:
    """An empty field is an empty value, quoted or not: a file cannot tell the two apart reliably."""

    null = ""

    def __init__(self, held: Held, layout: FileLayout) -> None:
        self.held = held
        self.layout = layout

    def parts(self) -> list[str]:
        return [""]

    def estimate(self, part: str) -> int | None:
        return None

    def columns(self, part: str) -> list[SourceColumn]:
        with self._opened() as (names, _lines):
            return [text_column(name) for name in names]

    def sample(self, part: str) -> Sampled:
        with self._opened() as (names, lines):
            return [
                {name: value or None for name, value in zip(names, row, strict=True)}
                for row in islice(self._rows(lines, len(names)), SAMPLE_ROWS)
            ]

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        with self._opened(to_end=True) as (names, lines):
            places = [names.index(one.column.name) for one in selected]
            chosen = _chooser(places)
            plain = PlainBlocks(self.layout, len(names), places)
            before = 0
            while block := lines.block():
                copied = plain.copied(block)
                if copied is not None:
                    lines.at_row_end()
                    yield copied
                    before += copied[1]
                    continue
                lines.put_back(block.decode())
                rows = self._rows(lines, len(names), before=before, only_waiting=True)
                for text, count in from_texts(map(chosen, rows), before=before):
                    yield text, count
                    before += count

    def _rows(
        self, lines: Lines, width: int, *, before: int = 0, only_waiting: bool = False
    ) -> Iterator[Row]:
        """Rows by `csv`; `only_waiting`: none that begins behind the lines that wait."""
        number = before
        reader = self._reader(lines)
        if lines.is_cut:
            # The last row may be cut in two.
            reader = (row for row, _next in pairwise(reader))
        while (lines.waiting or not only_waiting) and (row := next(reader, None)) is not None:
            lines.at_row_end()
            if not row:
                continue
            number += 1
            if len(row) != width:
                raise SourceFailure("field_count", row=number, expected=width, found=len(row))
            yield row

    def _reader(self, lines: Lines) -> Iterator[Row]:
        layout = self.layout
        return csv.reader(
            lines,
            delimiter=layout.delimiter,
            quotechar=layout.quote or None,
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        )

    @contextmanager
    def _opened(self, *, to_end: bool = False) -> Iterator[tuple[list[str], Lines]]:
        """The names of the columns, and the lines behind them.

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
                row=None if is_look else most + 8 * BUFFER_BYTES,
                count=layout.quote.encode(),
                head=2 * most if is_look else None,
            ) as stream:
                content, is_cut = (
                    head_of(stream, most)
                    if is_look
                    else (io.BufferedReader(stream, BUFFER_BYTES), False)
                )
                lines = Lines(stream, content, layout.encoding, most, is_cut=is_cut)
                yield self._names(lines), lines
                if to_end and stream.count % 2:
                    raise SourceFailure("quote_open", quote=layout.quote)
        except UnicodeDecodeError:
            raise self._bad_bytes() from None
        except csv.Error:
            # The one error that a file can bring about here: a field beyond the limit.
            raise SourceFailure("row_too_large", most=most) from None

    def _names(self, lines: Lines) -> list[str]:
        for _line in range(self.layout.header_row - 1):
            next(lines, None)
        lines.at_row_end()
        first = next(filter(None, self._reader(lines)), None)
        if first is None:
            raise SourceFailure("file_empty")
        if self.layout.header_row:
            names = list(first)
            _check_header(names)
        else:
            names = [f"f{place}" for place in range(len(first))]
            lines.put_back("".join(lines.of_row))
        lines.at_row_end()
        return names

    def _bad_bytes(self) -> SourceFailure:
        row = first_bad_line(self.held, self.layout.encoding) - self.layout.header_row
        return SourceFailure("bad_bytes", row=row, encoding=self.layout.encoding)


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
