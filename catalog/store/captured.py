"""Changes as a source's log tells them, brought to the table: of each key the last one counts.

The changes lie in a temporary table in the order in which they were committed. Whatever happened to
a key in between, its last change says how the row is at the end: there, with these values, or gone.
So the same changes may come again, and a run that reads on from an earlier place does no harm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from psycopg import errors, sql

from . import row_count
from .apart import among
from .delta import Reach, apply_delta, has_repeats
from .errors import StoreRefusal
from .inspection import Shrunk
from .merge import INDEX_MEMORY, PATIENCE, WORK_MEMORY, Counts, Entering, Phase
from .planning import set_locally
from .reshape import reshaping
from .rules import Checking, Staged
from .staging import Cursor, Stage, stage_for
from .tables import StoreTable, exists, names, same_key
from .trust import Fill, Write

GAPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of which the log does not hold all, by its key; and the transaction that wrote it."""

    key: tuple[str, ...]
    transaction: int


@dataclass(frozen=True, slots=True)
class Captured:
    """`fill` writes COPY text: went (t or f), has gaps, transaction, then the `given` columns.

    Of a row that went the key is enough. `reread` writes the `given` columns of whole rows, as they
    are now, and returns how many there are.
    """

    given: Sequence[Staged]
    fill: Fill
    reread: Callable[[Sequence[Gap], Write], int]


def is_in_shape(cursor: Cursor, table: StoreTable) -> bool:
    """Whether the table is there and as its items say, so that changes alone can be brought to it."""
    return exists(cursor, table.name) and not reshaping(cursor, table)


def apply_captured(
    cursor: Cursor,
    table: StoreTable,
    captured: Captured,
    *,
    checking: Checking,
    entering: Entering = lambda phase: None,
    patience: str = PATIENCE,
) -> Counts:
    """Bring the table to the changes; rows that they do not name stay. See `merge` for the rest.

    A row that comes bad leaves the published one under its key as it was. Raises `Shrunk` when far
    fewer rows than `checking` expects would be left. The table must be in shape.
    """
    if not is_in_shape(cursor, table):
        raise StoreRefusal("capture_moving")
    before = set_locally(cursor, work_mem=WORK_MEMORY, maintenance_work_mem=INDEX_MEMORY)
    before |= set_locally(cursor, lock_timeout=patience)
    try:
        counts = _apply(cursor, table, captured, checking, entering)
    except errors.LockNotAvailable:
        raise StoreRefusal("table_busy") from None
    set_locally(cursor, **before)
    return counts


def _apply(
    cursor: Cursor,
    table: StoreTable,
    captured: Captured,
    checking: Checking,
    entering: Entering,
) -> Counts:
    entering(Phase.READING)
    latest = _Latest(cursor, table, captured.given)
    read = latest.take_in(captured.fill)
    latest.close_gaps(captured.reread)
    entering(Phase.CHECKING)
    gone = latest.gone()
    # How many rows came says nothing; how many are left is asked below.
    stage = stage_for(cursor, table, captured.given, replace(checking, fewest=None))
    found = stage.inspect(latest.put_into(stage))
    went = among(cursor, table, captured.given, checking.apart, gone, is_there=True)
    found.apart_again |= dict.fromkeys(went - found.apart_again.keys(), False)
    stage.put_clean()
    entering(Phase.MERGING)
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table.identifier))
    if has_repeats(cursor, table, stage.clean):
        stage.set_apart_repeats()
    done = apply_delta(
        cursor, table, stage.clean, Reach.GIVEN, rows=stage.good, gone=_held(table, stage, gone)
    )
    total = row_count.moved(cursor, table, inserted=done.inserted, deleted=done.deleted)
    if checking.fewest is not None and total < checking.fewest:
        raise Shrunk(stage.inspection, checking, total)
    stage.drop()
    latest.drop()
    return Counts(
        read, done.inserted, done.updated, done.deleted, total, inspection=stage.inspection
    )


