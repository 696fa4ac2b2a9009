"""Rows as Arrow and as Parquet: ADBC reads them under the reader role, pyarrow writes them."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

import psycopg
from django.db import connection as default
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from sharing import marks
from sharing.models import Agreement

from .reader import options_of, session_name

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_BYTES = 1024 * 1024
CURRENCY = (18, 2)


class Counted(Protocol):
    rows: int


def stream(
    agreement: Agreement, columns: Sequence[Column], query: sql.Composed, work: Counted
) -> Generator[bytes, None, None]:
    """An Arrow IPC stream, with its end mark when it is whole."""
    import pyarrow as pa

    return _written(
        agreement, columns, query, work, lambda sink, schema: pa.ipc.new_stream(sink, schema)
    )


def parquet(
    agreement: Agreement, columns: Sequence[Column], query: sql.Composed, work: Counted
) -> Generator[bytes, None, None]:
    """A Parquet file, a row group a batch, compressed by zstd; its footer comes last.

    Without dictionaries, which for groups of a few thousand rows make files larger and take longer.
    """
    import pyarrow.parquet as pq

    return _written(
        agreement,
        columns,
        query,
        work,
        lambda sink, schema: pq.ParquetWriter(
            sink, schema, compression="zstd", use_dictionary=False
        ),
    )


class _Sink:
    """A file for pyarrow to write into, emptied after each batch."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:
        # pyarrow lends its buffer for the length of this call.
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        return None

    def close(self) -> None:
        return None

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def _written(
    agreement: Agreement,
    columns: Sequence[Column],
    query: sql.Composed,
    work: Counted,
    writer_of: Callable[[Any, "pa.Schema"], Any],
) -> Generator[bytes, None, None]:
    import pyarrow as pa

    # Batches are of one size: an allocator that keeps memory for later has no use here.
    pa.set_memory_pool(pa.system_memory_pool())
    with _batches(agreement, query) as reader:
        yield b""
        schema = _schema(reader.schema, columns, marks.metadata(agreement))
        sink = _Sink()
        writer = writer_of(sink, schema)
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                break
            writer.write_batch(
                batch.replace_schema_metadata(schema.metadata)
                if batch.schema.equals(schema)
                else batch.cast(schema)
            )
            work.rows += batch.num_rows
            if piece := sink.taken():
                yield piece
        writer.close()
        yield sink.taken()


@contextmanager
def _batches(agreement: Agreement, query: sql.Composed) -> Iterator[Any]:
    """Record batches of the query, read as they are asked for; failures as psycopg's errors.

    Not through ADBC's `dbapi`, which loads pandas wherever that is: 50 MB of each web process.
    """
    import adbc_driver_manager as adbc
    import adbc_driver_postgresql as driver
    import pyarrow as pa

    try:
        with (
            driver.connect(_address(agreement)) as database,
            adbc.AdbcConnection(database) as connection,
            adbc.AdbcStatement(connection) as statement,
        ):
            statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            statement.set_sql_query(query.as_string(None))
            found, _rows = statement.execute_query()
            with pa.RecordBatchReader.from_stream(found) as reader:
                yield reader
    except adbc.Error as failed:
        raise _as_psycopg(failed.sqlstate, str(failed)) from failed
    except (pa.ArrowException, OSError) as failed:
        # pyarrow keeps the words of a failure in the middle of a stream and drops its code.
        raise psycopg.OperationalError(str(failed)) from failed


def _as_psycopg(state: str | None, words: str) -> psycopg.Error:
    try:
        kind = psycopg.errors.lookup(state or "")
    except KeyError:
        kind = psycopg.OperationalError
    return kind(words)


def _schema(
    found: "pa.Schema", columns: Sequence[Column], metadata: dict[bytes, bytes]
) -> "pa.Schema":
    """The schema as it is delivered: amounts are decimals of their declared digits, and `metadata`.

    PostgreSQL's numeric comes over ADBC as text; one without declared digits stays so, since Arrow
    knows no number that would hold each of them.
    """
    import pyarrow as pa

    fields = []
    for field, column in zip(found, columns, strict=True):
        if column.kind == ItemType.CURRENCY:
            fields.append(pa.field(field.name, pa.decimal128(*CURRENCY), field.nullable))
        else:
            fields.append(pa.field(field.name, field.type, field.nullable))
    return pa.schema(fields, metadata=metadata)


def _address(agreement: Agreement) -> str:
    """The default database as a libpq address, with what makes the session the reader's."""
    given = default.settings_dict
    asked = {
        "host": given["HOST"],
        "port": given["PORT"],
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "connect_timeout": "5",
        "application_name": session_name(agreement),
        "options": options_of(),
    }
    return "postgresql:///?" + urlencode(
        {name: str(value) for name, value in asked.items() if value}, quote_via=quote
    )
