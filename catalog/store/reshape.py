"""Bringing a table into the shape of changed items at once, without waiting for the next sync.

What can be done without touching a row is done; where the rows cannot stay as they are (another type
or key, a compulsory item that they lack) the table goes, and the next sync brings them back: rows
that contradict their description are delivered to nobody.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import errors, sql

from . import changes, shape
from .columns import Column
from .errors import StoreRefusal
from .tables import SCHEMA, StoreTable, exists

PATIENCE = "5s"


@dataclass(frozen=True, slots=True)
class Reshaping:
    """What has to be done to a table; nothing when there is none."""

    add: tuple[Column, ...] = ()
    drop: tuple[str, ...] = ()
    relax: tuple[Column, ...] = ()
    tighten: tuple[Column, ...] = ()
    starts_anew: bool = False
    loses_rows: bool = False

    def __bool__(self) -> bool:
        return bool(self.add or self.drop or self.relax or self.tighten or self.starts_anew)


def reshaping(cursor: Any, table: StoreTable) -> Reshaping:
    """Compare the table with what its items say now. Reads only."""
    if not exists(cursor, table.name):
        return Reshaping()
    found = shape.shape_of(cursor, table)
    wanted = {column.name: column for column in table.columns}
    changed = [n for n, column in wanted.items() if found.types.get(n, column.type) != column.type]
    add = tuple(column for column in table.columns if column.name not in found.types)
    kept = [column for column in table.columns if column.name in found.types]
    tighten = tuple(c for c in kept if c.is_required and c.name not in found.required)
    key_changed = found.key != tuple(column.name for column in table.key)
    if (
        changed
        or key_changed
        or any(column.is_required for column in add)
        or _any_null(cursor, table, tighten)
    ):
        return Reshaping(starts_anew=True, loses_rows=not shape.holds_nothing(cursor, table))
    return Reshaping(
        add=add,
        drop=tuple(name for name in found.types if name not in wanted),
        relax=tuple(c for c in kept if c.name in found.required and not c.is_required),
        tighten=tighten,
    )


def reshape(cursor: Any, table: StoreTable, planned: Reshaping) -> None:
    """Do it, in the caller's transaction. Raises StoreRefusal when readers hold the table too long."""
    if not planned:
        return
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    try:
        if planned.starts_anew:
            cursor.execute(sql.SQL("DROP TABLE {}").format(table.identifier))
            changes.forget(cursor, table.name)
        else:
            plan = shape.Plan(
                shape.Change.ALTER,
                is_empty=False,
                add=planned.add,
                drop=planned.drop,
                relax=planned.relax,
                tighten=planned.tighten,
            )
            shape.alter(cursor, table, plan)
            shape.tighten(cursor, table, plan)
    except errors.LockNotAvailable:
        raise StoreRefusal("table_busy") from None
    except errors.DependentObjectsStillExist:
        raise StoreRefusal("table_in_use") from None
    cursor.execute("SELECT set_config('lock_timeout', '0', true)")


def _any_null(cursor: Any, table: StoreTable, columns: tuple[Column, ...]) -> bool:
    if not columns:
        return False
    cursor.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            sql.Identifier(SCHEMA, table.name),
            sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(c.identifier) for c in columns),
        )
    )
    found: bool = cursor.fetchone()[0]
    return found
