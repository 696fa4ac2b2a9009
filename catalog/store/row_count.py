"""How many rows a table holds, kept as its comment: written with the rows, and gone with the table.

To count them reads the whole table, and a few changes do not: with the number kept, a small delta costs
the same beside ten thousand rows and beside ten million. A comparison of all rows counts, and so does
whoever finds nothing kept.
"""

import re
from typing import Any

from psycopg import sql

from .tables import SCHEMA, StoreTable, count

KEPT = re.compile(r"^rows: (\d+)$")


def kept(cursor: Any, table: StoreTable) -> int | None:
    """The number that the last writer left; None when there is none."""
    cursor.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class')", [f"{SCHEMA}.{table.name}"]
    )
    found = KEPT.match(cursor.fetchone()[0] or "")
    return int(found[1]) if found else None


def keep(cursor: Any, table: StoreTable, rows: int) -> None:
    """The caller holds the table against other writers until its commit."""
    cursor.execute(
        sql.SQL("COMMENT ON TABLE {} IS {}").format(table.identifier, sql.Literal(f"rows: {rows}"))
    )


def counted(cursor: Any, table: StoreTable) -> int:
    """How many there are, by counting; kept for those who come after."""
    rows = count(cursor, table)
    keep(cursor, table, rows)
    return rows


def moved(cursor: Any, table: StoreTable, *, inserted: int, deleted: int) -> int:
    """How many there are after these went in and out."""
    before = kept(cursor, table)
    if before is None:
        return counted(cursor, table)
    rows = before + inserted - deleted
    if rows != before:
        keep(cursor, table, rows)
    return rows
