"""Parquet, read page by page and written as COPY text column-wise."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from catalog.sources.connector import Selected, SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.store.trust import NULL

from .arrow_text import from_arrow
from .copy_text import Block
from .glimpse import Glimpse, Held, opened
from .layout import FileLayout
from .reader import SAMPLE_ROWS, Sampled

BATCH_ROWS = 4096
BUFFER_BYTES = 256 * 1024
UNREADABLE = "record"


class ParquetFile:
    """The file's own types hold: a column that cannot fill its item is refused before any row."""

    null = NULL

    def __init__(self, held: Held, layout: FileLayout) -> None:
        self.held = held

    def parts(self) -> list[str]:
        return [""]

    def estimate(self, part: str) -> int | None:
        with self._opened() as file:
            rows: int = file.metadata.num_rows
            return rows

    def columns(self, part: str) -> list[SourceColumn]:
        with self._opened() as file:
            return [_column(field) for field in file.schema_arrow]

    def sample(self, part: str) -> Sampled:
        with self._opened() as file:
            names = [f.name for f in file.schema_arrow if _family(f.type)[0] != UNREADABLE]
            # In this thread: a look into a file elsewhere asks the database which networks are open.
            for batch in file.iter_batches(
                batch_size=SAMPLE_ROWS, columns=names, use_threads=False
            ):
                texts = [_text(batch.column(name)) for name in names]
                found: Sampled = pa.RecordBatch.from_arrays(texts, names).to_pylist()
                return found
        return []

    def blocks(self, part: str, selected: Sequence[Selected]) -> Generator[Block, None, None]:
        names = [one.column.name for one in selected]
        before = 0
        with self._opened() as file:
            for batch in file.iter_batches(
                batch_size=BATCH_ROWS, columns=list(dict.fromkeys(names)), use_threads=False
            ):
                texts = [_converted(batch, one, before) for one in selected]
                try:
                    yield from_arrow(texts)
                except SourceFailure as failure:
                    row = before + 1 + _first_nul(texts)
                    raise SourceFailure(failure.code, row=row) from None
                before += len(batch)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        # Arrow reads a file on this machine by itself, and faster than through Python.
        given = opened(self.held) if isinstance(self.held, Glimpse) else self.held
        try:
            with parquet.ParquetFile(
                given, buffer_size=BUFFER_BYTES, pre_buffer=False, memory_map=False
            ) as file:
                yield file
        except (pa.ArrowException, OSError):
            raise SourceFailure("file_damaged") from None


def _column(field: Any) -> SourceColumn:
    family, scale = _family(field.type)
    comment = (field.metadata or {}).get(b"comment", b"").decode("utf-8", "replace")
    return SourceColumn(
        name=field.name,
        type=str(field.type),
        family=family,
        scale=scale,
        is_key=False,
        comment=comment,
    )


def _family(type_: Any) -> tuple[str, int | None]:
    """The type as PostgreSQL calls it, and how many decimals it has."""
    kinds = pa.types
    if kinds.is_dictionary(type_):
        return _family(type_.value_type)
    if kinds.is_decimal(type_):
        return "numeric", type_.scale
    if kinds.is_timestamp(type_):
        return ("timestamptz" if type_.tz else "timestamp"), None
    for is_one, family in (
        (lambda t: kinds.is_string(t) or kinds.is_large_string(t), "text"),
        (kinds.is_boolean, "bool"),
        (kinds.is_uint64, "numeric"),
        (kinds.is_int64, "int8"),
        (kinds.is_uint32, "int8"),
        (kinds.is_int32, "int4"),
        (kinds.is_uint16, "int4"),
        (kinds.is_integer, "int2"),
        (kinds.is_float64, "float8"),
        (kinds.is_floating, "float4"),
        (kinds.is_date, "date"),
        (kinds.is_time, "time"),
    ):
        if is_one(type_):
            return family, 0 if family == "numeric" else None
    return UNREADABLE, None


def _converted(batch: Any, one: Selected, before: int) -> pa.Array:
    column = batch.column(one.column.name)
    try:
        return _text(column)
    except pa.ArrowInvalid:
        raise SourceFailure(
            "out_of_range",
            item=one.target.label or one.target.name,
            row=before + 1 + _first_unfit(column),
        ) from None


def _text(column: pa.Array) -> pa.Array:
    """Each value as text that PostgreSQL reads back whole. Raises where a time is finer than that."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", column.type.tz))
    if pa.types.is_date64(column.type):
        column = pc.cast(column, pa.date32())
    if pa.types.is_timestamp(column.type) and column.type.tz:
        # The instant as UTC: that is how it is kept. Arrow asks for the zone of each value, even for
        # that of UTC, and takes fifteen times as long.
        bare = pc.cast(column.view(pa.timestamp(column.type.unit)), pa.string())
        return pc.binary_join_element_wise(bare, "Z", "")
    return pc.cast(column, pa.string())


def _first_unfit(column: pa.Array) -> int:
    for place in range(len(column)):
        try:
            _text(column.slice(place, 1))
        except pa.ArrowInvalid:
            return place
    return 0


def _first_nul(columns: Sequence[pa.Array]) -> int:
    places = [pc.index(pc.match_substring(column, "\0"), True).as_py() for column in columns]
    return min((place for place in places if place >= 0), default=0)
