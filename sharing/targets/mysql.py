"""Rows into a requester's MySQL or MariaDB: INSERTs into a temporary table, then three statements.

Times are written as Beijing time, which is what DATETIME can hold. The table must be InnoDB: without
transactions a push that breaks would leave half of its rows.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import pymysql
from django.conf import settings
from psycopg import sql
from pymysql.converters import escape_string
from pymysql.cursors import SSCursor

from catalog.models import ItemType
from catalog.sources.connector import Place
from catalog.sources.failures import SourceFailure
from catalog.sources.mysql_connection import failure_of, opened, product_of
from catalog.store.columns import Column
from sharing.values import FLOATS, TEXTS

from . import copy_text, mysql_sums, shape
from .mysql_sums import quoted
from .target import (
    BOOKS,
    FLAG,
    GO,
    STAGE,
    Counts,
    Found,
    Mark,
    Sum,
    mark_of,
)

SESSION = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
    "SET SESSION time_zone = '+08:00'",
    "SET SESSION lock_wait_timeout = 60",
    "SET SESSION innodb_lock_wait_timeout = 60",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
MOST_STATEMENT = 512 * 1024
MOST_KEY_LENGTH = 512
DATA_TYPES = {
    ItemType.NUMERIC: "DECIMAL(65,15)",
    ItemType.CURRENCY: "DECIMAL(18,2)",
    ItemType.DATE: "DATE",
    ItemType.DATETIME: "DATETIME(6)",
    ItemType.LOGICAL: "TINYINT(1)",
    ItemType.DOUBLE: "DOUBLE",
    ItemType.FLOAT: "DOUBLE",
    ItemType.INTEGER: "BIGINT",
}
FITTING = {
    ItemType.NUMERIC: {"decimal"},
    ItemType.CURRENCY: {"decimal"},
    ItemType.INTEGER: {"bigint", "decimal"},
    ItemType.DATE: {"date"},
    ItemType.DATETIME: {"datetime", "timestamp"},
    ItemType.LOGICAL: {"tinyint", "smallint", "int"},
    ItemType.DOUBLE: {"double"},
    ItemType.FLOAT: {"double"},
}
TEXT_TYPES = {"varchar", "text", "mediumtext", "longtext"}
CHARSETS = {"utf8mb4", "gb18030"}
COLUMNS = """
    SELECT column_name, column_type, data_type, character_maximum_length, is_nullable = 'YES'
           OR column_default IS NOT NULL OR extra <> '', COALESCE(character_set_name, ''),
           COALESCE(collation_name, ''), COALESCE(datetime_precision, 0)
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s ORDER BY ordinal_position
"""
UNIQUE = """
    SELECT GROUP_CONCAT(column_name) FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = %s AND non_unique = 0
    GROUP BY index_name HAVING MAX(sub_part) IS NULL
