"""Take away the rows whose keys the source no longer has, from its keys alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from . import changes, row_count
from .apart import among
from .rules import Checking, Staged
from .staging import Cursor, stage_for, take_in
from .tables import StoreTable, same_key
from .trust import NULL, Fill, Intake


@dataclass(frozen=True, slots=True)
class Swept:
    """`missing`: sound keys of the source that the table has not: no reading brought their rows, or
    the rows were bad. `apart_gone`: of the rows set apart earlier, by number, those that the source no
    longer has."""

    read: int
    deleted: int
    missing: int
    apart_gone: frozenset[int] = frozenset()


def sweep(
    cursor: Cursor,
    table: StoreTable,
    fill: Fill,
    *,
    given: Sequence[Staged],
    checking: Checking,
    null: str = NULL,
) -> Swept:
    """Delete the rows whose key is none of those that `fill` writes: COPY text, the key's columns.

    The keys are cast as `given` says, as they were when their rows came. In the caller's
    transaction, the table locked against other writers. Raises `StoreRefusal` when more keys are
    bad than `checking` allows, or fewer come than it expects; then the transaction must be rolled back.
    """
    only_keys = replace(table, columns=tuple(table.key))
    bare = Checking(most_bad=checking.most_bad, fewest=checking.fewest)
    stage = stage_for(cursor, only_keys, given, bare)
    read = take_in(cursor, only_keys, stage.relation, Intake(fill, given, null))
    stage.inspect(read)
    stage.put_clean()
    keys = stage.clean
    cursor.execute(sql.SQL("ANALYZE {}").format(keys))
    same = same_key(table, "t", "k")
    gone = sql.Identifier(f"gone_{table.name}")
    parts = {"table": table.identifier, "keys": keys, "same": same, "gone": gone}
    cursor.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {gone} ON COMMIT DROP AS"
            " SELECT t.ctid AS held, NULL::tid AS staged FROM {table} t"
            " WHERE NOT EXISTS (SELECT FROM {keys} k WHERE {same})"
        ).format(**parts)
    )
    # No row of it is staged, so what is asked for staged rows may be the table itself.
    changes.note(cursor, table, gone, table.identifier)
    cursor.execute(
        sql.SQL("DELETE FROM {table} t USING {gone} g WHERE t.ctid = g.held").format(**parts)
    )
    deleted = cursor.rowcount
    row_count.moved(cursor, table, inserted=0, deleted=deleted)
    cursor.execute(
        sql.SQL(
            "SELECT count(*) FROM {keys} k WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same})"
        ).format(**parts)
    )
    missing = int((cursor.fetchone() or (0,))[0])
    cursor.execute(sql.SQL("DROP TABLE {gone}").format(**parts))
    apart_gone = among(cursor, only_keys, given, checking.apart, keys, is_there=False)
    stage.drop()
    return Swept(read=read, deleted=deleted, missing=missing, apart_gone=apart_gone)
