"""Indexes on items that a steward marked: rows are ordered by them, and filters on them are fast.

An index is over the item and then the key, so that rows of one value have an order too. It is named
after its table and column. A table that is made, or changed by a sync, gets what it lacks in the
same transaction; a mark that changes while rows lie there is followed `CONCURRENTLY`, with nobody kept
waiting.
"""

import hashlib
from typing import Any

from psycopg import sql

from catalog.models import ItemType

from .columns import Column
from .tables import SCHEMA, StoreTable, exists, names

# What compares these may be asked beneath a security barrier (`proleakproof`); decimal numbers may not
# in PostgreSQL, so a page deep in their order would read all rows before it. Yes and no have no order.
KINDS = frozenset(
    {
        ItemType.CHARACTER,
        ItemType.DATE,
        ItemType.DATETIME,
        ItemType.INTEGER,
        ItemType.DOUBLE,
        ItemType.FLOAT,
    }
)
# PostgreSQL refuses a row whose entry in a B-tree is longer than a third of a page, some 2,700 bytes;
# a letter takes four at most. A sync must not fail because of an index.
WIDEST = 2_600
BYTES_OF_LETTER = 4
BYTES_OF_OTHERS = 16


def is_fit(table: StoreTable, column: Column) -> bool:
    """Whether rows can be ordered by the column, and by the key after it, at any depth."""
    parts = of_index(table.key, column)
    if any(part.kind not in KINDS for part in parts):
        return False
    if any(part.kind == ItemType.CHARACTER and part.length is None for part in parts):
        return False
    return sum(_width(part) for part in parts) <= WIDEST


def of_index(key: tuple[Column, ...], column: Column) -> tuple[Column, ...]:
    """The column, and the key's others after it."""
    return (column, *(one for one in key if one.name != column.name))


def name_of(table_name: str, column: str) -> str:
    return f"{table_name}_by_{hashlib.sha256(column.encode()).hexdigest()[:12]}"


def ready(cursor: Any, table_name: str) -> set[str]:
    """The columns whose index can be used."""
    return {column for column, is_valid in _found(cursor, table_name).values() if is_valid}


def build_missing(cursor: Any, table: StoreTable) -> None:
    """In the caller's transaction, which keeps other writers out."""
    found = _found(cursor, table.name)
    for column in _wanted(table):
        if name_of(table.name, column.name) not in found:
            cursor.execute(_create(table, column, sql.SQL("")))


def follow(cursor: Any, table: StoreTable) -> None:
    """Bring the indexes to what is marked, outside of any transaction; readers and writers go on.

    An index that broke off in the making is made once more. The caller keeps syncs of the table away:
    each would wait for the other. Raises psycopg's LockNotAvailable when an old transaction stays
    longer than the session's `lock_timeout`.
    """
    if not exists(cursor, table.name):
        return
    wanted = {name_of(table.name, column.name): column for column in _wanted(table)}
    found = _found(cursor, table.name)
    for name, (_column, is_valid) in found.items():
        if name not in wanted or not is_valid:
            cursor.execute(
                sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(SCHEMA, name))
            )
    for name, column in wanted.items():
        if name not in found or not found[name][1]:
            cursor.execute(_create(table, column, sql.SQL("CONCURRENTLY")))


def unlike_their_marks(cursor: Any) -> list[int]:
    """The resources with a table whose indexes are not those that are marked, or are not whole."""
    cursor.execute(
        """
        WITH marked AS (
            SELECT resource_id, 'r_' || resource_id || '_by_'
                   || left(encode(sha256(convert_to("column", 'UTF8')), 'hex'), 12) AS name
            FROM catalog_dataitem WHERE is_indexed
        ), made AS (
            SELECT substring(c.relname FROM '^r_([0-9]+)_by_')::bigint AS resource_id,
                   c.relname::text AS name, i.indisvalid
            FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
            WHERE c.relnamespace = %s::regnamespace AND c.relname ~ '^r_[0-9]+_by_[0-9a-f]{12}$'
        )
        SELECT DISTINCT resource_id FROM marked FULL JOIN made USING (resource_id, name)
        WHERE indisvalid IS NOT TRUE AND to_regclass('store.r_' || resource_id) IS NOT NULL
           OR marked.name IS NULL
        ORDER BY resource_id
        """,
        [SCHEMA],
    )
    return [resource_id for (resource_id,) in cursor.fetchall()]


def _wanted(table: StoreTable) -> list[Column]:
    """A marked item may have got another type or key since."""
    return [column for column in table.indexed if is_fit(table, column)]


def _found(cursor: Any, table_name: str) -> dict[str, tuple[str, bool]]:
    """By name: the column that an index begins with, and whether it can be used."""
    cursor.execute(
        """
        SELECT c.relname, a.attname, i.indisvalid
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = to_regclass(%s) AND starts_with(c.relname::text, %s)
        """,
        [f"{SCHEMA}.{table_name}", f"{table_name}_by_"],
    )
    return {name: (column, is_valid) for name, column, is_valid in cursor.fetchall()}


def _create(table: StoreTable, column: Column, how: sql.SQL) -> sql.Composed:
    return sql.SQL("CREATE INDEX {} {} ON {} ({})").format(
        how,
        sql.Identifier(name_of(table.name, column.name)),
        table.identifier,
        names(of_index(table.key, column)),
    )


def _width(column: Column) -> int:
    if column.kind == ItemType.CHARACTER:
        return BYTES_OF_LETTER * (column.length or 0)
    return BYTES_OF_OTHERS
