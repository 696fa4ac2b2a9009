"""What merges did to a resource's rows, in the order of their commits, for those who follow them.

`store.r_<id>_changes` lies beside `store.r_<id>` once somebody follows the resource. A merge writes
there what it inserts, updates and deletes: an image of the row as it was, one as it is now, or both,
under one position. Positions come from one sequence, taken while the merge holds the table against
every other writer until its commit: a later position was committed later, and whoever sees one sees
all before it. The lowest row is a mark without a row: what happened before it is not known any more
(docs/adr/0030-changes.md).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from psycopg import errors, sql

from .columns import Column
from .tables import SCHEMA, StoreTable, names

POSITIONS = "store.positions"
SUFFIX = "_changes"


class Image(IntEnum):
    MARK = 0
    BEFORE = 1
    AFTER = 2


@dataclass(frozen=True, slots=True)
class Extent:
    """What a log knows: the changes after `floor`, up to `head`. None before it has begun."""

    floor: int | None
    head: int | None


def log_of(table_name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, f"{table_name}{SUFFIX}")


def is_kept(cursor: Any, table_name: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.{table_name}{SUFFIX}"])
    found: bool = cursor.fetchone()[0]
    return found


def keep(cursor: Any, table: StoreTable) -> None:
    """Write down what merges do from now on; nothing when that is done already.

    A merge that has looked for the log before, and has not committed yet, would be missed: while one
    runs, the log is made but begins later, by `begin` or with the next merge.
    """
    if is_kept(cursor, table.name):
        return
    _create(cursor, table)
    try:
        with cursor.connection.transaction():
            _hold(cursor, table, sql.SQL(" NOWAIT"))
            _mark(cursor, table.name)
    except errors.LockNotAvailable:
        return


def begin(cursor: Any, table_name: str, *, patience: str) -> bool:
    """Begin a log that could not begin when it was made; False while a merge is in the way."""
    if extent(cursor, table_name).head is not None:
        return True
    table = StoreTable(table_name, ())
    try:
        with cursor.connection.transaction():
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
            _hold(cursor, table, sql.SQL(""))
            if extent(cursor, table_name).head is None:
                _mark(cursor, table_name)
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except errors.LockNotAvailable:
        return False
    return True


def note(cursor: Any, table: StoreTable, difference: sql.Composable, stage: sql.Composable) -> None:
    """Write down what a merge is about to do, if anybody follows the table.

    `difference` has a row a change: `held` is the ctid of the row in the table, NULL for a new one,
    `staged` that in `stage`, NULL for one that goes. The caller holds the table against other writers
    until its commit. The first rows of a table are no changes: a follower has nothing yet, and an
    export brings them faster. They move the mark instead.
    """
    if not is_kept(cursor, table.name) or _is_empty(cursor, difference):
        return
    _follow_shape(cursor, table)
    known = extent(cursor, table.name)
    if known.head is None or (known.head == known.floor and _is_empty(cursor, table.identifier)):
        start_anew(cursor, table)
        return
    cursor.execute(
        sql.SQL(
            "WITH numbered AS MATERIALIZED"
            " (SELECT held, staged, nextval({positions}) AS position FROM {difference})"
            " INSERT INTO {log} (_position, _image, {names})"
            " SELECT n.position, {before}, {held} FROM numbered n JOIN {table} t ON t.ctid = n.held"
            " UNION ALL"
            " SELECT n.position, {after}, {staged} FROM numbered n JOIN {stage} s ON s.ctid = n.staged"
        ).format(
            positions=sql.Literal(POSITIONS),
            difference=difference,
            log=log_of(table.name),
            names=names(table.columns),
            held=names(table.columns, of="t"),
            staged=names(table.columns, of="s"),
            table=table.identifier,
            stage=stage,
            before=sql.Literal(Image.BEFORE),
            after=sql.Literal(Image.AFTER),
        )
    )


def start_anew(cursor: Any, table: StoreTable) -> None:
    """The table was made or filled anew: whoever follows it has to take all rows again."""
    if not is_kept(cursor, table.name):
        return
    _follow_shape(cursor, table)
    _hold_mark(cursor, table.name)
    cursor.execute(sql.SQL("DELETE FROM {}").format(log_of(table.name)))
    _mark(cursor, table.name)


def forget(cursor: Any, table_name: str) -> None:
    """Keep no log any more. Raises LockNotAvailable as the caller's `lock_timeout` says."""
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(log_of(table_name)))


