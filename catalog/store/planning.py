"""What a merge tells the planner, for its own transaction or for one statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from .tables import StoreTable

Cursor = psycopg.Cursor[tuple[Any, ...]]
# To find a row by its key takes about as long as to read this many in passing.
READ_WHILE_ONE_IS_FOUND = 8


def set_locally(cursor: Cursor, **values: str) -> dict[str, str]:
    """Set these for the rest of the transaction; return what they were."""
    before = {}
    for name, value in values.items():
        cursor.execute("SELECT current_setting(%s), set_config(%s, %s, true)", [name, name, value])
        for was, _now in cursor.fetchall():
            before[name] = str(was)
    return before


def are_few(cursor: Cursor, table: StoreTable, rows: int) -> bool:
    """Whether so many rows are few beside those of the table. No, of a table that was not analyzed."""
    cursor.execute(
        sql.SQL("SELECT reltuples >= {} FROM pg_class WHERE oid = {}::regclass").format(
            sql.Literal(max(rows, 1) * READ_WHILE_ONE_IS_FOUND),
            sql.Literal(table.identifier.as_string(cursor)),
        )
    )
    return any(found for (found,) in cursor.fetchall())


@contextmanager
def key_by_key(cursor: Cursor, *, are_few: bool) -> Iterator[None]:
    """Within, a join looks the staged rows up in the table one by one, where they are few beside it.

    The planner would read the whole table: it counts pages, and does not know that of each row read
    in passing all values are taken apart. A hundred thousand rows in a million took 1.9 s so, and
    take 0.8 s by the key.
    """
    if not are_few:
        yield
        return
    before = set_locally(cursor, enable_hashjoin="off", enable_mergejoin="off")
    yield
    set_locally(cursor, **before)
