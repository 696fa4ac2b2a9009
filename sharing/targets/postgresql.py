"""Rows into a requester's PostgreSQL: COPY into a staging table, then three statements, one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from django.conf import settings
from psycopg import errors, sql

from catalog.models import ItemType
from catalog.sources.connector import Place
from catalog.sources.failures import SourceFailure
from catalog.sources.postgresql_connection import FORMATS, Session, failure_of, opened
from catalog.store.columns import Column

from . import shape, sums
from .target import BOOKS, FLAG, GO, STAGE, Counts, Found, Mark, Sum, mark_of

SESSION = {
    **FORMATS,
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": "0",
    "search_path": "pg_catalog",
}
FITTING = {
    ItemType.CHARACTER: {"text", "varchar"},
    ItemType.MEMO: {"text", "varchar"},
    ItemType.GENERAL: {"text", "varchar"},
    ItemType.NUMERIC: {"numeric"},
    ItemType.CURRENCY: {"numeric"},
    ItemType.INTEGER: {"int8", "numeric"},
    ItemType.DATE: {"date"},
    ItemType.DATETIME: {"timestamptz"},
    ItemType.LOGICAL: {"bool"},
    ItemType.DOUBLE: {"float8"},
    ItemType.FLOAT: {"float8"},
}
COLUMNS = """
    SELECT a.attname, t.typname, a.atthasdef OR a.attidentity <> '' OR NOT a.attnotnull,
           CASE WHEN t.typname = 'varchar' AND a.atttypmod > 0 THEN a.atttypmod - 4 END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
UNIQUE = """
    SELECT ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = i.indrelid
                 AND attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
    FROM pg_index i WHERE i.indrelid = %s::oid AND i.indisunique AND i.indpred IS NULL
      AND i.indexprs IS NULL AND i.indisvalid
"""


