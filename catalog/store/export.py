"""Statements that let rows out; who runs them has settled who may read what.

They work on any relation, a table of the store or a view over it. PostgreSQL makes the bytes: CSV and
JSON lines for the whole, JSON for a page.
"""

from collections.abc import Callable, Sequence

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


def copy_csv(
    rows: sql.Composable, *, encoding: str = "UTF8", quoted: Sequence[Column] = ()
) -> sql.Composed:
    """COPY of a query as CSV with a header. PostgreSQL refuses what `encoding` has no letter for.

    Values of the columns `quoted` are in quotes though they need none; NULL is not.
    """
    quotes = sql.SQL(", FORCE_QUOTE ({})").format(names(quoted)) if quoted else sql.SQL("")
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER, ENCODING {}{})").format(
        rows, sql.Literal(encoding), quotes
    )


def copy_json_lines(
    rows: sql.Composable, line: Callable[[sql.Composable], sql.Composable] = lambda line: line
) -> sql.Composed:
    """COPY of a query as one JSON object a line, which `line` may still turn into an equal one.

    JSON has no control characters in it, so with these as quote and delimiter CSV leaves it alone;
    the text format would double its backslashes.
    """
    return sql.SQL(
        "COPY (SELECT {} FROM (SELECT row_to_json(_row)::text AS _line FROM ({}) AS _row OFFSET 0)"
        " AS _lines) TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"
    ).format(line(sql.Identifier("_line")), rows)


def json_page(
    schema: str,
    relation: str,
    columns: Sequence[Column],
    by: Sequence[Column],
    *,
    is_down: bool = False,
    after: Sequence[str | None] | None = None,
    limit: int,
    where: sql.Composable | None = None,
    start: int = 0,
) -> sql.Composed:
    """One page by keyset: a query of one row (JSON array as text, number of rows, last place).

    `by` are the columns of the order: one, and then those of the key that it is not; the key alone is
    the usual one. The relation is in that order already. `is_down` is the same order from its end.
    `after` is the last place of the page before, as this query gave it: a list of texts; None begins.
    `start` rows are passed over first, which costs as much as reading them.
    `where` is one more condition, composed by the caller. Ask for one row more than the page shows
    to learn whether another follows. The last place is None when there is no row.
    """
    # Columns begin with a letter, so names with an underscore are free.
    stretches = [
        sql.SQL(
            "(SELECT * FROM {relation} WHERE {where} AND {stretch} ORDER BY {by}"
            " LIMIT {limit} OFFSET {start})"
        ).format(
            relation=sql.Identifier(schema, relation),
            where=sql.SQL("true") if where is None else where,
            stretch=stretch,
            by=_by(by, is_down=is_down),
            limit=sql.Literal(limit),
            start=sql.Literal(start),
        )
        for stretch in _stretches(by, after, is_down=is_down)
    ]
    return sql.SQL(
        "SELECT coalesce(json_agg(_row), '[]')::text, count(*), json_agg(_page._place) -> -1"
        " FROM (SELECT *, ARRAY[{place}] AS _place FROM ({stretches}) AS _found"
        " ORDER BY {by} LIMIT {limit}) AS _page, LATERAL (SELECT {document}) AS _row"
    ).format(
        document=names(columns, of="_page"),
        place=sql.SQL(", ").join(sql.SQL("{}::text").format(c.identifier) for c in by),
        stretches=sql.SQL(" UNION ALL ").join(stretches),
        by=_by(by, is_down=is_down),
        limit=sql.Literal(limit),
    )


def _by(by: Sequence[Column], *, is_down: bool) -> sql.Composed:
    """NULL is last, and first from the end: as an index has it, which is read both ways."""
    way = sql.SQL(" DESC" if is_down else "")
    return sql.SQL(", ").join(sql.SQL("{}{}").format(one.identifier, way) for one in by)


def _stretches(
    by: Sequence[Column], after: Sequence[str | None] | None, *, is_down: bool
) -> list[sql.Composable]:
    """Conditions whose rows, one stretch after the other, are all that come after a place.

    A comparison with NULL finds nothing, and OR finds no index: so the rows without a value are a
    stretch of their own, behind the others or, from the end, before them.
    """
    if after is None:
        return [sql.SQL("true")]
    first, *rest = by
    if after[0] is not None:
        beyond = [_beyond(by, after, is_down=is_down)]
        without = sql.SQL("{} IS NULL").format(first.identifier)
        return beyond if is_down or first.is_required else [*beyond, without]
    without = sql.SQL("{} IS NULL AND {}").format(
        first.identifier, _beyond(rest, after[1:], is_down=is_down)
    )
    filled = sql.SQL("{} IS NOT NULL").format(first.identifier)
    return [without, filled] if is_down else [without]


def _beyond(by: Sequence[Column], place: Sequence[str | None], *, is_down: bool) -> sql.Composable:
    given = sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Literal(value), column.type_sql)
        for value, column in zip(place, by, strict=True)
    )
    return sql.SQL("({}) {} ({})").format(names(by), sql.SQL("<" if is_down else ">"), given)


def counted(schema: str, relation: str, where: sql.Composable | None = None) -> sql.Composed:
    """How many rows there are, of those that `where` keeps."""
    return sql.SQL("SELECT count(*) FROM {relation} WHERE {condition}").format(
        relation=sql.Identifier(schema, relation),
        condition=sql.SQL("true") if where is None else where,
    )
