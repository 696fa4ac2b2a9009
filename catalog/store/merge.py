"""Bring a resource's table to exactly the rows that a source gave, in the caller's transaction.

Into a table that is new, the rows go straight and the key is built over them. Otherwise they go to
a temporary table, and one full join finds what is new, changed and gone; rows that are as they were
are not touched. Measured against INSERT … ON CONFLICT DO UPDATE … WHERE … IS DISTINCT FROM …, which
locks and so rewrites the header of every row: less than half of its time when little has changed,
and no more when everything has (docs/adr/0009-store-and-sync.md). Rows that may be read twice are
taken on trust at first (`trust`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from psycopg import errors, sql

from . import changes, indexes, row_count, shape
from .delta import Reach, apply_delta, has_repeats
from .errors import StoreRefusal
from .inspection import Inspection
from .planning import set_locally
from .rules import Checking, Staged
from .staging import Cursor, Stage, stage_for, take_in
from .tables import StoreTable, add_key, count, names, same_key
from .trust import NULL, Fill, Intake, Write, on_trust, tried

__all__ = ["Counts", "Cursor", "Fill", "Phase", "Write", "merge"]

WORK_MEMORY = "128MB"
INDEX_MEMORY = "256MB"
PATIENCE = "10s"


class Phase(StrEnum):
    READING = "reading"
    CHECKING = "checking"
    MERGING = "merging"


Entering = Callable[[Phase], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one merge did. `total` is how many rows the table holds now.

    `left`: rows that differ from those read and were left, for only new ones were asked for.
    """

    read: int
    inserted: int
    updated: int
    deleted: int
    total: int
    inspection: Inspection = field(default_factory=lambda: Inspection(0), compare=False, repr=False)
    left: int = 0


class _Repeated(Exception):
    """A key came twice; what was done of the difference must be undone."""


def merge(
    cursor: Cursor,
    table: StoreTable,
    fill: Fill,
    *,
    given: Sequence[Staged] | None = None,
    null: str = NULL,
    is_at_hand: bool = False,
    entering: Entering = lambda phase: None,
    patience: str = PATIENCE,
    checking: Checking | None = None,
    reach: Reach = Reach.WHOLE,
) -> Counts:
    """Make the table hold exactly the good rows of those that `fill` writes; count what that took.

    `cursor` is psycopg's own, in a transaction. `fill` writes blocks of PostgreSQL's COPY text
    format, the `given` columns in their order (all of the table's unless said otherwise; the others
    stay empty; `null` stands for an empty value), and returns how many rows they were. It may be called
    twice when the rows are `is_at_hand`. Rows that break a rule are set apart and told
    in the counts; a row that is published under the key of one of them stays as it was, for it is
    not gone. Raises `StoreRefusal`: `TooManyBad` when more are bad than `checking` allows (without
    it, any), `Shrunk`, or another for what no rule can find. Then, as for every other error, the
    transaction must be rolled back. Readers see the old rows until the commit. Nobody is waited for
    longer than `patience`: a long pull while a column must be added, or a second merge.

    With a `reach` that is not whole the rows are some of them, and the others stay; the table must
    be there and need not be made anew.
    """
    planned = shape.plan(cursor, table)
    if planned.starts_anew and reach is not Reach.WHOLE:
        raise RuntimeError(f"{table.name} is made anew: some of its rows would be all of them")
    before = set_locally(cursor, work_mem=WORK_MEMORY, maintenance_work_mem=INDEX_MEMORY)
    before |= set_locally(cursor, lock_timeout=patience)
    intake = Intake(fill, given or [Staged(column) for column in table.columns], null)
    checking = checking or Checking()
    trusted = None
    if is_at_hand:
        trusted = on_trust(table, intake, checking, is_new=planned.starts_anew)

    def bring(intake: Intake) -> Counts:
        if planned.starts_anew:
            return _load(cursor, table, planned, intake, entering, checking)
        return _compare(cursor, table, planned, intake, entering, checking, reach)

    try:
        counts = tried(cursor, lambda: bring(trusted)) if trusted else None
        counts = counts or bring(intake)
    except errors.LockNotAvailable:
        raise StoreRefusal("table_busy") from None
    set_locally(cursor, **before)
    return counts