class PostgreSQLTarget(Session):
    def __init__(self, place: Place, relation: str) -> None:
        super().__init__(place)
        self.schema, _dot, self.table = relation.partition(".")
        self.relation = relation

    def __enter__(self) -> Self:
        self.connection = opened(self.place)
        try:
            self._set({**SESSION, "statement_timeout": f"{settings.PUSH_STATEMENT_TIMEOUT}s"})
            self.commit()
        except SourceFailure:
            self.__exit__()
            raise
        return self

    def check(self) -> str:
        return f"PostgreSQL {self._open.info.parameter_status('server_version')}"

    def prepare(self, columns: Sequence[Column], *, makes_table: bool) -> None:
        if self._number_of(self.table) is None:
            if not makes_table:
                raise SourceFailure("target_missing", relation=self.relation)
            self._make(sql.SQL(self.statement(columns)), "target_not_made")
        shape.check(self._columns(), self._unique(), columns, fits=_fits)
        if self._number_of(BOOKS) is None:
            books = sql.SQL(
                "CREATE TABLE {} (agreement varchar(40), relation varchar(130), receipt text NOT NULL,"
                " pushed_at timestamptz NOT NULL, PRIMARY KEY (agreement, relation))"
            )
            self._make(books.format(self._name(BOOKS)), "books_not_made")
        self._try_rights(columns)

    def statement(self, columns: Sequence[Column]) -> str:
        cells = [
            sql.SQL("{} {}{}").format(
                one.identifier, one.type_sql, sql.SQL(" NOT NULL" if one.is_key else "")
            )
            for one in columns
        ]
        key = sql.SQL(", ").join(one.identifier for one in columns if one.is_key)
        made = sql.SQL("CREATE TABLE {} (\n    {},\n    PRIMARY KEY ({})\n)")
        name = self._name(self.table)
        return made.format(name, sql.SQL(",\n    ").join(cells), key).as_string(None)

    def sent(self, column: Column) -> sql.Composable:
        return column.identifier

    def compared(self, columns: Sequence[Column]) -> list[Column]:
        return list(columns)

    def mark(self, agreement: str) -> Mark | None:
        query = sql.SQL("SELECT receipt FROM {} WHERE agreement = %s AND relation = %s")
        found = self._run(query.format(self._name(BOOKS)), [agreement, self.relation]).fetchone()
        return None if found is None else shape.read(mark_of, found[0])

    def stage(self, columns: Sequence[Column], blocks: Iterable[bytes]) -> None:
        """Only `pg_temp` is where the staging table can be, whatever the search path."""
        self._run(
            sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(self._name(self.table))
        )
        self._run(
            sql.SQL(
                "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT ''::text AS {}, {} FROM {} WITH NO DATA"
            ).format(_stage(), sql.Identifier(FLAG), _names(columns), self._name(self.table))
        )
        copy = sql.SQL("COPY {} ({}, {}) FROM STDIN").format(
            _stage(), sql.Identifier(FLAG), _names(columns)
        )
        # An error of `blocks` is not the target's: it passes through as it is.
        with self._explained(), self._open.cursor() as cursor, cursor.copy(copy) as into:
            for block in blocks:
                into.write(block)
        self._run(sql.SQL("ANALYZE {}").format(_stage()))

    def merge(self, columns: Sequence[Column], *, is_whole: bool) -> Counts:
        table = self._name(self.table)
        same = sql.SQL(" AND ").join(
            sql.SQL("s.{0} = t.{0}").format(one.identifier) for one in columns if one.is_key
        )
        goes = sql.SQL("s.{} = {}").format(sql.Identifier(FLAG), sql.Literal(GO))
        gone = (
            sql.SQL("DELETE FROM {} AS t WHERE NOT EXISTS (SELECT FROM {} AS s WHERE {})")
            if is_whole
            else sql.SQL("DELETE FROM {} AS t USING {} AS s WHERE {} AND {}")
        )
        deleted = self._run(gone.format(table, _stage(), same, goes)).rowcount
        others = [one.identifier for one in columns if not one.is_key]
        updated = 0
        if others:
            change = sql.SQL(
                "UPDATE {} AS t SET {} FROM {} AS s WHERE {} AND NOT {} AND ({}) IS DISTINCT FROM ({})"
            ).format(
                table,
                sql.SQL(", ").join(sql.SQL("{0} = s.{0}").format(one) for one in others),
                _stage(),
                same,
                goes,
                sql.SQL("ROW({})").format(_of("t", others)),
                sql.SQL("ROW({})").format(_of("s", others)),
            )
            updated = self._run(change).rowcount
        inserted = self._run(
            sql.SQL(
                "INSERT INTO {} ({}) SELECT {} FROM {} AS s WHERE NOT {}"
                " AND NOT EXISTS (SELECT FROM {} AS t WHERE {})"
            ).format(
                table,
                _names(columns),
                _of("s", [one.identifier for one in columns]),
                _stage(),
                goes,
                table,
                same,
            )
        ).rowcount
        return Counts(inserted, updated, deleted)

    def keep(self, agreement: str, mark: Mark) -> None:
        self._run(
            sql.SQL(
                "INSERT INTO {} (agreement, relation, receipt, pushed_at) VALUES (%s, %s, %s, now())"
                " ON CONFLICT (agreement, relation) DO UPDATE SET receipt = excluded.receipt,"
                " pushed_at = excluded.pushed_at"
            ).format(self._name(BOOKS)),
            [agreement, self.relation, mark.receipt()],
        )

    def commit(self) -> None:
        with self._explained():
            self._open.commit()

    def summed(self, columns: Sequence[Column]) -> Sum:
        found = self._run(sums.summed(self._name(self.table), columns)).fetchone()
        return sums.sum_of(*(found or (0, 0)))

    def hashes(self, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
        with self._explained(), self._open.cursor("hashes") as cursor:
            cursor.execute(sums.hashes(self._name(self.table), columns))
            yield from cursor

    def by_column(self, columns: Sequence[Column]) -> list[str]:
        found = self._run(sums.by_column(self._name(self.table), columns)).fetchone()
        return list(found[0]) if found else []

    def _columns(self) -> list[Found]:
        found = self._run(sql.SQL(COLUMNS), [self._number_of(self.table)]).fetchall()
        return [
            Found(name, kind, bool(by_itself), length) for name, kind, by_itself, length in found
        ]

    def _unique(self) -> list[set[str]]:
        found = self._run(sql.SQL(UNIQUE), [self._number_of(self.table)]).fetchall()
        return [set(names) for (names,) in found]

    def _number_of(self, name: str) -> int | None:
        """The table's number in its database. A view is no table."""
        query = (
            "SELECT c.oid::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')"
        )
        found = self._run(sql.SQL(query), [self.schema, name]).fetchone()
        return None if found is None else int(found[0])

    def _make(self, statement: sql.SQL | sql.Composed, code: str) -> None:
        try:
            self._run(statement)
            self.commit()
        except SourceFailure as failure:
            if failure.code in {"permission_denied", "relation_changed"}:
                raise SourceFailure(code, relation=self.relation, books=BOOKS) from None
            raise

    def _try_rights(self, columns: Sequence[Column]) -> None:
        """Do nothing in every way that a push does something."""
        table, books = self._name(self.table), self._name(BOOKS)
        first = sql.SQL("{0} = {0}").format(columns[0].identifier)
        for statement in (
            sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM {0} WHERE false").format(
                table, _names(columns)
            ),
            sql.SQL("UPDATE {} SET {} WHERE false").format(table, first),
            sql.SQL("DELETE FROM {} WHERE false").format(table),
            sql.SQL("UPDATE {0} SET receipt = receipt WHERE false").format(books),
            sql.SQL("INSERT INTO {0} SELECT * FROM {0} WHERE false").format(books),
        ):
            self._run(statement)
        ((may,),) = self._run(
            sql.SQL("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
        ).fetchall()
        if not may:
            raise SourceFailure("no_staging_right")
        self.commit()

    def _name(self, table: str) -> sql.Identifier:
        return sql.Identifier(self.schema, table)

    def _run(
        self, statement: sql.SQL | sql.Composed, values: Sequence[Any] = ()
    ) -> "psycopg.Cursor[tuple[Any, ...]]":
        with self._explained():
            return self._open.execute(statement, values or None)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (errors.DataError, errors.IntegrityError) as refused:
            raise SourceFailure("value_refused", sqlstate=refused.sqlstate or "") from None
        except psycopg.Error as error:
            raise failure_of(self.place, error) from None


def _fits(found: Found, column: Column) -> bool:
    if found.kind not in FITTING[ItemType(column.kind)]:
        return False
    # A text without a length may be short enough: a value that is not stops the push, and says so.
    return found.length is None or column.length is None or found.length >= column.length


def _stage() -> sql.Identifier:
    return sql.Identifier("pg_temp", STAGE)


def _names(columns: Sequence[Column]) -> sql.Composed:
    return sql.SQL(", ").join(one.identifier for one in columns)


def _of(alias: str, names: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{}.{}").format(sql.SQL(alias), one) for one in names)
