"""How many values two departments' columns have in common, counted inside the store (Art. 19)."""

from typing import Any

from psycopg import sql

from catalog.models import Resource
from catalog.store import tables

SAMPLE = 1000
LEAST = 20
"""Fewer different values (yes and no, a few codes) are the same in tables that have nothing in common."""


def shared_values(
    cursor: Any, own: tuple[Resource, str], other: tuple[Resource, str]
) -> tuple[int, int] | None:
    """(sampled, shared) of the own column's different values; None where nothing can be said.

    The other table is read once, whole: this is work for a worker and not for a page.
    """
    if not (_is_held(cursor, *own) and _is_held(cursor, *other)):
        return None
    cursor.execute(
        sql.SQL(
            "WITH sampled AS MATERIALIZED (SELECT DISTINCT v FROM ("
            "SELECT {own}::text AS v FROM {own_table} WHERE {own} IS NOT NULL LIMIT %(rows)s) t"
            " LIMIT %(sample)s)"
            " SELECT count(*), count(*) FILTER (WHERE v IN ("
            "SELECT {other}::text FROM {other_table} WHERE {other} IS NOT NULL)) FROM sampled"
        ).format(
            own=sql.Identifier(own[1]),
            own_table=_table(own[0]),
            other=sql.Identifier(other[1]),
            other_table=_table(other[0]),
        ),
        {"sample": SAMPLE, "rows": SAMPLE * 20},
    )
    sampled, shared = cursor.fetchone()
    return (sampled, shared) if sampled >= LEAST else None


def _is_held(cursor: Any, resource: Resource, column: str) -> bool:
    """Whether the store has rows of the column: it may be younger than the last run."""
    if not resource.row_count:
        return False
    cursor.execute(
        "SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = %s"
        " AND table_name = %s AND column_name = %s)",
        [tables.SCHEMA, tables.table_name(resource.pk), column],
    )
    return bool(cursor.fetchone()[0])


def _table(resource: Resource) -> sql.Identifier:
    return sql.Identifier(tables.SCHEMA, tables.table_name(resource.pk))