class _Latest:
    """The last change of each key, in columns of text as the source writes them."""

    def __init__(self, cursor: Cursor, table: StoreTable, given: Sequence[Staged]) -> None:
        self.cursor = cursor
        self.table = table
        self.given = given
        self.all = sql.Identifier(f"captured_{table.name}")
        self.relation = sql.Identifier(f"latest_{table.name}")
        self.gone_keys = sql.Identifier(f"gone_keys_{table.name}")
        self.gaps = sql.Identifier(f"gaps_{table.name}")
        self.values = names([one.column for one in given])
        self.key = names(table.key)

    def take_in(self, fill: Fill) -> int:
        self._run(
            "CREATE TEMPORARY TABLE {all} (_place bigint GENERATED ALWAYS AS IDENTITY,"
            " _gone boolean, _has_gaps boolean, _transaction bigint, {columns}) ON COMMIT DROP",
            columns=sql.SQL(", ").join(
                sql.SQL("{} text").format(one.column.identifier) for one in self.given
            ),
        )
        statement = "COPY {all} (_gone, _has_gaps, _transaction, {values}) FROM STDIN"
        read = self._copied(statement, fill)
        self._run(
            "CREATE TEMPORARY TABLE {relation} ON COMMIT DROP AS SELECT DISTINCT ON ({key}) *"
            " FROM {all} ORDER BY {key}, _place DESC"
        )
        self._run("DROP TABLE {all}")
        return read

    def close_gaps(self, reread: Callable[[Sequence[Gap], Write], int]) -> None:
        """Take whole rows in place of those that have gaps.

        Raises StoreRefusal, which heals, when one is not there any more: a later change takes it away.
        """
        self._run(
            "DECLARE {gaps} CURSOR FOR SELECT _transaction, {key} FROM {relation}"
            " WHERE _has_gaps AND NOT _gone"
        )
        self._run("DELETE FROM {relation} WHERE _has_gaps AND NOT _gone")
        while gaps := self._next_gaps():

            def fill(write: Write, gaps: Sequence[Gap] = gaps) -> int:
                return reread(gaps, write)

            if self._copied("COPY {relation} ({values}) FROM STDIN", fill) != len(gaps):
                raise StoreRefusal("capture_moving")
        self._run("CLOSE {gaps}")

    def _next_gaps(self) -> list[Gap]:
        self._run("FETCH {most} FROM {gaps}", most=sql.Literal(GAPS_AT_ONCE))
        return [Gap(tuple(key), number) for number, *key in self.cursor.fetchall()]

    def gone(self) -> sql.Identifier:
        """The keys that went, in the types of the table. Such as are no keys were never published."""
        only_keys = replace(self.table, columns=self.table.key)
        keys = [one for one in self.given if one.column.is_key]
        stage = stage_for(self.cursor, only_keys, keys, Checking())
        self._put(stage, keys, sql.SQL("_gone"))
        self._run(
            "CREATE TEMPORARY TABLE {gone_keys} ON COMMIT DROP AS SELECT DISTINCT {key} FROM"
            " (SELECT {cast} FROM {stage} s) k WHERE ({key}) IS NOT NULL",
            cast=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(one.value, one.column.identifier) for one in keys
            ),
            stage=stage.relation,
        )
        stage.drop()
        return self.gone_keys

    def put_into(self, stage: Stage) -> int:
        """The rows that are there at the end, in their order."""
        return self._put(stage, self.given, sql.SQL("_gone IS NOT TRUE"))

    def drop(self) -> None:
        self._run("DROP TABLE {relation}")
        self._run("DROP TABLE {gone_keys}")

    def _put(self, stage: Stage, given: Sequence[Staged], which: sql.SQL) -> int:
        self._run(
            "INSERT INTO {stage} ({columns}) SELECT {values} FROM {relation} WHERE {which}"
            " ORDER BY _place",
            stage=stage.relation,
            columns=names([one.column for one in given]),
            values=sql.SQL(", ").join(
                sql.SQL("{}::{}").format(one.column.identifier, one.stage_type) for one in given
            ),
            which=which,
        )
        return self.cursor.rowcount

    def _copied(self, statement: str, fill: Fill) -> int:
        parts = {"all": self.all, "relation": self.relation, "values": self.values}
        with self.cursor.copy(sql.SQL(statement).format(**parts)) as copy:
            return fill(copy.write)

    def _run(self, statement: str, **parts: sql.Composable) -> None:
        self.cursor.execute(
            sql.SQL(statement).format(
                all=self.all,
                relation=self.relation,
                gone_keys=self.gone_keys,
                gaps=self.gaps,
                key=self.key,
                **{"values": self.values, **parts},
            )
        )


def _held(table: StoreTable, stage: Stage, gone: sql.Identifier) -> sql.Composed:
    """The rows of the table that went, and are not there again under the same key, good or bad."""
    same = same_key(table, "t", "k")
    found = sql.SQL(
        "SELECT t.ctid FROM {table} t JOIN {gone} k ON {same}"
        " WHERE NOT EXISTS (SELECT FROM {clean} k WHERE {same})"
    ).format(table=table.identifier, gone=gone, same=same, clean=stage.clean)
    bad = stage.bad_keys()
    if bad is None:
        return found
    return found + sql.SQL(" AND NOT EXISTS (SELECT FROM ({}) k WHERE {})").format(bad, same)
