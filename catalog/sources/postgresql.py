"""Rows out of a department's PostgreSQL, as COPY gives them."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Self

from psycopg import IsolationLevel, sql

from catalog.store.trust import NULL

from .casting import needs_words
from .connector import Into, Relation, Selected, Since, SourceColumn
from .failures import SourceFailure
from .postgresql_connection import FORMATS, Session, opened

METADATA_LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s"}
COPY_LIMITS = {"statement_timeout": "0", "lock_timeout": "60s"}
BLOCK_BYTES = 256 * 1024
MOST_RELATIONS = 2000

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
           a.attnum = ANY (i.indkey), coalesce(col_description(a.attrelid, a.attnum), ''),
           NOT a.attnotnull
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    CROSS JOIN LATERAL (SELECT coalesce(nullif(t.typtypmod, -1), a.atttypmod)) AS m(modifier)
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
# Numbers of transactions in the log have 32 bits; those that are meant lie next to the newest one.
UNSEEN = """
    SELECT count(*) FROM unnest(%s::bigint[]) AS t(low),
         LATERAL (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS newest) AS n,
         LATERAL (SELECT newest - newest %% 4294967296 + low AS near) AS o
    WHERE NOT pg_visible_in_snapshot(
        (CASE WHEN near - newest > 2147483648 THEN near - 4294967296
              WHEN newest - near > 2147483648 THEN near + 4294967296
              ELSE near END)::text::xid8, pg_current_snapshot())
"""


class PostgreSQL(Session):
    """One read-only transaction on the source, in one snapshot."""

    is_at_hand = False
    null = NULL

    def __enter__(self) -> Self:
        connection = opened(self.place)
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        self.connection = connection
        try:
            self._set({**FORMATS, **METADATA_LIMITS})
        except SourceFailure:
            self.__exit__()
            raise
        return self

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
            SourceColumn(name, type_, family, scale, bool(is_key), comment, is_nullable)
            for name, type_, family, scale, is_key, comment, is_nullable in self._rows(
                COLUMNS, [oid]
            )
        ]

    def highest(self, relation: str, column: SourceColumn) -> str | None:
        query = sql.SQL("SELECT max({})::text FROM {}").format(
            sql.Identifier(column.name), sql.Identifier(*_parts(relation))
        )
        self._set(COPY_LIMITS)
        with self._explained(), self._open.cursor() as cursor:
            ((found,),) = cursor.execute(query).fetchall()
            return None if found is None else str(found)

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        return self._copied(relation, selected, into, sql.SQL(""))

    def copy_since(
        self, relation: str, selected: Sequence[Selected], into: Into, since: Since
    ) -> int:
        name = sql.Identifier(since.column.name)
        condition = sql.SQL(" WHERE {} >= {}").format(name, sql.Literal(since.low))
        if since.column.is_nullable:
            condition += sql.SQL(" OR {} IS NULL").format(name)
        return self._copied(relation, selected, into, condition)

    def renew(self) -> None:
        """End the snapshot; the next statement begins another one."""
        with self._explained():
            self._open.commit()

    def are_seen(self, transactions: Sequence[int]) -> bool:
        """Whether the snapshot sees these, given by the lower halves of their numbers.

        One may stand in the log as committed and be seen by nobody yet, while it waits for a copy.
        """
        ((unseen,),) = self._rows(UNSEEN, [list(transactions)])
        return not unseen

    def types(self, found: Sequence[tuple[int, int]]) -> list[str]:
        """The names of types by oid and modifier, as `columns` gives them."""
        query = (
            "SELECT format_type(t, m) FROM unnest(%s::oid[], %s::int[])"
            " WITH ORDINALITY AS a(t, m, n) ORDER BY n"
        )
        values = [[type_ for type_, _ in found], [modifier for _, modifier in found]]
        return [str(name) for (name,) in self._rows(query, values)]

    def copy_keys(
        self,
        relation: str,
        selected: Sequence[Selected],
        names: Sequence[str],
        keys: Sequence[Sequence[str | None]],
        into: Into,
    ) -> int:
        """As `copy`, the rows alone that have these values in the columns `names`."""
        condition = sql.SQL(" WHERE ({}) IN ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(
                sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, key))) for key in keys
            ),
        )
        return self._copied(relation, selected, into, condition)

    def _copied(
        self,
        relation: str,
        selected: Sequence[Selected],
        into: Into,
        condition: sql.Composable,
    ) -> int:
        self._set(COPY_LIMITS)
        statement = sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT").format(
            sql.SQL(", ").join(_expression(one) for one in selected),
            sql.Identifier(*_parts(relation)),
            condition,
        )
        rows = 0
        # An error of `into` is not the source's: it must not pass through `_explained`.
        with closing(self._blocks(statement)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

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


def _parts(relation: str) -> tuple[str, str]:
    schema, _, name = relation.partition(".")
    return schema, name


def _expression(selected: Selected) -> sql.Composable:
    name = sql.Identifier(selected.column.name)
    if needs_words(selected.column, selected.target):
        return sql.SQL("{}::text").format(name)
    return name
