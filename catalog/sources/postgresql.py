"""Rows out of a department's PostgreSQL, as COPY gives them."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Self

import psycopg
from psycopg import IsolationLevel, errors, sql

from .casting import needs_words
from .connector import Into, Place, Relation, Selected, SourceColumn
from .failures import SourceFailure
from .network import checked_address

CONNECT_SECONDS = 5
METADATA_LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s"}
COPY_LIMITS = {"statement_timeout": "0", "lock_timeout": "60s"}
FORMATS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
BLOCK_BYTES = 256 * 1024
MOST_RELATIONS = 2000

# PostgreSQL gives no SQLSTATE for a refused connection; servers speak English or Chinese.
REFUSED = (
    (re.compile(r"authentication failed|认证失败|no password supplied"), "wrong_password"),
    (re.compile(r'database ".*" does not exist|数据库 ".*" 不存在'), "database_missing"),
    (
        re.compile(r"too many|reserved for|connection limit|太多|预留"),
        "too_many_connections",
    ),
    (
        re.compile(r"starting up|shutting down|recovery|正在启动|正在关闭|恢复模式"),
        "shutting_down",
    ),
    (
        re.compile(
            r"no pg_hba\.conf entry|permission denied|not permitted|does not exist"
            r"|没有用于主机|权限不够|不允许|不存在"
        ),
        "login_refused",
    ),
    (re.compile(r"timeout expired|timed out"), "timed_out"),
)

RELATIONS = """
    SELECT n.nspname || '.' || c.relname, coalesce(obj_description(c.oid, 'pg_class'), ''),
           CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND strpos(n.nspname, '.') = 0
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname),
           CASE WHEN coalesce(b.oid, t.oid) = 'numeric'::regtype AND m.modifier > 0
                THEN ((m.modifier - 4) & 2047 # 1024) - 1024 END,
           a.attnum = ANY (i.indkey), coalesce(col_description(a.attrelid, a.attnum), '')
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    CROSS JOIN LATERAL (SELECT coalesce(nullif(t.typtypmod, -1), a.atttypmod)) AS m(modifier)
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


class PostgreSQL:
    """One read-only transaction on the source, in one snapshot."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> Self:
        place = self.place
        address = checked_address(place.host, place.port)
        try:
            connection = psycopg.connect(
                host=place.host,
                hostaddr=address,
                port=place.port,
                dbname=place.database,
                user=place.username,
                password=place.password,
                passfile="/dev/null",
                client_encoding="UTF8",
                connect_timeout=CONNECT_SECONDS,
                application_name="data sharing portal",
                gssencmode="disable",
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
                tcp_user_timeout=60_000,
            )
        except psycopg.Error as error:
            raise _refused(place, error) from None
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        self.connection = connection
        try:
            self._set({**FORMATS, **METADATA_LIMITS})
        except SourceFailure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def check(self) -> str:
        self._rows("SELECT 1")
        return f"PostgreSQL {self._open.info.parameter_status('server_version')}"

    def relations(self) -> list[Relation]:
        query = f"{RELATIONS} ORDER BY 1 LIMIT {MOST_RELATIONS}"
        return [Relation(*row) for row in self._rows(query)]

    def relation(self, name: str) -> Relation:
        query = f"{RELATIONS} AND n.nspname = %s AND c.relname = %s"
        for row in self._rows(query, _parts(name)):
            return Relation(*row)
        raise SourceFailure("relation_missing", relation=name)

    def columns(self, relation: str) -> list[SourceColumn]:
        found = self._rows(
            "SELECT c.oid, has_any_column_privilege(c.oid, 'SELECT') FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s",
            _parts(relation),
        )
        if not found:
            raise SourceFailure("relation_missing", relation=relation)
        oid, may_read = found[0]
        if not may_read:
            raise SourceFailure("permission_denied", relation=relation)
        return [
            SourceColumn(name, type_, family, scale, bool(is_key), comment)
            for name, type_, family, scale, is_key, comment in self._rows(COLUMNS, [oid])
        ]

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        self._set(COPY_LIMITS)
        statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
            sql.SQL(", ").join(_expression(one) for one in selected),
            sql.Identifier(*_parts(relation)),
        )
        rows = 0
        # An error of `into` is not the source's: it must not pass through `_explained`.
        with closing(self._blocks(statement)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

    @property
    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self.connection is None:
            raise RuntimeError("the connector is used outside its `with`")
        return self.connection

    def _blocks(self, statement: sql.Composed) -> Generator[tuple[bytes, int], None, None]:
        """Blocks of about BLOCK_BYTES and how many rows each holds; one row at a time is slow."""
        with self._explained(), self._open.cursor() as cursor, cursor.copy(statement) as copy:
            waiting: list[bytes] = []
            size = 0
            for row in copy:
                waiting.append(bytes(row))
                size += len(row)
                if size >= BLOCK_BYTES:
                    yield b"".join(waiting), len(waiting)
                    waiting = []
                    size = 0
            if waiting:
                yield b"".join(waiting), len(waiting)

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._explained(), self._open.cursor() as cursor:
            return cursor.execute(query.encode(), values or None).fetchall()

    def _set(self, values: dict[str, str]) -> None:
        for name, value in values.items():
            self._rows("SELECT set_config(%s, %s, false)", [name, value])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise _failed(self.place, error) from None


def _parts(relation: str) -> tuple[str, str]:
    schema, _, name = relation.partition(".")
    return schema, name


def _expression(selected: Selected) -> sql.Composable:
    name = sql.Identifier(selected.column.name)
    if needs_words(selected.column, selected.target):
        return sql.SQL("{}::text").format(name)
    return name


def _refused(place: Place, error: psycopg.Error) -> SourceFailure:
    """Why the connection was not made."""
    where: dict[str, str | int] = {"host": place.host, "port": place.port}
    if isinstance(error, errors.ConnectionTimeout):
        return SourceFailure("timed_out", **where)
    words = str(error)
    for pattern, code in REFUSED:
        if pattern.search(words):
            return SourceFailure(code, **where, database=place.database, user=place.username)
    return SourceFailure("unreachable", **where)


def _failed(place: Place, error: psycopg.Error) -> SourceFailure:
    """Why an open connection did not give what it was asked for."""
    where: dict[str, str | int] = {"host": place.host, "port": place.port}
    match error:
        case errors.UndefinedTable() | errors.InvalidSchemaName():
            return SourceFailure("relation_changed")
        case errors.UndefinedColumn():
            return SourceFailure("relation_changed")
        case errors.InsufficientPrivilege():
            return SourceFailure("permission_denied", relation="")
        case errors.LockNotAvailable():
            return SourceFailure("locked")
        case errors.CharacterNotInRepertoire() | errors.UntranslatableCharacter():
            return SourceFailure("bad_encoding", row=0)
        case errors.QueryCanceled():
            return SourceFailure("cancelled")
        case errors.AdminShutdown() | errors.CrashShutdown() | errors.CannotConnectNow():
            return SourceFailure("shutting_down", **where)
        case errors.TooManyConnections():
            return SourceFailure("too_many_connections", **where)
    if error.sqlstate is None or error.sqlstate.startswith("08"):
        return SourceFailure("connection_lost", **where)
    return SourceFailure("source_error", sqlstate=error.sqlstate)
