"""Rows out of whatever database SQLAlchemy has a dialect for: Oracle, SQL Server, 达梦 and others.

Slower than the connectors of their own, for each value passes through Python. The dialects are the
closed list of the kind's setting: a URL of a steward's own could name any driver, a file among them.
"""

import json
import math
import socket
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import exc, types
from sqlalchemy.pool import NullPool

from catalog.store.trust import NULL

from .connector import Into, Place, Relation, Selected, Since, SourceColumn
from .failures import SourceFailure
from .network import checked_address

CONNECT_SECONDS = 5
BLOCK_ROWS = 2000
MOST_RELATIONS = 2000

# How each driver is told to give up; what its isolation is called that reads one state of the base.
CONNECT_ARGS = {
    "postgresql+psycopg": {"connect_timeout": CONNECT_SECONDS, "passfile": "/dev/null"},
    "mysql+pymysql": {"connect_timeout": CONNECT_SECONDS, "local_infile": False},
    "oracle+oracledb": {"tcp_connect_timeout": CONNECT_SECONDS},
    "mssql+pymssql": {"login_timeout": CONNECT_SECONDS},
    "dm+dmPython": {},
}
ISOLATION = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "oracle": "SERIALIZABLE"}

# The types as PostgreSQL calls them, the narrower first; for `casting` to judge.
FAMILIES: tuple[tuple[type[Any], str], ...] = (
    (types.Boolean, "bool"),
    (types.Integer, "int8"),
    (types.Float, "float8"),
    (types.Numeric, "numeric"),
    (types.DateTime, "timestamp"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.Interval, "interval"),
    (types.JSON, "json"),
    (types.Uuid, "uuid"),
    (types.LargeBinary, "bytea"),
    (types._Binary, "bytea"),
    (types.String, "text"),
)
UNKNOWN = "bytea"  # what nobody can read


