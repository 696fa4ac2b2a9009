"""What must change in a resource's table when its data items changed, and whether that may be.

New items add columns. An item that goes, or whose type or part in the key changes, takes its column
along; that is refused while an agreement's view reads the column, for its reader would be cut off
without a word. Without any view the table is simply made anew: a full comparison fills it again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import sql

from .columns import Column
from .errors import StoreRefusal
from .tables import SCHEMA, StoreTable, create, exists


class Change(StrEnum):
    NONE = "none"
    CREATE = "create"
    ALTER = "alter"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to bring the table into shape; `is_empty` tells that nothing need be compared with."""

    change: Change
    is_empty: bool
    add: tuple[Column, ...] = ()
    drop: tuple[str, ...] = ()
    relax: tuple[Column, ...] = ()
    tighten: tuple[Column, ...] = ()

    @property
    def starts_anew(self) -> bool:
        return self.change in {Change.CREATE, Change.REBUILD}


@dataclass(frozen=True, slots=True)
class Found:
    """How a table is now: its columns with their types, those never NULL, and its key in order."""

    types: dict[str, str]
    required: frozenset[str]
    key: tuple[str, ...]


def plan(cursor: Any, table: StoreTable) -> Plan:
    """Compare the table with its items. Reads only: a refusal comes before any row moves."""
    if not exists(cursor, table.name):
        return Plan(Change.CREATE, is_empty=True)
    found = shape_of(cursor, table)
    used = _read_by_views(cursor, table)
    is_empty = holds_nothing(cursor, table)
    wanted = {column.name: column for column in table.columns}
    changed = [n for n, column in wanted.items() if found.types.get(n, column.type) != column.type]
    gone = [name for name in found.types if name not in wanted]
    key_changed = found.key != tuple(column.name for column in table.key)

    if used is None and (changed or gone or key_changed or is_empty):
        return Plan(Change.REBUILD, is_empty=is_empty)
    if used is not None:
        _refuse_what_is_used(table, used, changed=changed, gone=gone, key_changed=key_changed)
    drop = (*changed, *gone)
    add = tuple(c for c in table.columns if c.name not in found.types or c.name in changed)
    kept = [column for column in table.columns if column not in add]
    relax = tuple(c for c in kept if c.name in found.required and not c.is_required)
    tighten = tuple(c for c in kept if c.name not in found.required and c.is_required)
    tighten += tuple(column for column in add if column.is_required)
    change = Change.ALTER if drop or add or relax or tighten else Change.NONE
    return Plan(change, is_empty, add=add, drop=drop, relax=relax, tighten=tighten)


def start_anew(cursor: Any, table: StoreTable, planned: Plan) -> None:
    """Make the table in this transaction, without its key: nobody sees it before the commit."""
    if planned.change is Change.REBUILD:
        cursor.execute(sql.SQL("DROP TABLE {}").format(table.identifier))
    create(cursor, table, with_key=False, is_strict=False)


def require(cursor: Any, table: StoreTable) -> None:
    """Forbid NULL where the items forbid it, in a table that was made without."""
    actions = [
        sql.SQL("ALTER COLUMN {} SET NOT NULL").format(column.identifier)
        for column in table.rest
        if column.is_required
    ]
    _alter(cursor, table, actions)


def alter(cursor: Any, table: StoreTable, planned: Plan) -> None:
    """Before the rows change: drop, add (empty for now), and allow NULL where it is allowed now."""
    actions = [sql.SQL("DROP COLUMN {}").format(sql.Identifier(name)) for name in planned.drop]
    actions += [
        sql.SQL("ADD COLUMN {} {}").format(column.identifier, column.type_sql)
        for column in planned.add
    ]
    actions += [
        sql.SQL("ALTER COLUMN {} DROP NOT NULL").format(column.identifier)
        for column in planned.relax
    ]
    _alter(cursor, table, actions)


def tighten(cursor: Any, table: StoreTable, planned: Plan) -> None:
    """After the rows changed: forbid NULL where the items forbid it."""
    actions = [
        sql.SQL("ALTER COLUMN {} SET NOT NULL").format(column.identifier)
        for column in planned.tighten
    ]
    _alter(cursor, table, actions)


def _alter(cursor: Any, table: StoreTable, actions: list[sql.Composed]) -> None:
    if actions:
        cursor.execute(
            sql.SQL("ALTER TABLE {} {}").format(table.identifier, sql.SQL(", ").join(actions))
        )


def shape_of(cursor: Any, table: StoreTable) -> Found:
    cursor.execute(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               array_position(i.indkey::int2[], a.attnum)
        FROM pg_attribute a
        LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """,
        [f"{SCHEMA}.{table.name}"],
    )
    rows = cursor.fetchall()
    in_key = sorted((place, name) for name, _, _, place in rows if place is not None)
    return Found(
        types={name: type_ for name, type_, _, _ in rows},
        required=frozenset(name for name, _, is_required, _ in rows if is_required),
        key=tuple(name for _, name in in_key),
    )


def _read_by_views(cursor: Any, table: StoreTable) -> frozenset[str] | None:
    """The columns that views read; None when there is no view at all."""
    cursor.execute(
        """
        SELECT a.attname
        FROM pg_depend d
        JOIN pg_rewrite r ON r.oid = d.objid
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                                AND d.refobjsubid > 0
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = to_regclass(%s)
        """,
        [f"{SCHEMA}.{table.name}"],
    )
    rows = cursor.fetchall()
    if not rows:
        return None
    return frozenset(name for (name,) in rows if name is not None)


def holds_nothing(cursor: Any, table: StoreTable) -> bool:
    cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(table.identifier))
    empty: bool = cursor.fetchone()[0]
    return empty


def _refuse_what_is_used(
    table: StoreTable,
    used: frozenset[str],
    *,
    changed: list[str],
    gone: list[str],
    key_changed: bool,
) -> None:
    cut = [name for name in (*changed, *gone) if name in used]
    if cut:
        raise StoreRefusal("item_in_use", items=_labels(table, cut))
    if key_changed:
        raise StoreRefusal("key_in_use", items=_labels(table, [c.name for c in table.key]))


def _labels(table: StoreTable, names: list[str]) -> str:
    columns = ((name, table.column(name)) for name in names)
    return ", ".join(column.label if column and column.label else name for name, column in columns)
