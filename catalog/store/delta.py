"""What a merge does when only some of the rows were read: none is deleted for not being among them.

The staged rows are few beside those of the table, so the table is asked by its key for these
alone; the full join of `merge` would read all of it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from . import changes
from .planning import are_few, key_by_key
from .tables import StoreTable, names, same_key


class Reach(StrEnum):
    """What the rows given say of the table: all of it, those given, or only what is new."""

    WHOLE = "whole"
    GIVEN = "given"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Applied:
    """`left`: rows that differ from those staged and were left as they are."""

    inserted: int
    updated: int
    deleted: int
    left: int


def has_repeats(
    cursor: psycopg.Cursor[tuple[Any, ...]], table: StoreTable, stage: sql.Identifier
) -> bool:
    """Whether a key was staged twice: then no order of rows may decide which one counts."""
    cursor.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} GROUP BY {} HAVING count(*) > 1)").format(
            stage, names(table.key)
        )
    )
    return bool((cursor.fetchone() or (False,))[0])


def apply_delta(
    cursor: psycopg.Cursor[tuple[Any, ...]],
    table: StoreTable,
    stage: sql.Identifier,
    reach: Reach,
    *,
    rows: int,
    gone: sql.Composable | None = None,
) -> Applied:
    """Bring the staged rows into the table, and take those away whose ctid the query `gone` gives.

    The stage holds `rows`, no key twice, and none of a row that goes. Of `Reach.NEW` what is there already
    is left, of `Reach.GIVEN` it takes the staged values.
    """
    same = same_key(table, "t", "s")
    changed: sql.Composable = sql.SQL("false")
    if table.rest:
        changed = sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
            names(table.rest, of="t"), names(table.rest, of="s")
        )
    parts = {
        "table": table.identifier,
        "stage": stage,
        "same": same,
        "changed": changed,
        "difference": sql.Identifier(f"difference_{table.name}"),
        "first": table.key[0].identifier,
        "names": names(table.columns),
        "staged": names(table.columns, of="s"),
    }
    few = are_few(cursor, table, rows)
    if not few:
        key = names(table.key)
        cursor.execute(sql.SQL("ANALYZE {} ({})").format(stage, key))
    with key_by_key(cursor, are_few=few):
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {difference} ON COMMIT DROP AS"
                " SELECT t.ctid AS held, s.ctid AS staged FROM {stage} s"
                " LEFT JOIN {table} t ON {same} WHERE t.{first} IS NULL OR {changed}"
            ).format(**parts)
        )
    if gone is not None:
        cursor.execute(sql.SQL("INSERT INTO {difference} (held) {gone}").format(gone=gone, **parts))
    cursor.execute(sql.SQL("ANALYZE {difference}").format(**parts))
    updated = deleted = left = 0
    if reach is Reach.NEW:
        cursor.execute(sql.SQL("DELETE FROM {difference} WHERE held IS NOT NULL").format(**parts))
        left = cursor.rowcount
    changes.note(cursor, table, parts["difference"], stage)
    if gone is not None:
        cursor.execute(
            sql.SQL(
                "DELETE FROM {table} t USING {difference} d"
                " WHERE t.ctid = d.held AND d.staged IS NULL"
            ).format(**parts)
        )
        deleted = cursor.rowcount
    if reach is Reach.GIVEN and table.rest:
        values = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(column.identifier, sql.Identifier("s", column.name))
            for column in table.rest
        )
        cursor.execute(
            sql.SQL(
                "UPDATE {table} t SET {values} FROM {difference} d"
                " JOIN {stage} s ON s.ctid = d.staged WHERE t.ctid = d.held"
            ).format(values=values, **parts)
        )
        updated = cursor.rowcount
    cursor.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {staged} FROM {difference} d"
            " JOIN {stage} s ON s.ctid = d.staged WHERE d.held IS NULL"
        ).format(**parts)
    )
    inserted = cursor.rowcount
    cursor.execute(sql.SQL("DROP TABLE {difference}").format(**parts))
    return Applied(inserted, updated, deleted, left)
