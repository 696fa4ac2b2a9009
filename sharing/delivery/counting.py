"""How many rows there are behind a page or an export: counted, or as the planner thinks."""

from typing import Any

import psycopg
from psycopg import sql

from catalog.store import export
from sharing import outlet
from sharing.models import Agreement


def total(
    cursor: psycopg.Cursor[tuple[Any, ...]],
    agreement: Agreement,
    condition: sql.Composable | None,
    *,
    how: str,
) -> int | None:
    """All rows that meet the condition: `how` is "exact", "estimated", or "none" for None.

    An estimate takes no longer on a large resource than on a small one.
    """
    if how == "none":
        return None
    if how == "estimated":
        return _estimated(cursor, agreement, condition)
    return counted(cursor, agreement, condition)


def counted(
    cursor: psycopg.Cursor[tuple[Any, ...]],
    agreement: Agreement,
    condition: sql.Composable | None,
) -> int:
    cursor.execute(export.counted(outlet.SCHEMA, agreement.view_name, condition))
    found = cursor.fetchone()
    return int(found[0]) if found else 0


def all_rows(agreement: Agreement) -> int:
    """As many as the last sync left, and the one that is not true where that is agreed."""
    return (agreement.resource.row_count or 0) + bool(agreement.canary)


def _estimated(
    cursor: psycopg.Cursor[tuple[Any, ...]],
    agreement: Agreement,
    condition: sql.Composable | None,
) -> int:
    if condition is None and not agreement.row_filter:
        return all_rows(agreement)
    cursor.execute(
        sql.SQL("EXPLAIN (FORMAT JSON) SELECT FROM {} WHERE {}").format(
            sql.Identifier(outlet.SCHEMA, agreement.view_name), condition or sql.SQL("true")
        )
    )
    found = cursor.fetchone()
    return int(found[0][0]["Plan"]["Plan Rows"]) if found else 0
