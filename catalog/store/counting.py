"""What the columns of a table hold, counted in set-based passes; nothing about who may know it.

One pass counts what is empty, how long texts are and which values are in no code list; then each
column is grouped once by its values, and numbers and dates once more by the bars of their histogram.
Every statement is a transaction of its own, so that nothing waits for the whole. Of very large tables
a sample is counted. No value that fewer than `FEWEST` rows hold leaves this module, and of columns
whose values are to stay inside (`withheld`) none at all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql

from catalog.models import ItemType

from .columns import Column
from .intervals import Bar, Value, edges, merged
from .tables import StoreTable

FEWEST = 10
MOST_VALUES = 8
LONGEST_VALUE = 100
LONG = 1000
"""Where texts are longer, all but the short ones are counted by their digest."""
DIGEST = "\x01"  # in front of one: no text of people begins so
SHARE = 1000
WORK_MEMORY = "128MB"
SAMPLE_ABOVE = 3_000_000
SAMPLE = 1_000_000
MANY = 200  # columns counted in one statement

WORDS = frozenset({ItemType.CHARACTER, ItemType.MEMO, ItemType.GENERAL})
DATES = frozenset({ItemType.DATE, ItemType.DATETIME})
NUMBERS = frozenset(
    {ItemType.NUMERIC, ItemType.CURRENCY, ItemType.DOUBLE, ItemType.FLOAT, ItemType.INTEGER}
)
ZONE = ZoneInfo("Asia/Shanghai")
SAMPLED = sql.Identifier("pg_temp", "profile_sample")


@dataclass(slots=True)
class ColumnCount:
    """What one column holds. `top` are values with their rows, the most frequent first."""

    name: str
    nulls: int = 0
    distinct: int = 0
    unknown_codes: int | None = None
    is_withheld: bool = False
    shortest: int | None = None
    longest: int | None = None
    minimum: str = ""
    maximum: str = ""
    top: list[tuple[Any, int]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    is_odd: bool = False
    """Whether it holds what no number or date of the calendar is (NaN, infinity)."""


@dataclass(frozen=True, slots=True)
class TableCount:
    rows: int
    rows_read: int
    columns: Sequence[ColumnCount]


def count_table(
    cursor: Any,
    table: StoreTable,
    *,
    withheld: Collection[str] = (),
    codes: Mapping[str, Sequence[str]] | None = None,
    sample_above: int = SAMPLE_ABOVE,
    sample: int = SAMPLE,
) -> TableCount:
    """Count the table as it is; `codes` are those of each list, by its identifier.

    `cursor` is psycopg's own. Raises psycopg's errors, when the table is being rebuilt for one.
    """
    relation: sql.Composable = table.identifier
    rows = _one(cursor, sql.SQL("SELECT count(*) FROM {}").format(relation))[0]
    is_sample = rows > sample_above
    if is_sample:
        relation = _sampled(cursor, table, 100 * sample / rows)
    found: dict[str, ColumnCount] = {}
    read = rows
    for start in range(0, len(table.columns), MANY):
        read = _overview(cursor, relation, table.columns[start : start + MANY], codes or {}, found)
    for column in table.columns:
        told = found[column.name]
        told.is_withheld = column.name in withheld
        is_unique = table.key == (column,)
        if is_unique:
            told.distinct = read
        elif told.is_withheld or told.is_odd:
            told.distinct = _distinct(cursor, relation, column, told)
        else:
            _values(cursor, relation, column, told, read)
        if told.is_withheld:
            told.shortest = told.longest = None
            continue
        if column.kind in NUMBERS | DATES and not told.is_odd and read >= 2 * FEWEST + told.nulls:
            told.bars = _bars(cursor, relation, column)
        told.top = _safe(told.top, told.bars, read - told.nulls)
        if told.shortest is not None:
            _lengths(cursor, relation, column, told)
    if is_sample:
        _run(cursor, sql.SQL("DROP TABLE {}").format(SAMPLED))
    return TableCount(rows=rows, rows_read=read, columns=list(found.values()))


def _sampled(cursor: Any, table: StoreTable, percent: float) -> sql.Identifier:
    """A sample of the rows, the same ones of the same table."""
    _run(cursor, sql.SQL("DROP TABLE IF EXISTS {}").format(SAMPLED))
    _run(
        cursor,
        sql.SQL(
            "CREATE TEMPORARY TABLE profile_sample AS"
            " SELECT * FROM {} TABLESAMPLE BERNOULLI ({}) REPEATABLE (809)"
        ).format(table.identifier, sql.Literal(round(percent, 4))),
    )
    return SAMPLED


def _overview(
    cursor: Any,
    relation: sql.Composable,
    columns: Sequence[Column],
    codes: Mapping[str, Sequence[str]],
    found: dict[str, ColumnCount],
) -> int:
    """Empty values, lengths, codes and odd values of many columns in one pass; how many rows."""
    asked: list[sql.Composable] = [sql.SQL("count(*)")]
    for column in columns:
        name = column.identifier
        asked.append(sql.SQL("count({})").format(name))
        if column.kind in WORDS:
            asked += [
                sql.SQL("min(length({}))").format(name),
                sql.SQL("max(length({}))").format(name),
            ]
        if column.code_list in codes:
            listed = list(codes[column.code_list])
            asked.append(
                sql.SQL("count(*) FILTER (WHERE {} <> ALL ({}::text[]))").format(name, listed)
            )
        if (odd := _odd(column)) is not None:
            asked.append(sql.SQL("coalesce(bool_or({}), false)").format(odd))
    answers = iter(
        _one(cursor, sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(asked), relation))
    )
    rows: int = next(answers)
    for column in columns:
        told = found[column.name] = ColumnCount(column.name, nulls=rows - next(answers))
        if column.kind in WORDS:
            told.shortest, told.longest = next(answers), next(answers)
        if column.code_list in codes:
            told.unknown_codes = next(answers)
        if _odd(column) is not None:
            told.is_odd = next(answers)
    return rows


def _odd(column: Column) -> sql.Composable | None:
    if column.kind in DATES:
        condition = "{0} NOT BETWEEN '0001-01-02' AND '9999-12-30'"
    elif column.kind in NUMBERS - {ItemType.INTEGER}:
        condition = "{0} IN ('NaN', 'Infinity', '-Infinity')"
    else:
        return None
    return sql.SQL(condition).format(column.identifier)


def _counted(column: Column, told: ColumnCount) -> sql.Composable:
    """What stands for a value when values are counted: itself, unless it is very long."""
    if (told.longest or 0) <= LONG:
        return column.identifier
    return sql.SQL(
        "CASE WHEN length({0}) <= {1} THEN {0}"
        " ELSE {2} || encode(sha256(convert_to({0}, 'UTF8')), 'hex') END"
    ).format(column.identifier, sql.Literal(LONGEST_VALUE), sql.Literal(DIGEST))


def _distinct(cursor: Any, relation: sql.Composable, column: Column, told: ColumnCount) -> int:
    found: int = _one(
        cursor,
        sql.SQL(
            "SELECT count(*) FROM (SELECT FROM {0} WHERE {1} IS NOT NULL GROUP BY {2}) v"
        ).format(relation, column.identifier, _counted(column, told)),
    )[0]
    return found


def _values(
    cursor: Any, relation: sql.Composable, column: Column, told: ColumnCount, rows: int
) -> None:
    """Distinct values, extremes and frequent ones, as far as enough rows hold them.

    Frequent is what one row in a thousand holds.
    """
    grouped = sql.SQL(
        "WITH f AS MATERIALIZED (SELECT {value} AS v, count(*) AS n FROM {relation}"
        " WHERE {name} IS NOT NULL GROUP BY 1),"
        " low AS (SELECT * FROM f ORDER BY v LIMIT 1),"
        " high AS (SELECT * FROM f ORDER BY v DESC LIMIT 1),"
        " top AS (SELECT * FROM f WHERE n >= {frequent} AND length(v::text) <= {longest}"
        " AND v::text NOT LIKE {digests}"
        " ORDER BY n DESC, v LIMIT {most})"
        " SELECT 0 AS part, NULL AS v, (SELECT count(*) FROM f) AS n"
        " UNION ALL SELECT 1, v, n FROM low UNION ALL SELECT 2, v, n FROM high"
        " UNION ALL (SELECT 3, v, n FROM top ORDER BY n DESC, v)"
    ).format(
        name=column.identifier,
        value=_counted(column, told),
        digests=sql.Literal(f"{DIGEST}%"),
        relation=relation,
        frequent=sql.Literal(max(FEWEST, (rows - told.nulls) // SHARE)),
        longest=sql.Literal(LONGEST_VALUE),
        most=sql.Literal(MOST_VALUES),
    )
    for part, value, times in _run(cursor, grouped, fetch=True):
        if part == 0:
            told.distinct = times
        elif part == 3:
            told.top.append((value, times))
        elif times >= FEWEST and _is_short(text_of(value)):
            if part == 1:
                told.minimum = text_of(value)
            else:
                told.maximum = text_of(value)


def _lengths(cursor: Any, relation: sql.Composable, column: Column, told: ColumnCount) -> None:
    """The shortest and longest length that enough rows have."""
    told.shortest, told.longest = _one(
        cursor,
        sql.SQL(
            "SELECT min(l), max(l) FROM (SELECT length({0}) AS l FROM {1} WHERE {0} IS NOT NULL"
            " GROUP BY 1 HAVING count(*) >= {2}) v"
        ).format(column.identifier, relation, sql.Literal(FEWEST)),
    )


def _bars(cursor: Any, relation: sql.Composable, column: Column) -> list[Bar]:
    """The outermost rows, too few to be told, do not stretch the span; they fall into open ends."""
    name: sql.Composable = column.identifier
    if column.kind == ItemType.DATETIME:
        name = sql.SQL("({} AT TIME ZONE {})").format(name, sql.Literal(ZONE.key))
    ends = sql.SQL(
        "SELECT {name} FROM {relation} WHERE {own} IS NOT NULL"
        " ORDER BY {own} {way} OFFSET {skipped} LIMIT 1"
    )
    parts = {"name": name, "relation": relation, "own": column.identifier}
    skipped = sql.Literal(FEWEST - 1)
    low, high = (
        _one(cursor, ends.format(way=sql.SQL(way), skipped=skipped, **parts))[0]
        for way in ("ASC", "DESC")
    )
    bounds = edges(low, high, is_whole=column.kind == ItemType.INTEGER)
    if not bounds:
        return []
    kind = {ItemType.DATE: "date[]", ItemType.DATETIME: "timestamp[]"}.get(
        ItemType(column.kind), "numeric[]"
    )
    if kind == "numeric[]":
        name = sql.SQL("{}::numeric").format(name)
    counted = sql.SQL(
        "SELECT width_bucket({name}, {bounds}::{kind}), count(*) FROM {relation}"
        " WHERE {own} IS NOT NULL GROUP BY 1"
    ).format(
        name=name,
        bounds=sql.Literal([str(bound) for bound in bounds]),
        kind=sql.SQL(kind),
        relation=relation,
        own=column.identifier,
    )
    counts = dict(_run(cursor, counted, fetch=True))
    return merged(bounds, [counts.get(place, 0) for place in range(len(bounds) + 1)], fewest=FEWEST)


def _safe(
    top: Sequence[tuple[Any, int]], bars: Sequence[Bar], filled: int
) -> list[tuple[Any, int]]:
    """The frequent values, less those by which a small rest could be told.

    What is left of a bar, or of all rows, when its values are taken away is none or enough rows.
    """
    kept = list(top)
    for bar in bars:
        inside = [one for one in kept if _is_in(one[0], bar)]
        while inside and 0 < bar.rows - sum(times for _value, times in inside) < FEWEST:
            kept.remove(inside.pop())
    while kept and 0 < filled - sum(times for _value, times in kept) < FEWEST:
        kept.pop()
    return kept


def _is_in(value: Any, bar: Bar) -> bool:
    place: Value
    if isinstance(value, datetime):
        place = value.astimezone(ZONE).date()
    elif isinstance(value, date):
        place = value
    else:
        place = Decimal(str(value))
    above: bool = bar.low is None or place >= bar.low  # type: ignore[operator]
    below: bool = bar.high is None or place < bar.high  # type: ignore[operator]
    return above and below


def text_of(value: Any) -> str:
    """A value as it is kept and shown: moments in Beijing time, truth as true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat(" ", "seconds").removesuffix("+08:00")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and not text.startswith(DIGEST)


def _one(cursor: Any, statement: sql.Composable) -> tuple[Any, ...]:
    found: tuple[Any, ...] = _run(cursor, statement, fetch=True)[0]
    return found


def _run(cursor: Any, statement: sql.Composable, *, fetch: bool = False) -> list[Any]:
    with cursor.connection.transaction():
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
        cursor.execute(statement)
        return list(cursor.fetchall()) if fetch else []
