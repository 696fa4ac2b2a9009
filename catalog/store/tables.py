"""Which table in the schema `store` holds a resource's rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from catalog.models import Resource

from .columns import Column, column_of
from .errors import StoreRefusal

SCHEMA = "store"


@dataclass(frozen=True, slots=True)
class StoreTable:
    """The table that a resource's rows should have, as its data items say."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_key)

    @property
    def rest(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.is_key)

    @property
    def indexed(self) -> tuple[Column, ...]:
        """Those that have an index of their own."""
        return tuple(column for column in self.columns if column.is_indexed)

    @property
    def code_lists(self) -> frozenset[str]:
        """The identifiers of the lists that any column is bound to."""
        return frozenset(column.code_list for column in self.columns if column.code_list)

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(SCHEMA, self.name)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def table_name(resource_id: int) -> str:
    return f"r_{resource_id}"


def table_of(resource: Resource) -> StoreTable:
    """The table for the resource's items in their order. Refuses a resource without a key."""
    columns = tuple(column_of(item) for item in resource.items.order_by("position", "pk"))
    if not any(column.is_key for column in columns):
        raise StoreRefusal("no_key")
    return StoreTable(name=table_name(resource.pk), columns=columns)


def exists(cursor: Any, name: str) -> bool:
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = %s AND tablename = %s)",
        [SCHEMA, name],
    )
    found: bool = cursor.fetchone()[0]
    return found


def create(
    cursor: Any, table: StoreTable, *, with_key: bool = True, is_strict: bool = True
) -> None:
    """Make the table, empty. Without its key it loads faster; `add_key` makes up for that.

    When it is not strict, every column may be empty, until `shape.require`.
    """
    cursor.execute(
        sql.SQL("CREATE TABLE {} ({})").format(
            table.identifier, definitions(table.columns, is_strict=is_strict)
        )
    )
    if with_key:
        add_key(cursor, table)


def add_key(cursor: Any, table: StoreTable) -> None:
    cursor.execute(
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ({})").format(
            table.identifier, sql.Identifier(f"{table.name}_key"), names(table.key)
        )
    )


def create_missing(cursor: Any, table: StoreTable) -> None:
    """Make the table when it is not there yet, so that a view can be laid over it."""
    if not exists(cursor, table.name):
        create(cursor, table)


def count(cursor: Any, table: StoreTable) -> int:
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table.identifier))
    rows: int = cursor.fetchone()[0]
    return rows


def definitions(columns: Iterable[Column], *, is_strict: bool = True) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} {}{}").format(
            column.identifier,
            column.type_sql,
            sql.SQL(" NOT NULL" if is_strict and column.is_required else ""),
        )
        for column in columns
    )


def same_key(table: StoreTable, one: str, other: str) -> sql.Composed:
    """The condition that rows of two relations, by their aliases, have one key."""
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, c.name), sql.Identifier(other, c.name))
        for c in table.key
    )


def names(columns: Iterable[Column], of: str | None = None) -> sql.Composed:
    """`a, b`, or `t.a, t.b` of the table alias `of`."""
    return sql.SQL(", ").join(
        column.identifier if of is None else sql.Identifier(of, column.name) for column in columns
    )
