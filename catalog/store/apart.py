"""Rows that earlier readings set apart, looked for in one that reads some rows alone.

Such a reading says nothing of the rows that it does not give: they stay in quarantine. It speaks of
one when its key comes again, good or bad, or when the key is gone. A row whose key cannot be read is
known again by all that it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from .inspection import LONGEST_KEPT
from .rules import Apart, Staged
from .tables import StoreTable, names, same_key

if TYPE_CHECKING:
    from .staging import Stage

Cursor = psycopg.Cursor[tuple[Any, ...]]
NUMBER = sql.Identifier("_number")


def met(stage: "Stage") -> dict[int, bool]:
    """The rows set apart earlier that came again in the stage; whether what came is bad."""
    if not stage.checking.apart:
        return {}
    cursor, table = stage.cursor, stage.table
    told = _told(cursor, table, stage.row, stage.checking.apart)
    bad = (
        sql.SQL("EXISTS (SELECT FROM {} b WHERE b.place = s._place)").format(stage.bad)
        if stage.rules
        else sql.SQL("false")
    )
    cursor.execute(
        sql.SQL(
            "SELECT a._number, bool_or({bad}) FROM ({known}) a JOIN"
            " (SELECT ctid AS _place, {keys} FROM {relation}) s ON {same} GROUP BY 1"
        ).format(
            bad=bad,
            known=_known(table, stage.row, told),
            keys=_keys(table, stage.row),
            relation=stage.relation,
            same=same_key(table, "a", "s"),
        )
    )
    found: dict[int, bool] = dict(cursor.fetchall())
    if stage.rules:
        found |= dict.fromkeys(_same_throughout(stage, told), True)
    cursor.execute(sql.SQL("DROP TABLE {}").format(told))
    return found


def among(
    cursor: Cursor,
    table: StoreTable,
    given: Sequence[Staged],
    apart: Sequence[Apart] | None,
    keys: sql.Identifier,
    *,
    is_there: bool,
) -> frozenset[int]:
    """Those rows set apart earlier whose key is among `keys`, or, if not `is_there`, is none of them."""
    if not apart:
        return frozenset()
    row = {one.column.name: one for one in given}
    told = _told(cursor, table, row, apart)
    cursor.execute(
        sql.SQL(
            "SELECT a._number FROM ({known}) a WHERE ({key}) IS NOT NULL"
            " AND {is_there} = EXISTS (SELECT FROM {keys} k WHERE {same})"
        ).format(
            known=_known(table, row, told),
            key=names(table.key, of="a"),
            is_there=sql.Literal(is_there),
            keys=keys,
            same=same_key(table, "a", "k"),
        )
    )
    found = frozenset(number for (number,) in cursor.fetchall())
    cursor.execute(sql.SQL("DROP TABLE {}").format(told))
    return found


def _told(
    cursor: Cursor, table: StoreTable, row: Mapping[str, Staged], apart: Sequence[Apart]
) -> sql.Identifier:
    """The rows in a temporary table, all columns as text."""
    told = sql.Identifier(f"apart_{table.name}")
    columns = [one.column for one in row.values()]
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({} bigint, {}) ON COMMIT DROP").format(
            told,
            NUMBER,
            sql.SQL(", ").join(sql.SQL("{} text").format(one.identifier) for one in columns),
        )
    )
    statement = sql.SQL("COPY {} ({}, {}) FROM STDIN").format(told, NUMBER, names(columns))
    with cursor.copy(statement) as copy:
        for one in apart:
            copy.write_row((one.number, *(one.values.get(column.name) for column in columns)))
    return told


def _known(table: StoreTable, row: Mapping[str, Staged], told: sql.Identifier) -> sql.Composed:
    """The keys of the rows in the types of the table; of one that cannot be read, NULL.

    They are texts whatever the column is staged as now. A text that was cut is no key.
    """
    as_text = {name: replace(one, is_sure=False) for name, one in row.items()}
    whole = sql.SQL(" AND ").join(
        sql.SQL("length({}) < {}").format(column.identifier, sql.Literal(LONGEST_KEPT))
        for column in table.key
    )
    return sql.SQL("SELECT {}, {} FROM {} WHERE {}").format(
        NUMBER, _keys(table, as_text), told, whole
    )


def _keys(table: StoreTable, row: Mapping[str, Staged]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(row[column.name].value, column.identifier)
        for column in table.key
    )


def _same_throughout(stage: "Stage", told: sql.Identifier) -> list[int]:
    columns = [one.column for one in stage.row.values()]
    stage.cursor.execute(
        sql.SQL(
            "SELECT _number FROM {told} WHERE ROW({texts})::text IN"
            " (SELECT ROW({cut})::text FROM {relation} s JOIN {bad} b ON b.place = s.ctid)"
        ).format(
            told=told,
            texts=names(columns),
            cut=sql.SQL(", ").join(
                sql.SQL("left(s.{}::text, {})").format(one.identifier, sql.Literal(LONGEST_KEPT))
                for one in columns
            ),
            relation=stage.relation,
            bad=stage.bad,
        )
    )
    return [number for (number,) in stage.cursor.fetchall()]
