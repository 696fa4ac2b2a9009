"""Rows out of a department's MySQL or MariaDB: the server joins each row to one value.

A row comes as one binary text, its values parted by the byte FF and NULL as FE: bytes that UTF-8
never has, so that nothing can be mistaken for them. Python turns whole blocks of such rows into
COPY text by a handful of replacements, less than half of the work of taking columns one by one;
escaping by REPLACE in the server costs it more than the whole rest of the query.
"""

import ssl
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Self

import pymysql
from pymysql.converters import escape_string
from pymysql.cursors import SSCursor

from catalog.store.trust import NULL

from .connector import Into, Place, Relation, Selected, Since, SourceColumn
from .failures import SourceFailure
from .mysql_connection import failure_of, opened, product_of

METADATA_SECONDS = 20
# Until the first row of a heavy view, and between any two.
SILENCE_SECONDS = 600
LOCK_SECONDS = 60
BLOCK_BYTES = 256 * 1024
MOST_RELATIONS = 2000

ZERO_DATES = "zero_dates"
ZERO_REFUSED, ZERO_EMPTY = "refused", "empty"

# The types as PostgreSQL calls them, for `casting` to judge; what is missing is read as words.
FAMILIES = {
    "tinyint": "int2",
    "smallint": "int4",
    "mediumint": "int4",
    "int": "int8",
    "bigint": "int8",
    "year": "int2",
    "decimal": "numeric",
    "float": "float4",
    "double": "float8",
    "bit": "numeric",
    "date": "date",
    "datetime": "timestamp",
    "timestamp": "timestamptz",
    "char": "varchar",
    "varchar": "varchar",
    "tinytext": "text",
    "text": "text",
    "mediumtext": "text",
    "longtext": "text",
    "enum": "text",
    "set": "text",
    "json": "json",
}
BINARY = ("binary", "blob")
SPATIAL = ("geometry", "point", "linestring", "polygon", "multi", "geomcollection")

RELATIONS = """
    SELECT table_name, table_comment, CASE WHEN table_type = 'BASE TABLE' THEN table_rows END
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
"""
COLUMNS = """
    SELECT column_name, column_type, data_type, numeric_scale, column_key = 'PRI', column_comment,
           is_nullable = 'YES'
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position
"""
SESSION = (
    # Backslashes escape, zero dates may be compared, CHAR comes without its padding.
    "SET SESSION sql_mode = ''",
    "SET SESSION time_zone = '+00:00'",
    f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}",
    "SET SESSION net_write_timeout = 600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
# Joined row → COPY text. The backslash first: the others bring some in.
REPLACEMENTS = (
    (b"\\", b"\\\\"),
    (b"\n", b"\\n"),
    (b"\r", b"\\r"),
    (b"\t", b"\\t"),
    (b"\xff", b"\t"),
    (b"\xfe", b"\\N"),
    (b"\xfd", b"\n"),
)