def _load(
    cursor: Cursor,
    table: StoreTable,
    planned: shape.Plan,
    intake: Intake,
    entering: Entering,
    checking: Checking,
) -> Counts:
    """Fill a table made in this transaction, and build its key afterwards.

    Where every value is sure to fit, rows go straight into it, frozen as they come, and are checked
    where they lie; else they take their types on the way from a stage.
    """
    gone = 0 if planned.is_empty else count(cursor, table)
    given = {one.column.name for one in intake.staged}
    is_straight = all(one.is_sure and not one.cast for one in intake.staged) and given == {
        column.name for column in table.columns
    }
    if is_straight:
        shape.start_anew(cursor, table, planned)
        stage = Stage(
            cursor, table, intake.staged, checking, table.identifier, doubted=intake.doubted
        )
    else:
        stage = stage_for(cursor, table, intake.staged, checking, doubted=intake.doubted)
    entering(Phase.READING)
    read = take_in(cursor, table, stage.relation, intake, freeze=is_straight)
    entering(Phase.CHECKING)
    inspection = stage.inspect(read)
    entering(Phase.MERGING)
    if is_straight:
        if inspection.bad:
            stage.drop_bad()
    else:
        shape.start_anew(cursor, table, planned)
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) {}").format(
                table.identifier, names(table.columns), stage.good_rows()
            )
        )
        stage.clean = table.identifier
    try:
        with cursor.connection.transaction():
            add_key(cursor, table)
    except errors.UniqueViolation:
        stage.set_apart_repeats()
        add_key(cursor, table)
    indexes.build_missing(cursor, table)
    shape.require(cursor, table)
    changes.start_anew(cursor, table)
    stage.drop()
    cursor.execute(sql.SQL("ANALYZE {}").format(table.identifier))
    total = read - inspection.bad
    row_count.keep(cursor, table, total)
    return Counts(read, total, 0, gone, total, inspection)


def _compare(
    cursor: Cursor,
    table: StoreTable,
    planned: shape.Plan,
    intake: Intake,
    entering: Entering,
    checking: Checking,
    reach: Reach,
) -> Counts:
    stage = stage_for(cursor, table, intake.staged, checking, doubted=intake.doubted)
    entering(Phase.READING)
    read = take_in(cursor, table, stage.relation, intake)
    entering(Phase.CHECKING)
    inspection = stage.inspect(read)
    stage.put_clean()
    if reach is Reach.WHOLE:
        cursor.execute(sql.SQL("ANALYZE {}").format(stage.clean))
    entering(Phase.MERGING)
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.identifier))
    shape.alter(cursor, table, planned)
    try:
        with cursor.connection.transaction():
            counts = _apply(cursor, table, stage, reach)
    except (errors.UniqueViolation, _Repeated):
        stage.set_apart_repeats()
        counts = _apply(cursor, table, stage, reach)
    indexes.build_missing(cursor, table)
    shape.tighten(cursor, table, planned)
    stage.drop()
    return replace(counts, inspection=inspection)


def _apply(cursor: Cursor, table: StoreTable, stage: Stage, reach: Reach) -> Counts:
    """Raises _Repeated when a key came twice."""
    if reach is not Reach.WHOLE:
        if has_repeats(cursor, table, stage.clean):
            raise _Repeated
        done = apply_delta(cursor, table, stage.clean, reach, rows=stage.good)
        total = row_count.moved(cursor, table, inserted=done.inserted, deleted=done.deleted)
        read = stage.inspection.read
        return Counts(read, done.inserted, done.updated, done.deleted, total, left=done.left)
    kept = _keep_rows_of_bad_keys(cursor, table, stage)
    inserted, updated, deleted = _apply_difference(cursor, table, stage.clean, kept)
    read = stage.inspection.read
    total = row_count.counted(cursor, table)
    staying = 0
    if kept is not None:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(kept))
        staying = int((cursor.fetchone() or (0,))[0])
        cursor.execute(sql.SQL("DROP TABLE {}").format(kept))
    if total - staying != read - stage.inspection.bad:
        # Every clean key is in the table now, and beside them only what stays because its row came
        # bad: fewer rows mean that one came twice.
        raise _Repeated
    return Counts(read, inserted, updated, deleted, total, stage.inspection)


def _keep_rows_of_bad_keys(
    cursor: Cursor, table: StoreTable, stage: Stage
) -> sql.Identifier | None:
    """The published rows whose like came bad: they are not gone, and stay as they are."""
    keys = stage.bad_keys()
    if keys is None:
        return None
    kept = sql.Identifier(f"kept_{table.name}")
    cursor.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {kept} ON COMMIT DROP AS SELECT t.ctid AS held"
            " FROM {table} t JOIN ({keys}) k ON {same}"
            " WHERE NOT EXISTS (SELECT FROM {clean} s WHERE {clean_same})"
        ).format(
            kept=kept,
            table=table.identifier,
            keys=keys,
            same=same_key(table, "t", "k"),
            clean=stage.clean,
            clean_same=same_key(table, "t", "s"),
        )
    )
    return kept


def _apply_difference(
    cursor: Cursor, table: StoreTable, stage: sql.Identifier, kept: sql.Identifier | None
) -> tuple[int, int, int]:
    """How many rows were inserted, updated and deleted. The join writes down only what differs."""
    parts = {
        "table": table.identifier,
        "stage": stage,
        "difference": sql.Identifier(f"difference_{table.name}"),
        "same_key": same_key(table, "t", "s"),
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
    if kept is not None:
        stays = (
            "DELETE FROM {difference} d USING {kept} k WHERE d.held = k.held AND d.staged IS NULL"
        )
        cursor.execute(sql.SQL(stays).format(kept=kept, **parts))
    cursor.execute(sql.SQL("ANALYZE {difference}").format(**parts))
    changes.note(cursor, table, parts["difference"], stage)
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