def prune(cursor: Any, table_name: str, *, before: datetime) -> int:
    """Forget changes written down before that moment; how many rows of the log went.

    Runs beside merges and readers: one that reads with an older snapshot still finds them.
    """
    log = log_of(table_name)
    _hold_mark(cursor, table_name)
    cursor.execute(
        sql.SQL("SELECT max(_position) FROM {} WHERE _at < %s AND _image <> %s").format(log),
        [before, Image.MARK],
    )
    (last,) = cursor.fetchone()
    if last is None:
        return 0
    cursor.execute(sql.SQL("DELETE FROM {} WHERE _position <= %s").format(log), [last])
    gone: int = cursor.rowcount
    cursor.execute(
        sql.SQL("INSERT INTO {} (_position, _image) VALUES (%s, %s)").format(log),
        [last, Image.MARK],
    )
    return gone


def extent(cursor: Any, table_name: str) -> Extent:
    cursor.execute(
        sql.SQL("SELECT min(_position), max(_position) FROM {}").format(log_of(table_name))
    )
    return Extent(*cursor.fetchone())


def kept_logs(cursor: Any) -> list[str]:
    """The names of the tables whose changes are written down."""
    cursor.execute(
        "SELECT left(tablename, -length(%(suffix)s)) FROM pg_tables"
        " WHERE schemaname = %(schema)s AND right(tablename, length(%(suffix)s)) = %(suffix)s"
        " ORDER BY 1",
        {"schema": SCHEMA, "suffix": SUFFIX},
    )
    return [name for (name,) in cursor.fetchall()]


def _create(cursor: Any, table: StoreTable) -> None:
    # Columns of rows begin with a letter, so names with an underscore are free.
    cursor.execute(
        sql.SQL(
            "CREATE TABLE {} (_position bigint NOT NULL, _image smallint NOT NULL,"
            " _at timestamptz NOT NULL DEFAULT statement_timestamp(), {},"
            " PRIMARY KEY (_position, _image))"
        ).format(log_of(table.name), _definitions(table.columns))
    )


def _definitions(columns: tuple[Column, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{} {}").format(c.identifier, c.type_sql) for c in columns)


def _hold(cursor: Any, table: StoreTable, how: sql.SQL) -> None:
    statement = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE{}")
    cursor.execute(statement.format(table.identifier, how))


def _mark(cursor: Any, table_name: str) -> None:
    cursor.execute(
        sql.SQL("INSERT INTO {} (_position, _image) VALUES (nextval({}), {})").format(
            log_of(table_name), sql.Literal(POSITIONS), sql.Literal(Image.MARK)
        )
    )


def _hold_mark(cursor: Any, table_name: str) -> None:
    """Who moves the mark has to see where others have moved it; merges and readers go on."""
    cursor.execute(
        sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(log_of(table_name))
    )


def _is_empty(cursor: Any, relation: sql.Composable) -> bool:
    cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(relation))
    empty: bool = cursor.fetchone()[0]
    return empty


def _follow_shape(cursor: Any, table: StoreTable) -> None:
    """Bring the log's columns to the table's; what no agreement reads may go or change its type."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        " AND left(attname, 1) <> '_'",
        [f"{SCHEMA}.{table.name}{SUFFIX}"],
    )
    found = dict(cursor.fetchall())
    wanted = {column.name: column for column in table.columns}
    gone = [n for n, type_ in found.items() if n not in wanted or wanted[n].type != type_]
    come = [c for c in table.columns if found.get(c.name) != c.type]
    actions = [sql.SQL("DROP COLUMN {}").format(sql.Identifier(name)) for name in gone]
    actions += [sql.SQL("ADD COLUMN {} {}").format(c.identifier, c.type_sql) for c in come]
    if actions:
        cursor.execute(
            sql.SQL("ALTER TABLE {} {}").format(log_of(table.name), sql.SQL(", ").join(actions))
        )