class MySQL:
    """One read-only transaction on the source, in one snapshot (of its transactional tables)."""

    is_at_hand = False
    null = NULL

    def __init__(self, place: Place) -> None:
        self.place = place
        self.connection: pymysql.Connection[Any] | None = None

    def __enter__(self) -> Self:
        connection = opened(self.place, use_unicode=False, silence=METADATA_SECONDS)
        self.connection = connection
        try:
            with self._explained(), connection.cursor() as cursor:
                for statement in SESSION:
                    cursor.execute(statement)
        except SourceFailure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def check(self) -> str:
        ((version,),) = self._rows("SELECT VERSION()")
        return product_of(version)

    def relations(self) -> list[Relation]:
        query = f"{RELATIONS} ORDER BY 1 LIMIT {MOST_RELATIONS}"
        return [_relation(row) for row in self._rows(query)]

    def relation(self, name: str) -> Relation:
        for row in self._rows(f"{RELATIONS} AND table_name = %s", [name]):
            return _relation(row)
        raise SourceFailure("relation_missing", relation=name)

    def columns(self, relation: str) -> list[SourceColumn]:
        self.relation(relation)
        # From here on the table's structure is locked until the transaction ends.
        self._rows(f"SELECT 1 FROM {_quoted(relation)} LIMIT 0")  # noqa: S608 — quoted
        return [_column(row) for row in self._rows(COLUMNS, [relation])]

    def highest(self, relation: str, column: SourceColumn) -> str | None:
        query = f"SELECT CAST(MAX({_quoted(column.name)}) AS CHAR) FROM {_quoted(relation)}"  # noqa: S608 — quoted
        ((found,),) = self._rows(query)
        return None if found is None else str(found)

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        return self._copied(self._query(relation, selected), into)

    def copy_since(
        self, relation: str, selected: Sequence[Selected], into: Into, since: Since
    ) -> int:
        name = _quoted(since.column.name)
        # A number beside a text would be compared as a double.
        low = since.low if since.is_number else f"'{escape_string(since.low)}'"
        condition = f" WHERE {name} >= {low}"
        if since.column.is_nullable:
            condition += f" OR {name} IS NULL"
        return self._copied(self._query(relation, selected) + condition, into)

    def _query(self, relation: str, selected: Sequence[Selected]) -> str:
        values = ", ".join(self._expression(one.column) for one in selected)
        return f"SELECT CONCAT_WS(x'FF', {values}) FROM {_quoted(relation)}"  # noqa: S608 — quoted

    def _copied(self, query: str, into: Into) -> int:
        rows = 0
        # An error of `into` is not the source's: it must not pass through `_explained`.
        with closing(self._blocks(query)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

    @property
    def _open(self) -> "pymysql.Connection[Any]":
        if self.connection is None:
            raise RuntimeError("the connector is used outside its `with`")
        return self.connection

    def _expression(self, column: SourceColumn) -> str:
        """The value as bytes of UTF-8, FE for NULL."""
        name = _quoted(column.name)
        base = column.type.partition("(")[0].partition(" ")[0]
        match base:
            case "float":
                # As text it has six digits; as a double all that it is.
                value = f"CAST({name} AS DOUBLE)"
            case "bit":
                value = f"CAST({name} AS UNSIGNED)"
            case "timestamp":
                value = f"CONCAT({self._dated(name)}, '+00')"
            case "date" | "datetime":
                value = self._dated(name)
            case _:
                value = name
        return f"COALESCE(CAST(CONVERT({value} USING utf8mb4) AS BINARY), x'FE')"

    def _dated(self, name: str) -> str:
        if self.place.settings.get(ZERO_DATES) != ZERO_EMPTY:
            return name
        return f"CASE WHEN {name} <> '0000-00-00' THEN {name} END"

    def _blocks(self, query: str) -> Generator[tuple[bytes, int], None, None]:
        """Blocks of about BLOCK_BYTES in COPY text, and how many rows each holds."""
        connection: Any = self._open
        connection._read_timeout = SILENCE_SECONDS
        cursor: SSCursor = connection.cursor(SSCursor)
        with self._explained():
            try:
                cursor.execute(query)
                yield from _in_blocks(cursor.fetchall_unbuffered())
            finally:
                # Closed in the middle, the cursor would read all that is still to come.
                connection._result.unbuffered_active = False

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._explained(), self._open.cursor() as cursor:
            cursor.execute(query, values or None)
            return [tuple(_decoded(value) for value in row) for row in cursor.fetchall()]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (pymysql.Error, OSError, ssl.SSLError) as error:
            raise failure_of(self.place, error) from None


def _relation(row: tuple[Any, ...]) -> Relation:
    name, comment, estimate = row
    # Of a view the comment says VIEW.
    return Relation(name, "" if comment == "VIEW" else comment, estimate and int(estimate))


def _column(row: tuple[Any, ...]) -> SourceColumn:
    name, type_, base, scale, is_key, comment, is_nullable = row
    family = FAMILIES.get(base, "bytea" if _is_unreadable(base) else base)
    if base == "bigint" and "unsigned" in type_:
        family = "numeric"
    known = int(scale) if family == "numeric" and scale is not None else None
    return SourceColumn(name, type_, family, known, bool(is_key), comment, bool(is_nullable))


def _is_unreadable(base: str) -> bool:
    return base.endswith(BINARY) or base.startswith(SPATIAL)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _in_blocks(rows: Iterable[tuple[bytes | None]]) -> Iterator[tuple[bytes, int]]:
    waiting: list[bytes] = []
    size = 0
    for number, (row,) in enumerate(rows, start=1):
        if row is None:
            # More than max_allowed_packet: the server says nothing and gives NULL.
            raise SourceFailure("row_too_large", row=number)
        waiting.append(row)
        size += len(row)
        if size >= BLOCK_BYTES:
            yield _copy_text(waiting), len(waiting)
            waiting = []
            size = 0
    if waiting:
        yield _copy_text(waiting), len(waiting)


def _copy_text(rows: list[bytes]) -> bytes:
    block = b"\xfd".join(rows) + b"\xfd"
    for found, instead in REPLACEMENTS:
        block = block.replace(found, instead)
    return block


def _decoded(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
