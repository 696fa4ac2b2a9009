"""Statements that let rows out; who runs them has settled who may read what.

They work on any relation, a table of the store or a view over it. PostgreSQL makes the bytes: CSV and
JSON lines for the whole, JSON for a page.
"""

from collections.abc import Sequence

from psycopg import sql

from .columns import Column
from .tables import names


def ordered(
    schema: str,
    relation: str,
    chosen: Sequence[sql.Composable],
    key: Sequence[Column],
    where: sql.Composable | None = None,
) -> sql.Composed:
    """The rows that meet the condition, all without one, in the order of the key."""
    return sql.SQL("SELECT {chosen} FROM {relation} WHERE {where} ORDER BY {key}").format(
        chosen=sql.SQL(", ").join(chosen),
        relation=sql.Identifier(schema, relation),
        where=sql.SQL("true") if where is None else where,
        key=names(key),
    )


def copy_csv(rows: sql.Composable, *, encoding: str = "UTF8") -> sql.Composed:
    """COPY of a query as CSV with a header. PostgreSQL refuses what `encoding` has no letter for."""
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER, ENCODING {})").format(
        rows, sql.Literal(encoding)
    )


def copy_json_lines(rows: sql.Composable) -> sql.Composed:
    """COPY of a query as one JSON object a line.

    JSON has no control characters in it, so with these as quote and delimiter CSV leaves it alone;
    the text format would double its backslashes.
    """
    return sql.SQL(
        "COPY (SELECT row_to_json(_row) FROM ({}) AS _row)"
        " TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"
    ).format(rows)


def json_page(
    schema: str,
    relation: str,
    columns: Sequence[Column],
    key: Sequence[Column],
    *,
    after: Sequence[str] | None = None,
    limit: int,
    where: sql.Composable | None = None,
    start: int = 0,
) -> sql.Composed:
    """One page by keyset: a query of one row (JSON array as text, number of rows, last key).

    `after` is the last key of the page before, as this query gave it: a list of texts; None begins.
    `start` rows are passed over first, which costs as much as reading them.
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
        " ORDER BY {key} LIMIT {limit} OFFSET {start}) AS _page, LATERAL (SELECT {document}) AS _row"
    ).format(
        document=names(columns, of="_page"),
        place=sql.SQL(", ").join(sql.SQL("{}::text").format(c.identifier) for c in key),
        relation=sql.Identifier(schema, relation),
        conditions=sql.SQL(" AND ").join(conditions),
        key=names(key),
        limit=sql.Literal(limit),
        start=sql.Literal(start),
    )


def counted(schema: str, relation: str, where: sql.Composable | None = None) -> sql.Composed:
    """How many rows there are, of those that `where` keeps."""
    return sql.SQL("SELECT count(*) FROM {relation} WHERE {condition}").format(
        relation=sql.Identifier(schema, relation),
        condition=sql.SQL("true") if where is None else where,
    )
