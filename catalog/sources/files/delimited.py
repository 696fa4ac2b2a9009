"""CSV and TSV, read by Arrow and written as COPY text without a Python object per value."""

import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
from django.conf import settings

from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure

from .arrow_text import from_arrow
from .copy_text import Block
from .glimpse import Glimpse, Held
from .layout import FileLayout
from .opening import unpacked
from .reader import SAMPLE_ROWS, Sampled, text_column
from .scanning import first_bad_line, first_nul_line


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
        with self._opened(None) as batches:
            names = batches.schema.names
        _check_header(names)
        return [text_column(name) for name in names]

    def sample(self, part: str) -> Sampled:
        names = [column.name for column in self.columns(part)]
        with self._opened(names) as batches:
            for batch in batches:
                found: Sampled = batch.slice(0, SAMPLE_ROWS).to_pylist()
                return found
        return []

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        names = [one.column.name for one in selected]
        with self._opened(names, to_end=True) as batches:
            for batch in batches:
                # A column may fill two items; Arrow hands each of them once.
                yield from_arrow([batch.column(name) for name in names])

    @contextmanager
    def _opened(self, wanted: Sequence[str] | None, *, to_end: bool = False) -> Iterator[Any]:
        """Batches of the wanted columns as text; None wanted, to look at the header alone.

        `to_end`: the caller reads all of them, and wants to know whether a quote was left open,
        for Arrow takes the rest of the file for its value.
        """
        layout = self.layout
        invalid: list[Any] = []

        def refuse(row: Any) -> str:
            invalid.append(row)
            return "error"

        row_most: int = settings.SOURCE_ROW_MOST_BYTES
        try:
            # Arrow reads far ahead of what is asked for, and in threads of its own: for a look the
            # file ends after the first batch and the one in which a row may be cut, both read here.
            head = 2 * row_most if isinstance(self.held, Glimpse) else None
            with unpacked(self.held, count=layout.quote.encode(), head=head) as stream:
                batches = arrow_csv.open_csv(
                    pa.PythonFile(stream, "r") if head is None else io.BytesIO(stream.read(head)),
                    read_options=arrow_csv.ReadOptions(
                        use_threads=False,
                        block_size=row_most,
                        encoding=layout.encoding,
                        skip_rows=max(layout.header_row - 1, 0),
                        autogenerate_column_names=layout.header_row == 0,
                    ),
                    parse_options=arrow_csv.ParseOptions(
                        delimiter=layout.delimiter,
                        quote_char=layout.quote or False,
                        newlines_in_values=bool(layout.quote),
                        invalid_row_handler=refuse,
                    ),
                    convert_options=arrow_csv.ConvertOptions(
                        column_types=None if wanted is None else dict.fromkeys(wanted, pa.string()),
                        include_columns=None if wanted is None else list(dict.fromkeys(wanted)),
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=True,
                        null_values=[""],
                    ),
                )
                yield batches
                if to_end and stream.count % 2:
                    raise SourceFailure("quote_open", quote=layout.quote)
        except UnicodeDecodeError:
            raise self._bad_bytes() from None
        except SourceFailure as failure:
            if failure.code == "nul_character":
                row = first_nul_line(self.held) - layout.header_row
                raise SourceFailure("nul_character", row=row) from None
            raise
        except pa.ArrowInvalid as error:
            raise self._explained(error, invalid) from None

    def _explained(self, error: pa.ArrowInvalid, invalid: list[Any]) -> SourceFailure:
        # Arrow has no codes; these few words are stable in its parser, and the rest is told as such.
        words = str(error)
        if invalid:
            (row,) = invalid[-1:]
            return SourceFailure(
                "field_count",
                row=(row.number or 0) - self.layout.header_row,
                expected=row.expected_columns,
                found=row.actual_columns,
            )
        if "straddl" in words or "block size" in words:
            return SourceFailure("row_too_large", most=settings.SOURCE_ROW_MOST_BYTES)
        if "UTF8" in words or "UTF-8" in words:
            return self._bad_bytes()
        if "Empty CSV" in words or "header" in words.lower():
            return SourceFailure("file_empty")
        return SourceFailure("file_damaged")

    def _bad_bytes(self) -> SourceFailure:
        row = first_bad_line(self.held, self.layout.encoding) - self.layout.header_row
        return SourceFailure("bad_bytes", row=row, encoding=self.layout.encoding)


def _check_header(names: Sequence[str]) -> None:
    for place, name in enumerate(names, 1):
        if not name.strip():
            raise SourceFailure("header_empty", place=place)
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise SourceFailure("header_repeated", columns=", ".join(twice[:5]))
