"""Bring a resource's table to exactly the rows that a source gave, in the caller's transaction.

Into a table that is new, the rows go straight and the key is built over them. Otherwise they go to
a temporary table, and one full join finds what is new, changed and gone; rows that are as they were
are not touched. Measured against INSERT … ON CONFLICT DO UPDATE … WHERE … IS DISTINCT FROM …, which
locks and so rewrites the header of every row: less than half of its time when little has changed,
and no more when everything has (docs/adr/0009-store-and-sync.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import errors, sql

from . import shape
from .columns import Column
from .errors import StoreRefusal
from .refusals import refuse_unknown_codes, refused_row, repeated_key
from .tables import StoreTable, add_key, count, definitions, names

Cursor = psycopg.Cursor[tuple[Any, ...]]
Write = Callable[[bytes], None]
Fill = Callable[[Write], int]
WORK_MEMORY = "128MB"
INDEX_MEMORY = "256MB"
PATIENCE = "10s"


class Phase(StrEnum):
    READING = "reading"
    MERGING = "merging"


Entering = Callable[[Phase], None]
Codes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one merge did. `total` is how many rows the table holds now."""

    read: int
    inserted: int
    updated: int
    deleted: int
    total: int


@dataclass(frozen=True, slots=True)
class _Intake:
    """What writes the rows, and which columns it gives."""

    fill: Fill
    columns: Sequence[Column]


def merge(
    cursor: Cursor,
    table: StoreTable,
    fill: Fill,
    *,
    given: Sequence[Column] | None = None,
    entering: Entering = lambda phase: None,
    patience: str = PATIENCE,
    codes: Codes | None = None,
) -> Counts:
    """Make the table hold exactly the rows that `fill` writes, and count what that took.

    `cursor` is psycopg's own, in a transaction. `fill` writes blocks of PostgreSQL's COPY text
    format, the `given` columns in their order (all of the table's unless said otherwise; the others
    stay empty), and returns how many rows they were. Raises `StoreRefusal`
    for rows that do not fit; then, as for every other error, the transaction must be rolled back.
    Readers see the old rows until the commit. Nobody is waited for longer than `patience`: a long
    pull while a column must be added, or a second merge of the table.

    `codes` are those that each list has, by its identifier: rows with another value in a column
    that is bound to the list are refused. A list that is not among them bars nothing.
    """
    planned = shape.plan(cursor, table)
    before = _set(cursor, work_mem=WORK_MEMORY, maintenance_work_mem=INDEX_MEMORY)
    before |= _set(cursor, lock_timeout=patience)
    way = _load if planned.starts_anew else _compare
    try:
        intake = _Intake(fill, given or table.columns)
        counts = way(cursor, table, planned, intake, entering, codes or {})
    except errors.LockNotAvailable:
        raise StoreRefusal("table_busy") from None
    _set(cursor, **before)
    return counts


def _set(cursor: Cursor, **values: str) -> dict[str, str]:
    """Set these for the rest of the transaction; return what they were."""
    before = {}
    for name, value in values.items():
        cursor.execute("SELECT current_setting(%s), set_config(%s, %s, true)", [name, name, value])
        for was, _now in cursor.fetchall():
            before[name] = str(was)
    return before


def _load(
    cursor: Cursor,
    table: StoreTable,
    planned: shape.Plan,
    intake: _Intake,
    entering: Entering,
    codes: Codes,
) -> Counts:
    """Rows straight into a table made in this transaction: no staging, and frozen as they come."""
    gone = 0 if planned.is_empty else count(cursor, table)
    shape.start_anew(cursor, table, planned)
    entering(Phase.READING)
    read = _copy(cursor, table, table.identifier, intake, sql.SQL(" (FREEZE)"))
    entering(Phase.MERGING)
    refuse_unknown_codes(cursor, table, table.identifier, codes)
    try:
        with cursor.connection.transaction():
            add_key(cursor, table)
    except errors.UniqueViolation:
        raise repeated_key(cursor, table, table.identifier) from None
    cursor.execute(sql.SQL("ANALYZE {}").format(table.identifier))
    return Counts(read=read, inserted=read, updated=0, deleted=gone, total=read)


