"""Rows of a source in a temporary table, held against the rules before anybody else sees one.

`take_in` fills the stage; `Stage.inspect` asks all rules in one pass over it and writes down the bad
rows, and nothing of the good ones. What comes after works on `Stage.clean`: the good rows, in the
types of the table. Where nothing is bad and every type is sure, that is the stage itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors, sql

from .apart import met
from .columns import Column
from .inspection import LONGEST_KEPT, BadRow, Fault, Inspection, Measured, Shrunk, TooManyBad
from .refusals import refused_row
from .rules import DIMENSIONS, Checking, Code, Dimension, Rule, Staged, derived
from .tables import StoreTable, names
from .trust import Doubt, Intake

Cursor = psycopg.Cursor[tuple[Any, ...]]


class Stage:
    """The rows of one source in `relation`, and which of them are bad.

    `doubted` as in `Intake`: where rows are taken on trust, the first bad one raises Doubt.
    """

    def __init__(
        self,
        cursor: Cursor,
        table: StoreTable,
        staged: Sequence[Staged],
        checking: Checking,
        relation: sql.Identifier,
        *,
        doubted: Sequence[Staged] = (),
    ) -> None:
        self.cursor = cursor
        self.table = table
        self.row = {one.column.name: one for one in staged}
        self.checking = checking
        self.relation = relation
        self.bad = sql.Identifier(f"bad_{table.name}")
        self.clean = relation
        declared = (rule for rule in checking.rules if _is_asked(rule, self.row))
        self.rules: list[Rule] = [*derived(table, staged, checking.codes), *declared]
        self.doubted = doubted
        # What the types have answered counts as asked.
        self.answered = derived(table, doubted, checking.codes) if doubted else []
        self.inspection = Inspection(read=0)
        self.groups: list[tuple[tuple[int, ...], int]] = []

    @property
    def good(self) -> int:
        """How many rows are in `clean`."""
        return self.inspection.read - self.inspection.bad

    def inspect(self, read: int) -> Inspection:
        """Ask every rule of every row. Raises TooManyBad, or Shrunk when far too few rows came."""
        self.inspection = Inspection(read=read, is_partial=self.checking.apart is not None)
        if self.rules:
            self._find()
            self._told()
        self._measure()
        self.inspection.apart_again |= met(self)
        if self.checking.fewest is not None and read < self.checking.fewest:
            raise Shrunk(self.inspection, self.checking, read)
        self._refuse()
        return self.inspection

    def set_apart_repeats(self) -> None:
        """Make every row bad whose key comes twice: which of them is right nobody knows.

        They go from `clean` too. Raises RuntimeError when no key comes twice.
        """
        if self.doubted:
            raise Doubt
        key = sql.SQL(", ").join(self._one(column).value for column in self.table.key)
        if not self.rules:
            self._make_bad(sql.SQL("false"))
        place = len(self.rules)
        self.rules.append(Rule(Code.REPEATED_KEY, self.table.key[0], lambda row: sql.SQL("false")))
        parts = {
            "relation": self.relation,
            "bad": self.bad,
            "key": key,
            "clean": self.clean,
            "place": sql.Literal(place + 1),
        }
        self.cursor.execute(
            sql.SQL(
                "INSERT INTO {bad} (place, faults) SELECT place, ARRAY[{place}] FROM"
                " (SELECT s.ctid AS place, count(*) OVER (PARTITION BY {key}) AS times"
                " FROM {relation} s WHERE NOT EXISTS (SELECT FROM {bad} b WHERE b.place = s.ctid)"
                ") k WHERE times > 1"
            ).format(**parts)
        )
        if not self.cursor.rowcount:
            raise RuntimeError(f"{self.table.name} was said to hold a key twice, and does not")
        self._number()
        self._told()
        self._measure()
        self.inspection.apart_again |= met(self)
        self._refuse()
        if self.clean == self.relation != self.table.identifier:
            self.put_clean()
            return
        self.cursor.execute(
            sql.SQL(
                "DELETE FROM {clean} c USING (SELECT {key} FROM {clean}"
                " GROUP BY {key} HAVING count(*) > 1) k WHERE {same}"
            ).format(
                clean=self.clean,
                key=names(self.table.key),
                same=sql.SQL(" AND ").join(
                    sql.SQL("c.{0} = k.{0}").format(column.identifier) for column in self.table.key
                ),
            )
        )

    def put_clean(self) -> None:
        """Make `clean`, unless the stage is clean as it is."""
        loose = any(one.is_loose for one in self.row.values())
        if not (loose or self.inspection.bad):
            return
        self.clean = sql.Identifier(f"clean_{self.table.name}")
        self.cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}").format(
                self.clean, self.good_rows()
            )
        )

    def good_rows(self) -> sql.Composed:
        """The query of the good rows, all columns of the table in their types."""
        columns = sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(self.row[column.name].sound, column.identifier)
            if column.name in self.row
            else sql.SQL("NULL::{} AS {}").format(column.type_sql, column.identifier)
            for column in self.table.columns
        )
        apart = (
            sql.SQL(" WHERE NOT EXISTS (SELECT FROM {} b WHERE b.place = s.ctid)").format(self.bad)
            if self.inspection.bad
            else sql.SQL("")
        )
        return sql.SQL("SELECT {} FROM {} s{}").format(columns, self.relation, apart)

    def drop_bad(self) -> None:
        """Take the bad rows out of the stage itself, where that is the table to be."""
        self.cursor.execute(
            sql.SQL("DELETE FROM {} s USING {} b WHERE s.ctid = b.place").format(
                self.relation, self.bad
            )
        )

    def bad_keys(self) -> sql.Composed | None:
        """The query of the keys that bad rows have, where they can be read; None without any."""
        if not self.inspection.bad:
            return None
        return sql.SQL(
            "SELECT DISTINCT {columns} FROM (SELECT {values} FROM {relation} s JOIN {bad} b"
            " ON b.place = s.ctid) k WHERE ({columns}) IS NOT NULL"
        ).format(
            columns=names(self.table.key),
            values=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(self._one(column).value, column.identifier)
                for column in self.table.key
            ),
            relation=self.relation,
            bad=self.bad,
        )

    def drop(self) -> None:
        for relation in (self.relation, self.bad, self.clean):
            if relation != self.table.identifier:
                self.cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(relation))

    def _one(self, column: Column) -> Staged:
        return self.row[column.name]

    def _find(self) -> None:
        """One pass: the good rows are only looked at, of the bad ones it is told why."""
        conditions = [rule.bad(self.row) for rule in self.rules]
        self._make_bad(sql.SQL(" OR ").join(sql.SQL("({})").format(one) for one in conditions))
        if self.doubted and self.cursor.rowcount:
            raise Doubt
        self._number()

    def _make_bad(self, condition: sql.Composable) -> None:
        told = sql.SQL(", ").join(
            sql.SQL("CASE WHEN {} THEN {} END").format(rule.bad(self.row), sql.Literal(place))
            for place, rule in enumerate(self.rules, start=1)
        )
        self.cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT ctid AS place,"
                " NULL::bigint AS number, array_remove(ARRAY[{}]::int[], NULL) AS faults"
                " FROM {} WHERE {}"
            ).format(self.bad, told, self.relation, condition)
        )

    def _number(self) -> None:
        """Which rows they were: the stage lies in the order in which they came.

        Bad rows that were taken out of it meanwhile are counted along.
        """
        self.cursor.execute(
            sql.SQL(
                "UPDATE {bad} b SET number = n.number FROM"
                " (SELECT place, row_number() OVER (ORDER BY place) AS number FROM"
                " (SELECT ctid AS place FROM {relation} UNION SELECT place FROM {bad}) p) n"
                " WHERE b.place = n.place AND b.number IS NULL"
                " AND EXISTS (SELECT FROM {bad})"
            ).format(bad=self.bad, relation=self.relation)
        )

    def _told(self) -> None:
        """How often each fault is, and the first bad rows as they came."""
        self.cursor.execute(
            sql.SQL("SELECT faults, count(*) FROM {} GROUP BY faults ORDER BY faults").format(
                self.bad
            )
        )
        self.groups = [(tuple(places), times) for places, times in self.cursor.fetchall()]
        found: Counter[Fault] = Counter()
        for places, times in self.groups:
            for fault in self._faults(places):
                found[fault] += times
        self.inspection.faults = dict(found)
        self.inspection.bad = sum(times for _places, times in self.groups)
        if not self.inspection.bad:
            return
        shown = list(self.row)
        self.cursor.execute(
            sql.SQL(
                "SELECT b.number, b.faults, {values} FROM {relation} s JOIN {bad} b"
                " ON b.place = s.ctid ORDER BY b.number LIMIT {keep}"
            ).format(
                values=sql.SQL(", ").join(
                    sql.SQL("left(s.{}::text, {})").format(
                        sql.Identifier(name), sql.Literal(LONGEST_KEPT)
                    )
                    for name in shown
                ),
                relation=self.relation,
                bad=self.bad,
                keep=sql.Literal(self.checking.keep),
            )
        )
        known = {row.number for row in self.inspection.rows}
        self.inspection.rows += [
            BadRow(number, tuple(self._faults(places)), dict(zip(shown, values, strict=True)))
            for number, places, *values in self.cursor.fetchall()
            if number not in known
        ]

    def _faults(self, places: Sequence[int]) -> list[Fault]:
        rules = (self.rules[place - 1] for place in places)
        return list(dict.fromkeys(Fault(rule.column.name, rule.code) for rule in rules))

    def _measure(self) -> None:
        """Uniqueness is always asked: by the key of the table."""
        read = self.inspection.read
        asked = {DIMENSIONS[rule.code] for rule in (*self.rules, *self.answered)}
        asked.add(Dimension.UNIQUENESS)
        failed: Counter[Dimension] = Counter()
        for places, times in self.groups:
            for dimension in {DIMENSIONS[self.rules[place - 1].code] for place in places}:
                failed[dimension] += times
        self.inspection.dimensions = {
            one: Measured(read - failed[one], read) for one in Dimension if one in asked
        }
        for wanted in self.checking.freshness:
            one = self.row.get(wanted.column.name)
            if one is not None and wanted not in self.inspection.newest:
                # Infinity and years beyond the calendar are no age, and Python has no such dates.
                self.cursor.execute(
                    sql.SQL(
                        "SELECT max({0})::timestamptz FROM {1}"
                        " WHERE {0} BETWEEN '0001-01-02' AND '9999-12-30'"
                    ).format(one.value, self.relation)
                )
                self.inspection.newest[wanted] = _first(self.cursor)

    def _refuse(self) -> None:
        if self.inspection.is_too_bad(self.checking):
            raise TooManyBad(self.inspection, self.checking)


def stage_for(
    cursor: Cursor,
    table: StoreTable,
    staged: Sequence[Staged],
    checking: Checking,
    *,
    doubted: Sequence[Staged] = (),
) -> Stage:
    """An empty stage for rows of the table: the columns given as they come, the others empty."""
    relation = sql.Identifier(f"stage_{table.name}")
    given = {one.column.name: one for one in staged}
    cursor.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
            relation,
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(
                    column.identifier,
                    given[column.name].stage_type if column.name in given else column.type_sql,
                )
                for column in table.columns
            ),
        )
    )
    return Stage(cursor, table, staged, checking, relation, doubted=doubted)


def take_in(
    cursor: Cursor,
    table: StoreTable,
    into: sql.Identifier,
    intake: Intake,
    *,
    freeze: bool = False,
) -> int:
    """COPY what the source gives; how many rows that were.

    Raises StoreRefusal for what no rule finds; Doubt instead for rows that are taken on trust.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FREEZE {}, NULL {})").format(
        into,
        names([one.column for one in intake.staged]),
        sql.SQL("true" if freeze else "false"),
        sql.Literal(intake.null),
    )
    try:
        with cursor.copy(statement) as copy:
            read = intake.fill(intake.guarded(copy.write))
    except (errors.DataError, errors.IntegrityError) as error:
        if intake.doubted:
            raise Doubt from None
        refusal = refused_row(error, table)
        if refusal is None:
            raise
        raise refusal from None
    if cursor.rowcount != read:
        raise RuntimeError(f"{read} rows were given to {table.name}, {cursor.rowcount} arrived")
    return read


def _is_asked(rule: Rule, row: Mapping[str, Staged]) -> bool:
    return rule.column.name in row and all(name in row for name in rule.others)


def _first(cursor: Cursor) -> Any:
    found = cursor.fetchone()
    return found[0] if found else None