"""
# What the server says of a value that does not fit, or that a constraint refuses.
REFUSED = {
    1048, 1062, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452, 1690, 3819, 4025,
}  # fmt: skip
TOO_LARGE = 1153


class MySQLTarget:
    def __init__(self, place: Place, relation: str) -> None:
        self.place = place
        self.relation = self.table = relation
        self.connection: pymysql.Connection[Any] | None = None

    def __enter__(self) -> Self:
        silence = settings.PUSH_STATEMENT_TIMEOUT
        self.connection = opened(self.place, use_unicode=True, silence=silence)
        try:
            for statement in SESSION:
                self._run(statement)
            ((packet,),) = self._run("SELECT @@max_allowed_packet")
            self._most = min(MOST_STATEMENT, int(packet) // 2)
            self._packet = int(packet)
        except SourceFailure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self.connection is not None:
            # What is not committed goes with the connection.
            self.connection.close()
            self.connection = None

    def check(self) -> str:
        ((version,),) = self._run("SELECT VERSION()")
        return product_of(version)

    def prepare(self, columns: Sequence[Column], *, makes_table: bool) -> None:
        engine = self._engine_of(self.table)
        if engine is None:
            if not makes_table:
                raise SourceFailure("target_missing", relation=self.relation)
            self._make(self.statement(columns), "target_not_made")
        elif engine != "InnoDB":
            raise SourceFailure("target_engine", engine=engine)
        shape.check(self._columns(), self._unique(), columns, fits=_fits)
        if self._engine_of(BOOKS) is None:
            self._make(
                f"CREATE TABLE {quoted(BOOKS)} (agreement VARCHAR(40), relation VARCHAR(130),"
                " receipt TEXT NOT NULL, pushed_at DATETIME(6) NOT NULL,"
                " PRIMARY KEY (agreement, relation))"
                " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "books_not_made",
            )
        self._try_rights(columns)

    def statement(self, columns: Sequence[Column]) -> str:
        cells = [
            f"{quoted(one.name)} {_type_of(one)}{' NOT NULL' if one.is_key else ' NULL'}"
            for one in columns
        ]
        key = ", ".join(quoted(one.name) for one in columns if one.is_key)
        return (
            f"CREATE TABLE {quoted(self.table)} (\n    "
            + ",\n    ".join(cells)
            + f",\n    PRIMARY KEY ({key})\n)"
            " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        )

    def sent(self, column: Column) -> sql.Composable:
        if column.kind == ItemType.LOGICAL:
            return sql.SQL("{}::int").format(column.identifier)
        if column.kind == ItemType.DATETIME:
            return sql.SQL("to_char({} AT TIME ZONE 'Asia/Shanghai', {})").format(
                column.identifier, sql.Literal("YYYY-MM-DD HH24:MI:SS.US")
            )
        return column.identifier

    def compared(self, columns: Sequence[Column]) -> list[Column]:
        """Floating-point numbers have no spelling in common."""
        return [one for one in columns if one.kind not in FLOATS]

    def mark(self, agreement: str) -> Mark | None:
        found = self._run(
            f"SELECT receipt FROM {quoted(BOOKS)} WHERE agreement = %s AND relation = %s",  # noqa: S608
            [agreement, self.relation],
        )
        return shape.read(mark_of, found[0][0]) if found else None

    def stage(self, columns: Sequence[Column], blocks: Iterable[bytes]) -> None:
        kinds = {one.name: one.kind for one in self._columns_with_charset()}
        cells = ", ".join(f"{quoted(one.name)} {kinds[one.name]} NULL" for one in columns)
        key = ", ".join(quoted(one.name) for one in columns if one.is_key)
        self._run(f"DROP TEMPORARY TABLE IF EXISTS {quoted(STAGE)}")
        self._run(
            f"CREATE TEMPORARY TABLE {quoted(STAGE)} ({quoted(FLAG)} VARCHAR(10) NOT NULL, {cells},"
            f" KEY ({key})) ENGINE=InnoDB"
        )
        with self._explained():
            self._open.begin()
        names = ", ".join(quoted(name) for name in (FLAG, *(one.name for one in columns)))
        head = f"INSERT INTO {quoted(STAGE)} ({names}) VALUES "  # noqa: S608 — quoted
        rows: list[str] = []
        size = 0
        for row in copy_text.rows(blocks):
            told = "(" + ",".join(_literal(value) for value in row) + ")"
            length = len(told.encode())
            if length + len(head) > self._packet - 1024:
                raise SourceFailure("row_too_large_there")
            if rows and size + length > self._most:
                self._run(head + ",".join(rows))
                rows, size = [], 0
            rows.append(told)
            size += length
        if rows:
            self._run(head + ",".join(rows))

    def merge(self, columns: Sequence[Column], *, is_whole: bool) -> Counts:
        table, stage = quoted(self.table), quoted(STAGE)
        key = [quoted(one.name) for one in columns if one.is_key]
        same = " AND ".join(f"s.{one} = t.{one}" for one in key)
        goes = f"s.{quoted(FLAG)} = '{GO}'"
        if is_whole:
            absent = f"s.{key[0]} IS NULL"
            gone = f"DELETE t FROM {table} t LEFT JOIN {stage} s ON {same} WHERE {absent}"
        else:
            gone = f"DELETE t FROM {table} t JOIN {stage} s ON {same} WHERE {goes}"
        deleted = self._changed(gone)
        others = [one for one in columns if not one.is_key]
        updated = 0
        if others:
            sets = ", ".join(f"t.{quoted(one.name)} = s.{quoted(one.name)}" for one in others)
            equal = " AND ".join(_same(one) for one in others)
            updated = self._changed(
                f"UPDATE {table} t JOIN {stage} s ON {same} SET {sets}"  # noqa: S608 — quoted
                f" WHERE NOT ({goes}) AND NOT ({equal})"
            )
        names = ", ".join(quoted(one.name) for one in columns)
        given = ", ".join(f"s.{quoted(one.name)}" for one in columns)
        inserted = self._changed(
            f"INSERT INTO {table} ({names}) SELECT {given} FROM {stage} s"  # noqa: S608 — quoted
            f" LEFT JOIN {table} t ON {same} WHERE NOT ({goes}) AND t.{key[0]} IS NULL"
        )
        return Counts(inserted, updated, deleted)

    def keep(self, agreement: str, mark: Mark) -> None:
        self._run(
            f"INSERT INTO {quoted(BOOKS)} (agreement, relation, receipt, pushed_at)"  # noqa: S608
            " VALUES (%s, %s, %s, NOW(6)) ON DUPLICATE KEY UPDATE receipt = VALUES(receipt),"
            " pushed_at = VALUES(pushed_at)",
            [agreement, self.relation, mark.receipt()],
        )

    def commit(self) -> None:
        with self._explained():
            self._open.commit()

    def summed(self, columns: Sequence[Column]) -> Sum:
        ((rows, total),) = self._run(mysql_sums.summed(self.table, columns))
        return Sum(int(rows), format(int(total), "x"))

    def hashes(self, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
        with self._explained(), self._open.cursor(SSCursor) as cursor:
            cursor.execute(mysql_sums.hashes(self.table, columns))
            yield from cursor.fetchall_unbuffered()

    def by_column(self, columns: Sequence[Column]) -> list[str]:
        (found,) = self._run(mysql_sums.by_column(self.table, columns))
        return [str(int(one)) for one in found]

    def _columns(self) -> list[Found]:
        return [
            Found(
                name,
                kind,
                bool(by_itself),
                None if length is None else int(length),
                {"base": base, "charset": charset, "collation": collation, "digits": str(digits)},
            )
            for name, kind, base, length, by_itself, charset, collation, digits in self._run(
                COLUMNS, [self.table]
            )
        ]

    def _columns_with_charset(self) -> list[Found]:
        """As they are, so that what is staged is what will be written."""
        return [
            Found(
                one.name,
                f"{one.kind} CHARACTER SET {one.facts['charset']} COLLATE {one.facts['collation']}"
                if one.facts["charset"]
                else one.kind,
                one.is_filled_by_itself,
            )
            for one in self._columns()
        ]

    def _unique(self) -> list[set[str]]:
        return [set(str(names).split(",")) for (names,) in self._run(UNIQUE, [self.table])]

    def _engine_of(self, name: str) -> str | None:
        found = self._run(
            "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name = %s AND table_type = 'BASE TABLE'",
            [name],
        )
        return str(found[0][0]) if found else None

    def _make(self, statement: str, code: str) -> None:
        try:
            self._run(statement)
        except SourceFailure as failure:
            if failure.code in {"permission_denied", "login_refused"}:
                raise SourceFailure(code, relation=self.relation, books=BOOKS) from None
            raise

    def _try_rights(self, columns: Sequence[Column]) -> None:
        """Do nothing in every way that a push does something."""
        table, books = quoted(self.table), quoted(BOOKS)
        names = ", ".join(quoted(one.name) for one in columns)
        one = quoted(columns[0].name)
        for statement in (
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE 1 = 0",  # noqa: S608
            f"UPDATE {table} SET {one} = {one} WHERE 1 = 0",  # noqa: S608 — quoted
            f"DELETE FROM {table} WHERE 1 = 0",  # noqa: S608 — quoted
            f"UPDATE {books} SET receipt = receipt WHERE 1 = 0",  # noqa: S608 — quoted
            f"INSERT INTO {books} SELECT * FROM {books} WHERE 1 = 0",  # noqa: S608 — quoted
        ):
            self._run(statement)
        try:
            self._run(f"CREATE TEMPORARY TABLE {quoted(STAGE)} (one INT) ENGINE=InnoDB")
        except SourceFailure as failure:
            if failure.code in {"permission_denied", "login_refused"}:
                raise SourceFailure("no_staging_right") from None
            raise
        self._run(f"DROP TEMPORARY TABLE {quoted(STAGE)}")
        self.commit()

    @property
    def _open(self) -> "pymysql.Connection[Any]":
        if self.connection is None:
            raise RuntimeError("the connection is used outside its `with`")
        return self.connection

    def _run(self, statement: str, values: Sequence[Any] = ()) -> tuple[tuple[Any, ...], ...]:
        with self._explained(), self._open.cursor() as cursor:
            cursor.execute(statement, values or None)
            return tuple(cursor.fetchall())

    def _changed(self, statement: str) -> int:
        with self._explained(), self._open.cursor() as cursor:
            return int(cursor.execute(statement))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (pymysql.Error, OSError, ssl.SSLError) as error:
            number = error.args[0] if error.args else 0
            if number in REFUSED:
                raise SourceFailure("value_refused", sqlstate=str(number)) from None
            if number == TOO_LARGE:
                raise SourceFailure("row_too_large_there") from None
            raise failure_of(self.place, error) from None


def _type_of(column: Column) -> str:
    if column.kind not in TEXTS:
        return DATA_TYPES[ItemType(column.kind)]
    if column.is_key:
        return f"VARCHAR({min(column.length or MOST_KEY_LENGTH, MOST_KEY_LENGTH)})"
    if column.length is not None and column.length <= MOST_KEY_LENGTH:
        return f"VARCHAR({column.length})"
    return "LONGTEXT"


def _fits(found: Found, column: Column) -> bool:
    base = found.facts["base"]
    if column.kind not in TEXTS:
        unsigned = "unsigned" in found.kind
        whole_time = column.kind != ItemType.DATETIME or found.facts["digits"] == "6"
        return base in FITTING[ItemType(column.kind)] and not unsigned and whole_time
    if found.facts["charset"] not in CHARSETS:
        return False
    if column.is_key:
        # Else letters that a collation takes for the same would be one key.
        return base == "varchar" and found.facts["collation"].endswith("_bin")
    # A text without a length may be short enough: a value that is not stops the push, and says so.
    return base in TEXT_TYPES and (column.length is None or (found.length or 0) >= column.length)


def _same(column: Column) -> str:
    name = quoted(column.name)
    if column.kind in TEXTS:
        return f"CAST(t.{name} AS BINARY) <=> CAST(s.{name} AS BINARY)"
    return f"t.{name} <=> s.{name}"


def _literal(value: str | None) -> str:
    return "NULL" if value is None else f"'{_escaped(value)}'"


_escaped: Callable[[str], str] = escape_string