def _compare(
    cursor: Cursor,
    table: StoreTable,
    planned: shape.Plan,
    intake: _Intake,
    entering: Entering,
    codes: Codes,
) -> Counts:
    stage = sql.Identifier(f"stage_{table.name}")
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
            stage, definitions(table.columns)
        )
    )
    entering(Phase.READING)
    read = _copy(cursor, table, stage, intake)
    cursor.execute(sql.SQL("ANALYZE {}").format(stage))
    entering(Phase.MERGING)
    refuse_unknown_codes(cursor, table, stage, codes)
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.identifier))
    shape.alter(cursor, table, planned)
    try:
        with cursor.connection.transaction():
            inserted, updated, deleted = _apply_difference(cursor, table, stage)
    except errors.UniqueViolation:
        raise repeated_key(cursor, table, stage) from None
    shape.tighten(cursor, table, planned)
    total = count(cursor, table)
    if total != read:
        # Every staged key is in the table now, and no other: fewer rows mean that one came twice.
        raise repeated_key(cursor, table, stage)
    cursor.execute(sql.SQL("DROP TABLE {}").format(stage))
    return Counts(read=read, inserted=inserted, updated=updated, deleted=deleted, total=total)


def _copy(
    cursor: Cursor,
    table: StoreTable,
    into: sql.Identifier,
    intake: _Intake,
    options: sql.SQL | None = None,
) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN{}").format(
        into, names(intake.columns), options or sql.SQL("")
    )
    try:
        with cursor.copy(statement) as copy:
            read = intake.fill(copy.write)
    except (errors.DataError, errors.IntegrityError) as error:
        refusal = refused_row(error, table)
        if refusal is None:
            raise
        raise refusal from None
    if cursor.rowcount != read:
        raise RuntimeError(f"{read} rows were given to {table.name}, {cursor.rowcount} arrived")
    return read


def _apply_difference(
    cursor: Cursor, table: StoreTable, stage: sql.Identifier
) -> tuple[int, int, int]:
    """How many rows were inserted, updated and deleted. The join writes down only what differs."""
    parts = {
        "table": table.identifier,
        "stage": stage,
        "difference": sql.Identifier(f"difference_{table.name}"),
        "same_key": sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier("t", c.name), sql.Identifier("s", c.name))
            for c in table.key
        ),
        "names": names(table.columns),
        "staged": names(table.columns, of="s"),
        "changed": _changed(table),
        "first": table.key[0].identifier,
    }
    cursor.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {difference} ON COMMIT DROP AS"
            " SELECT t.ctid AS held, s.ctid AS staged FROM {table} t FULL JOIN {stage} s"
            " ON {same_key} WHERE t.{first} IS NULL OR s.{first} IS NULL OR {changed}"
        ).format(**parts)
    )
    cursor.execute(sql.SQL("ANALYZE {difference}").format(**parts))
    cursor.execute(
        sql.SQL(
            "DELETE FROM {table} t USING {difference} d WHERE t.ctid = d.held AND d.staged IS NULL"
        ).format(**parts)
    )
    deleted = cursor.rowcount
    updated = 0
    if table.rest:
        cursor.execute(
            sql.SQL(
                "UPDATE {table} t SET {values} FROM {difference} d"
                " JOIN {stage} s ON s.ctid = d.staged WHERE t.ctid = d.held"
            ).format(values=_values(table), **parts)
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
    return inserted, updated, deleted


def _changed(table: StoreTable) -> sql.Composable:
    if not table.rest:
        return sql.SQL("false")
    return sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(
        names(table.rest, of="t"), names(table.rest, of="s")
    )


def _values(table: StoreTable) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(column.identifier, sql.Identifier("s", column.name))
        for column in table.rest
    )
