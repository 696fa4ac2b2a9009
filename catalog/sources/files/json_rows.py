"""JSON documents and JSON Lines: a row is an object, its columns are its members.

Objects in an object are columns with a dotted name (`address.city`); an array is no value of a row.
Numbers are kept as they are written, so that none is rounded on the way.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NoReturn

import ijson
from django.conf import settings

from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.store.trust import NULL

from .copy_text import Block, from_rows
from .glimpse import EndOfGlimpse, Held
from .layout import FileLayout
from .opening import BOM, Bounded, unpacked
from .reader import SAMPLE_ROWS, Sampled, text_column

COLUMN_ROWS = 10_000
READ_BYTES = 64 * 1024
DEEPEST = 8


class JsonRows(ABC):
    """What document and lines have in common; a subclass says where the next row comes from.

    Columns are those of the first COLUMN_ROWS rows: members that are empty are often left out, so
    one row says little.
    """

    null = NULL

    def __init__(self, held: Held, layout: FileLayout) -> None:
        self.held = held
        self.layout = layout

    def parts(self) -> list[str]:
        return [""]

    def estimate(self, part: str) -> int | None:
        return None

    def columns(self, part: str) -> list[SourceColumn]:
        names: dict[str, None] = {}
        for row in self._first(COLUMN_ROWS):
            names.update(dict.fromkeys(flattened(row)))
        return [text_column(name) for name in names]

    def sample(self, part: str) -> Sampled:
        return [
            {name: _text(value) for name, value in flattened(row).items()}
            for row in self._first(SAMPLE_ROWS)
        ]

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        return from_rows(cells(self._rows(), [one.column.name for one in selected]))

    def _first(self, most: int) -> Iterator[dict[str, Any]]:
        rows = self._rows()
        any_came = False
        try:
            for _number, row in zip(range(most), rows, strict=False):
                yield row
                any_came = True
        except EndOfGlimpse:
            # As many as a look may see.
            if not any_came:
                raise
        finally:
            rows.close()

    @abstractmethod
    def _rows(self) -> Generator[dict[str, Any], None, None]:
        """The objects of the file, one after another; SourceFailure where one is none."""


class JsonDocument(JsonRows):
    def _rows(self) -> Generator[dict[str, Any], None, None]:
        number = 0
        prefix = f"{self.layout.rows_path}.item" if self.layout.rows_path else "item"
        try:
            with unpacked(self.held, row=_row_most()) as stream:
                for row in ijson.items(_Text(stream), prefix, buf_size=READ_BYTES):
                    number += 1
                    stream.since = 0
                    yield _object(row, number)
        except ijson.IncompleteJSONError as error:
            code = "file_truncated" if _is_end(error) else "json_wrong"
            raise SourceFailure(code, row=number + 1) from None
        except (ijson.JSONError, ValueError):
            raise SourceFailure("json_wrong", row=number + 1) from None
        if not number:
            self._check_path()

    def _check_path(self) -> None:
        """No row came: an empty array is nothing wrong, a path that leads nowhere is."""
        wanted = self.layout.rows_path
        with unpacked(self.held) as stream:
            for prefix, event, _value in ijson.parse(_Text(stream), buf_size=READ_BYTES):
                if prefix == wanted and event == "start_array":
                    return
        raise SourceFailure("path_missing", path=wanted or "[]")


class JsonLines(JsonRows):
    def _rows(self) -> Generator[dict[str, Any], None, None]:
        most: int = settings.SOURCE_ROW_MOST_BYTES
        decode = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant).decode
        number = 0
        with unpacked(self.held, row=_row_most()) as stream:
            lines = _Lines(stream, most)
            for line in lines:
                if not line.strip():
                    continue
                number += 1
                try:
                    row = decode(line.decode())
                except UnicodeDecodeError:
                    raise SourceFailure("bad_bytes", row=number, encoding="utf-8") from None
                except (ValueError, RecursionError):
                    code = "json_wrong" if line.endswith(b"\n") else "file_truncated"
                    raise SourceFailure(code, row=number) from None
                yield _object(row, number)


class _Lines:
    """Lines of at most so many bytes."""

    def __init__(self, stream: Bounded, most: int) -> None:
        self.stream = stream
        self.most = most

    def __iter__(self) -> Iterator[bytes]:
        rest = self.stream.read(READ_BYTES).removeprefix(BOM)
        while True:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                yield line + b"\n"
            self.stream.since = len(rest)
            pieces = [rest]
            size = len(rest)
            while block := self.stream.read(READ_BYTES):
                pieces.append(block)
                size += len(block)
                if b"\n" in block:
                    break
                if size > self.most:
                    raise SourceFailure("row_too_large", most=self.most)
            rest = b"".join(pieces)
            if not block:
                if rest:
                    yield rest
                return


class _Text:
    """The stream without the byte order mark, which JSON does not know."""

    def __init__(self, stream: Bounded) -> None:
        self.stream = stream
        self.is_begun = False

    def read(self, size: int = -1) -> bytes:
        if self.is_begun:
            return self.stream.read(size)
        self.is_begun = True
        start = self.stream.read(max(size, len(BOM)) if size else 0)
        if size == 0:
            self.is_begun = False
        return start.removeprefix(BOM)


def cells(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> Iterator[list[str | None]]:
    """The values of these columns; a member that a row has not got is empty."""
    plain = not any("." in name for name in names)
    for number, row in enumerate(rows, 1):
        found = row if plain else flattened(row)
        yield [_cell(found.get(name), name, number) for name in names]


def flattened(row: dict[str, Any], before: str = "", depth: int = 1) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and depth < DEEPEST:
            flat.update(flattened(value, f"{before}{name}.", depth + 1))
        else:
            flat[f"{before}{name}"] = value
    return flat


def _cell(value: Any, name: str, number: int) -> str | None:
    if isinstance(value, dict | list):
        raise SourceFailure("nested_value", row=number, column=name)
    return _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if -30 < value.adjusted() < 60 else str(value)
    if isinstance(value, dict | list):
        return "…"
    return str(value)


def _object(row: Any, number: int) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise SourceFailure("row_no_object", row=number)
    return row


def _row_most() -> int:
    # A row may begin and end in the middle of what is read at once.
    most: int = settings.SOURCE_ROW_MOST_BYTES
    return most + 2 * READ_BYTES


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_end(error: Exception) -> bool:
    return "premature EOF" in str(error) or "incomplete" in str(error).lower()
