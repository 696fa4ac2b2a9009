"""A few rows to look at. Who may look, and what is masked, the caller has settled."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from .columns import Column
from .tables import StoreTable, names

LONGEST_SHOWN = 200


def first_rows(
    cursor: Any, table: StoreTable, columns: Sequence[Column], *, limit: int
) -> list[tuple[str | None, ...]]:
    """The first rows by key as texts, always the same ones; long values are cut.

    Columns that are not asked for are not read.
    """
    values = sql.SQL(", ").join(
        sql.SQL("left({}::text, {})").format(column.identifier, sql.Literal(LONGEST_SHOWN))
        for column in columns
    )
    cursor.execute(
        sql.SQL("SELECT {} FROM {} ORDER BY {} LIMIT {}").format(
            values, table.identifier, names(table.key), sql.Literal(limit)
        )
    )
    return list(cursor.fetchall())
