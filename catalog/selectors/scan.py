"""One pass over the entries that answer a question: their number, their facets, the keys of a page.

The entries are read once (twice where a facet of few values is chosen), with permission, words and
state in one condition that Django writes; the rest of the statement counts and sorts what was read.
To ask for list and facets one by one would read them, and check each phrase against its text, more
often. Facets of few values are counted from the
numbers of their combinations (`cube`), which are far fewer than the entries; the combination stands
in one column, `Resource.facets`, since to group by seven columns costs half as much again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast
from django.utils import timezone
from psycopg import sql

from catalog import search
from catalog.freshness import freshness_at
from catalog.querysets import ResourceQuerySet
from catalog.selectors.facets import DIMENSIONS, SMALL, Chosen, Counts

PAGE_SIZE = 20
# Beyond that many hits a rank tells little and costs much: the latest come first then.
RANKED_AT_MOST = 3000

STATEMENT = """
    WITH found AS {kept} ({found}),
    tallied AS MATERIALIZED (
        SELECT facets, freshness, {department} AS department_id, count(*) AS whole,
            count(*) FILTER (WHERE {provider_choices}) AS number
        FROM found GROUP BY {groups}
    ),
    cube AS MATERIALIZED (
        SELECT facets, freshness, number, {values} FROM tallied WHERE department_id IS NULL
    ),
    fitting AS {fitting},
    chosen AS (SELECT id, closeness, updated_at FROM fitting WHERE {provider_choices}),
    ranked AS (SELECT id, closeness, updated_at, {rank} AS rank FROM chosen),
    page AS (SELECT * FROM ranked ORDER BY {order} OFFSET {offset} LIMIT {limit})
    SELECT 'page', id::text, row_number() OVER (ORDER BY {order}) FROM page
    UNION ALL
    SELECT 'total', '', coalesce(sum(number), 0)::bigint FROM cube WHERE {small_choices}
    UNION ALL
    {departments}
"""
# Without a choice of small facets one look counts combinations and departments alike.
ALL_FIT = {
    "department": "department_id",
    "groups": "GROUPING SETS ((facets, freshness), (department_id))",
    "fitting": "NOT MATERIALIZED (SELECT * FROM found)",
    "departments": """
        SELECT 'department', department_id::text, whole
        FROM tallied WHERE department_id IS NOT NULL
    """,
}
# With one, departments count what fits it; that is kept, for the page is taken from it too.
SOME_FIT = {
    "department": "NULL::integer",
    "groups": "facets, freshness",
    "fitting": """MATERIALIZED (
        SELECT id, closeness, updated_at, department_id FROM found
        WHERE (facets, freshness) IN (SELECT facets, freshness FROM cube WHERE {small_choices})
    )""",
    "departments": """
        SELECT 'department', department_id::text, count(*) FROM fitting GROUP BY department_id
    """,
}
VALUE = "split_part(facets, '|', {place}) AS {column}"
FACET = """
    UNION ALL
    SELECT {name}, {column}, sum(number)::bigint FROM cube
    WHERE {other_choices} AND number > 0 GROUP BY {column}
"""
# The cover density would be slower and tell no more of such short texts. Sounds weigh next to nothing.
RANK = """
    CASE WHEN closeness IS NULL AND (SELECT count(*) FROM chosen) <= {most} THEN
        ts_rank(
            '{{0.01, 0.2, 0.4, 1.0}}',
            (SELECT search FROM catalog_resource WHERE id = chosen.id), {query}::tsquery
        )
    END
"""
BY_RELEVANCE = "closeness NULLS LAST, rank DESC NULLS LAST, updated_at DESC, id DESC"
BY_TIME = "updated_at DESC, id DESC"
IN_REGION = "department_id IN (SELECT id FROM organisation_department WHERE region_id = ANY({}))"


@dataclass(frozen=True, slots=True)
class Scan:
    total: int
    counts: Counts
    keys: Sequence[int]


def scan(
    resources: ResourceQuerySet,
    terms: search.Terms,
    chosen: Chosen,
    *,
    by_relevance: bool,
    page: int,
) -> Scan:
    """Look through `resources`, already narrowed to what the party may see and to the terms.

    By relevance the closest names come first, then what ranks highest by items and abstract.
    """
    ranks = bool(terms) and by_relevance
    closeness = search.closeness(terms) if ranks else Value(None)
    try:
        found, params = (
            resources.order_by()
            .annotate(
                closeness=Cast(closeness, IntegerField()),
                freshness=freshness_at(timezone.now()),
            )
            .values("id", "updated_at", "closeness", "department_id", "facets", "freshness")
            .query.sql_with_params()
        )
    except EmptyResultSet:
        return Scan(0, {}, [])
    rank: sql.Composable = sql.SQL("NULL::real")
    if ranks:
        rank = sql.SQL(RANK).format(
            most=sql.Literal(RANKED_AT_MOST), query=sql.Literal(terms.for_rank())
        )
    small_choices = _choices(chosen, SMALL)
    parts = SOME_FIT if any(chosen.get(name) for name in SMALL) else ALL_FIT
    statement = sql.SQL(STATEMENT).format(
        # Words are held against each text once. Without words an index answers each part of the
        # statement, and the page without a look at the rest.
        kept=sql.SQL("MATERIALIZED" if terms else "NOT MATERIALIZED"),
        found=_written_by_django(found, params),
        rank=rank,
        order=sql.SQL(BY_RELEVANCE if ranks else BY_TIME),
        offset=sql.Literal((page - 1) * PAGE_SIZE),
        limit=sql.Literal(PAGE_SIZE),
        values=sql.SQL(", ").join(_value(name) for name in SMALL if name != "freshness"),
        small_choices=small_choices,
        **{name: sql.SQL(part).format(small_choices=small_choices) for name, part in parts.items()},
        provider_choices=_choices(chosen, ["department", "region"]),
    )
    facets = [
        sql.SQL(FACET).format(
            name=sql.Literal(name),
            column=_column(name),
            other_choices=_choices(chosen, [one for one in SMALL if one != name]),
        )
        for name in SMALL
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.Composed([statement, *facets]).as_string(cursor.connection))
        return _sorted_out(cursor.fetchall())


def _written_by_django(statement: str, params: Sequence[Any]) -> sql.Composable:
    """The queryset's own statement with its values put in, so that it can stand in another."""
    with connection.cursor() as cursor:
        return sql.SQL(cursor.mogrify(statement, params))


def _column(name: str) -> sql.Identifier:
    return sql.Identifier(DIMENSIONS[name].column)


def _value(name: str) -> sql.Composable:
    place = sql.Literal(DIMENSIONS[name].place)
    return sql.SQL(VALUE).format(place=place, column=_column(name))


def _choices(chosen: Chosen, names: Iterable[str]) -> sql.Composable:
    conditions = [_choice(name, chosen[name]) for name in names if chosen.get(name)]
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _choice(name: str, values: Sequence[str]) -> sql.Composable:
    if name == "region":
        return sql.SQL(IN_REGION).format(sql.Literal([int(value) for value in values]))
    given = [int(value) for value in values] if name == "department" else list(values)
    return sql.SQL("{} = ANY({})").format(_column(name), sql.Literal(given))


def _sorted_out(rows: Sequence[tuple[str, str, int]]) -> Scan:
    total = 0
    counts: dict[str, dict[str, int]] = {}
    page = []
    for kind, value, number in rows:
        if kind == "page":
            page.append((number, int(value)))
        elif kind == "total":
            total = number
        else:
            counts.setdefault(kind, {})[value] = number
    return Scan(total=total, counts=counts, keys=[key for _place, key in sorted(page)])
