"""Turn PostgreSQL's errors about rows into refusals that name the item and the row, not the value.

Error texts of PostgreSQL quote values, which may be about people, and are in the server's language;
so only SQLSTATE, the structured fields and the numbers in the context are read.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from .columns import Column
from .errors import StoreRefusal
from .tables import StoreTable, names

# "COPY stage, line 3, column code: ..." in whatever language
PLACE = re.compile(r"^COPY \w+, \D+ (?P<row>\d+)(?:, \S+ (?P<column>\w+))?")

LONGEST_SHOWN = 60

BAD_ENCODING = {"22021", "22P05"}
TOO_LONG = {"22001"}
NULL = {"23502"}
OUT_OF_RANGE = {"22003", "22008"}


def refused_row(error: psycopg.Error, table: StoreTable) -> StoreRefusal | None:
    """The refusal for an error that COPY met in a row; None when it is about something else."""
    state = error.sqlstate or ""
    if not state.startswith(("22", "23")):
        return None
    place = PLACE.match(error.diag.context or "")
    row = int(place["row"]) if place else 0
    name = error.diag.column_name or (place["column"] if place else None) or ""
    column = table.column(name)
    item = column.label or name if column else name
    if state in BAD_ENCODING:
        return StoreRefusal("bad_encoding", row=row)
    if state in NULL:
        code = "null_in_key" if column and column.is_key else "null_in_item"
        return StoreRefusal(code, item=item, row=row)
    if state in TOO_LONG:
        length = column.length if column and column.length else 0
        return StoreRefusal("too_long", item=item, row=row, length=length)
    if state in OUT_OF_RANGE:
        return StoreRefusal("out_of_range", item=item, row=row)
    return StoreRefusal("wrong_type", item=item, row=row, type=column.kind if column else "")


def repeated_key(
    cursor: psycopg.Cursor[tuple[object, ...]], table: StoreTable, relation: sql.Identifier
) -> StoreRefusal:
    """The refusal for a key that occurs twice in `relation`: names the smallest such key."""
    cursor.execute(
        sql.SQL(
            "SELECT {key}, count(*) FROM {relation} GROUP BY {key} HAVING count(*) > 1"
            " ORDER BY {key} LIMIT 1"
        ).format(key=names(table.key), relation=relation)
    )
    found = cursor.fetchone()
    if found is None:
        raise RuntimeError(f"{table.name} was said to hold a key twice, and does not")
    *values, times = found
    shown = zip(table.key, values, strict=True)
    return StoreRefusal(
        "repeated_key",
        items=", ".join(column.label or column.name for column in table.key),
        key=", ".join(masked(column, value) for column, value in shown),
        times=int(str(times)),
    )


def refuse_unknown_codes(
    cursor: "psycopg.Cursor[tuple[Any, ...]]",
    table: StoreTable,
    relation: sql.Identifier,
    codes: Mapping[str, Sequence[str]],
) -> None:
    """Refuse values of bound columns that are in no list: one pass over `relation` for all of them.

    `relation` was filled in this transaction and not changed since, so that its physical order is
    that of the rows given. Nothing bound, no statement.
    """
    bound = [column for column in table.columns if codes.get(column.code_list)]
    if not bound:
        return
    # PostgreSQL hashes the array once for the whole scan; an empty value (NULL) passes.
    unknown = [
        sql.SQL("{} <> ALL ({}::text[])").format(column.identifier, list(codes[column.code_list]))
        for column in bound
    ]
    told = sql.SQL(", ").join(
        sql.SQL("count(*) FILTER (WHERE {0}), min(ctid) FILTER (WHERE {0})").format(one)
        for one in unknown
    )
    cursor.execute(
        sql.SQL("SELECT {} FROM {} WHERE {}").format(told, relation, sql.SQL(" OR ").join(unknown))
    )
    found = cursor.fetchone() or ()
    for column, times, first in zip(bound, found[::2], found[1::2], strict=True):
        if times:
            cursor.execute(
                sql.SQL(
                    "SELECT (SELECT count(*) FROM {relation} WHERE ctid <= %(first)s), {column}"
                    " FROM {relation} WHERE ctid = %(first)s"
                ).format(relation=relation, column=column.identifier),
                {"first": first},
            )
            for row, value in cursor.fetchall():
                raise StoreRefusal(
                    "code_list",
                    item=column.label or column.name,
                    list=column.code_list,
                    row=int(row),
                    value=masked(column, value)[:LONGEST_SHOWN],
                    times=int(times),
                )


def masked(column: Column, value: object) -> str:
    """`value` as it may be shown: of personal information only its ends."""
    text = str(value)
    if not column.is_personal:
        return text
    ends = 2 if len(text) >= 8 else 0
    return text[:ends] + "*" * (len(text) - 2 * ends) + text[len(text) - ends :]
