"""Statements that let rows out; who runs them has settled who may read what.

They work on any relation, a table of the store or a view over it. PostgreSQL makes the bytes: CSV
for the whole, JSON for a page.
"""

from collections.abc import Sequence

from psycopg import sql

from .columns import Column
from .tables import names


def copy_out(
    schema: str, relation: str, columns: Sequence[Column], key: Sequence[Column]
) -> sql.Composed:
    """COPY of all rows as CSV with a header, in the order of the key."""
    return sql.SQL(
        "COPY (SELECT {columns} FROM {relation} ORDER BY {key}) TO STDOUT (FORMAT csv, HEADER)"
    ).format(columns=names(columns), relation=sql.Identifier(schema, relation), key=names(key))


def json_page(
    schema: str,
    relation: str,
    columns: Sequence[Column],
    key: Sequence[Column],
    *,
    after: Sequence[str] | None = None,
    limit: int,
    where: sql.Composable | None = None,
) -> sql.Composed:
    """One page by keyset: a query of one row (JSON array as text, number of rows, last key).

    `after` is the last key of the page before, as this query gave it: a list of texts; None begins.
    `where` is one more condition, composed by the caller. Ask for one row more than the page shows
    to learn whether another follows. The last key is None when there is no row.
    """
    conditions: list[sql.Composable] = [sql.SQL("true") if where is None else where]
    if after is not None:
        given = sql.SQL(", ").join(
            sql.SQL("{}::{}").format(sql.Literal(value), column.type_sql)
            for value, column in zip(after, key, strict=True)
        )
        conditions.append(sql.SQL("({}) > ({})").format(names(key), given))
    # Columns begin with a letter, so names with an underscore are free.
    return sql.SQL(
        "SELECT coalesce(json_agg(_row), '[]')::text, count(*), json_agg(_page._place) -> -1"
        " FROM (SELECT *, ARRAY[{place}] AS _place FROM {relation} WHERE {conditions}"
        " ORDER BY {key} LIMIT {limit}) AS _page, LATERAL (SELECT {document}) AS _row"
    ).format(
        document=names(columns, of="_page"),
        place=sql.SQL(", ").join(sql.SQL("{}::text").format(c.identifier) for c in key),
        relation=sql.Identifier(schema, relation),
        conditions=sql.SQL(" AND ").join(conditions),
        key=names(key),
        limit=sql.Literal(limit),
    )
