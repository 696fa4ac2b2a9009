"""A connection to a department's PostgreSQL, and its errors in the portal's words."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors

from .connector import Place
from .failures import SourceFailure
from .network import checked_address

CONNECT_SECONDS = 5
FORMATS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}

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


class Session:
    """What the users of one connection share; `__enter__`, which opens it, is each one's own.

    Every statement raises SourceFailure and nothing else for what is wrong at the source.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __exit__(self, *error: object) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    @property
    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self.connection is None:
            raise RuntimeError("the connection is used outside its `with`")
        return self.connection

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
            raise failure_of(self.place, error) from None


def opened(place: Place) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect to the checked address. Raises SourceFailure."""
    address = checked_address(place.host, place.port)
    try:
        return psycopg.connect(
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


def failure_of(place: Place, error: psycopg.Error) -> SourceFailure:
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
