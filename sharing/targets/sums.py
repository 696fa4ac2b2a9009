"""Number and checksum of rows in PostgreSQL, of an agreement's view or of a target's table.

Each value is written in one way that other databases can write too (`mysql_sums`), with its length
before it, and the MD5 of a row's values is taken as a number of 60 bits. The sum of these does not
ask for an order, of which no two databases have the same. It tells rows that differ by mistake; the
SHA-256 of what was sent is another matter.
"""

from collections.abc import Sequence

from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from sharing.values import FLOATS, TEXTS

from .target import Sum

DIGITS = 15


def summed(relation: sql.Composable, columns: Sequence[Column]) -> sql.Composed:
    """A query of one row: number of rows, sum of their numbers as text."""
    return sql.SQL("SELECT count(*), coalesce(sum({}), 0)::text FROM {}").format(
        _number(columns), relation
    )


def hashes(relation: sql.Composable, columns: Sequence[Column]) -> sql.Composed:
    key = [column for column in columns if column.is_key]
    return sql.SQL("SELECT {}, {} FROM {} ORDER BY {} COLLATE {}").format(
        _hash(key), _hash(columns), relation, _hash(key), sql.Identifier("C")
    )


def by_column(relation: sql.Composable, columns: Sequence[Column]) -> sql.Composed:
    numbers = [sql.SQL("coalesce(sum({}), 0)::text").format(_number([one])) for one in columns]
    return sql.SQL("SELECT ARRAY[{}] FROM {}").format(sql.SQL(", ").join(numbers), relation)


def sum_of(rows: object, total: object) -> Sum:
    return Sum(int(str(rows)), format(int(str(total)), "x"))


def _number(columns: Sequence[Column]) -> sql.Composed:
    return sql.SQL("('x' || substr({}, 1, {}))::bit(60)::bigint").format(
        _hash(columns), sql.Literal(DIGITS)
    )


def _hash(columns: Sequence[Column]) -> sql.Composed:
    parts = [
        sql.SQL("coalesce(length({0})::text || ':' || {0}, '-')").format(_spelt(one))
        for one in columns
    ]
    return sql.SQL("md5({})").format(sql.SQL(" || ").join(parts))


def _spelt(column: Column) -> sql.Composable:
    name = column.identifier
    if column.kind in TEXTS:
        return sql.SQL("{}::text").format(name)
    if column.kind in {ItemType.NUMERIC, ItemType.CURRENCY, ItemType.INTEGER}:
        return sql.SQL("trim_scale({}::numeric)::text").format(name)
    if column.kind == ItemType.DATE:
        return sql.SQL("to_char({}, 'YYYY-MM-DD')").format(name)
    if column.kind == ItemType.DATETIME:
        return sql.SQL(
            "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS.US')"
        ).format(name)
    if column.kind == ItemType.LOGICAL:
        return sql.SQL("({}::int)::text").format(name)
    if column.kind in FLOATS:
        return sql.SQL("({}::float8)::text").format(name)
    raise ValueError(f"no way to write a value of the kind {column.kind}")