class Dialect:
    """One transaction on the source; in one snapshot where the dialect has such an isolation."""

    is_at_hand = False
    null = NULL

    def __init__(self, place: Place) -> None:
        self.place = place
        self.schema = place.settings.get("schema") or None
        self.connection: sa.Connection | None = None

    def __enter__(self) -> Self:
        place = self.place
        name = place.settings["dialect"]
        address = checked_address(place.host, place.port)
        _knock(place, address)
        where = sa.URL.create(
            name,
            username=place.username,
            password=place.password,
            host=address,
            port=place.port,
            database=None if name.startswith("oracle") else place.database,
            query={"service_name": place.database} if name.startswith("oracle") else {},
        )
        try:
            engine = sa.create_engine(
                where,
                poolclass=NullPool,
                connect_args=CONNECT_ARGS[name],
                hide_parameters=True,
            )
        except (exc.NoSuchModuleError, ImportError):
            raise SourceFailure("driver_missing", dialect=name) from None
        try:
            connection = engine.connect()
        except exc.SQLAlchemyError as error:
            raise SourceFailure(
                "dialect_refused",
                host=place.host,
                database=place.database,
                user=place.username,
                error=_name_of(error),
            ) from None
        self.connection = connection
        isolation = ISOLATION.get(engine.dialect.name)
        if isolation is not None:
            with self._explained():
                self.connection = connection.execution_options(isolation_level=isolation)
        return self

    def __exit__(self, *error: object) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def check(self) -> str:
        with self._explained():
            self._open.execute(sa.select(sa.literal(1))).scalar_one()
            version = self._open.dialect.server_version_info or ()
        return f"{self._open.dialect.name} {'.'.join(str(part) for part in version)}".strip()

    def relations(self) -> list[Relation]:
        with self._explained():
            known = sa.inspect(self._open)
            names = [*known.get_table_names(self.schema), *known.get_view_names(self.schema)]
        return [Relation(name, "", None) for name in sorted(set(names))[:MOST_RELATIONS]]

    def relation(self, name: str) -> Relation:
        with self._explained():
            known = sa.inspect(self._open)
            views = known.get_view_names(self.schema)
            if not known.has_table(name, self.schema) and name not in views:
                raise SourceFailure("relation_missing", relation=name)
        return Relation(name, "", None)

    def columns(self, relation: str) -> list[SourceColumn]:
        self.relation(relation)
        with self._explained():
            known = sa.inspect(self._open)
            try:
                found = known.get_columns(relation, self.schema)
                key = known.get_pk_constraint(relation, self.schema)["constrained_columns"]
            except exc.NoSuchTableError:
                raise SourceFailure("relation_missing", relation=relation) from None
        return [self._column(one, is_key=one["name"] in key) for one in found]

    def highest(self, relation: str, column: SourceColumn) -> str | None:
        query: sa.Select[Any] = sa.select(sa.func.max(sa.column(column.name))).select_from(
            sa.table(relation, schema=self.schema)
        )
        with self._explained():
            found = self._open.execute(query).scalar_one()
        return None if found is None else str(found)

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        return self._copied(self._select(relation, selected), into)

    def copy_since(
        self, relation: str, selected: Sequence[Selected], into: Into, since: Since
    ) -> int:
        column: sa.ColumnElement[Any] = sa.column(since.column.name)
        condition = column >= _bound(since)
        if since.column.is_nullable:
            condition = sa.or_(condition, column.is_(None))
        return self._copied(self._select(relation, selected).where(condition), into)

    def _select(self, relation: str, selected: Sequence[Selected]) -> sa.Select[Any]:
        columns: list[sa.ColumnClause[Any]] = [sa.column(one.column.name) for one in selected]
        return sa.select(*columns).select_from(sa.table(relation, schema=self.schema))

    def _copied(self, query: sa.Select[Any], into: Into) -> int:
        rows = 0
        # An error of `into` is not the source's: it must not pass through `_explained`.
        with closing(self._blocks(query)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

    def _blocks(self, query: sa.Select[Any]) -> Generator[tuple[bytes, int], None, None]:
        with self._explained():
            result = self._open.execution_options(yield_per=BLOCK_ROWS).execute(query)
            # PyMySQL reads to the end when it is closed in the middle; MySQL has a kind of its own.
            with closing(result):
                for part in result.partitions():
                    yield "".join(_line(row) for row in part).encode(), len(part)

    def _column(self, found: Any, *, is_key: bool) -> SourceColumn:
        kind: types.TypeEngine[Any] = found["type"]
        family = next((name for base, name in FAMILIES if isinstance(kind, base)), UNKNOWN)
        if family == "timestamp" and getattr(kind, "timezone", False):
            family = "timestamptz"
        scale = getattr(kind, "scale", None) if family == "numeric" else None
        try:
            type_ = kind.compile(dialect=self._open.dialect)
        except exc.CompileError:
            type_ = type(kind).__name__
        return SourceColumn(
            found["name"], type_, family, scale, is_key, found.get("comment") or "",
            bool(found.get("nullable", True)),
        )  # fmt: skip

    @property
    def _open(self) -> sa.Connection:
        if self.connection is None:
            raise RuntimeError("the connector is used outside its `with`")
        return self.connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                where: dict[str, str | int] = {"host": self.place.host, "port": self.place.port}
                raise SourceFailure("connection_lost", **where) from None
            raise SourceFailure("source_error", sqlstate=_name_of(error)) from None
        except exc.SQLAlchemyError as error:
            raise SourceFailure("source_error", sqlstate=_name_of(error)) from None


def _knock(place: Place, address: str) -> None:
    """Whether anything listens: drivers say that in as many ways as there are of them."""
    try:
        socket.create_connection((address, place.port), CONNECT_SECONDS).close()
    except TimeoutError:
        raise SourceFailure("timed_out", host=place.host, port=place.port) from None
    except OSError:
        raise SourceFailure("unreachable", host=place.host, port=place.port) from None


def _name_of(error: exc.SQLAlchemyError) -> str:
    """SQLSTATE where the driver has one, else the error's class: its text quotes values."""
    original = getattr(error, "orig", None) or error
    return str(getattr(original, "sqlstate", None) or type(original).__name__)


def _bound(since: Since) -> Any:
    if since.is_number:
        return Decimal(since.low)
    if since.column.family == "date":
        return date.fromisoformat(since.low)
    return datetime.fromisoformat(since.low)


def _line(row: Sequence[Any]) -> str:
    return "\t".join(map(_text, row)) + "\n"


def _text(value: Any) -> str:
    """The value in COPY text. What has no plain form comes as its words."""
    if value is None:
        return "\\N"
    return TEXTS.get(type(value), _escaped)(value)


def _escaped(value: Any) -> str:
    text = str(value)
    if text.isalnum():
        return text
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _double(value: float) -> str:
    return repr(value) if math.isfinite(value) else str(Decimal(value))


def _json(value: Any) -> str:
    return _escaped(json.dumps(value, ensure_ascii=False))


TEXTS: dict[type[Any], Callable[[Any], str]] = {
    str: _escaped,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _double,
    Decimal: lambda value: f"{value:f}",
    datetime: lambda value: value.isoformat(" "),
    date: date.isoformat,
    dict: _json,
    list: _json,
}
