"""One pass over the entries that answer a question: their number, their facets, the keys of a page.

The entries are read once, with permission, words and state in one condition that Django writes; the
rest of the statement counts and sorts what was read. To ask for list and facets one by one would
read them, and check each phrase against its text, twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast
from psycopg import sql

from catalog import search
from catalog.querysets import ResourceQuerySet
from catalog.selectors.facets import DIMENSIONS, SMALL, Chosen, Counts, tally

PAGE_SIZE = 20
# Beyond that many hits a rank tells little and costs much: the latest come first then.
RANKED_AT_MOST = 3000

STATEMENT = """
    WITH found AS MATERIALIZED ({found}),
    chosen AS (SELECT id, closeness, updated_at FROM found WHERE {choices}),
    ranked AS (SELECT id, closeness, updated_at, {rank} AS rank FROM chosen),
    page AS (SELECT * FROM ranked ORDER BY {order} OFFSET {offset} LIMIT {limit})
    SELECT
        GROUPING(department_id), {small}, department_id,
        CASE GROUPING(department_id)
            WHEN 1 THEN count(*) FILTER (WHERE {department_choice})
            ELSE count(*) FILTER (WHERE {small_choices})
        END
    FROM found
    GROUP BY GROUPING SETS (({small}), (department_id))
    UNION ALL
    SELECT 2, {nothing}, id, row_number() OVER (ORDER BY {order}) FROM page
"""
RANK = """
    CASE WHEN closeness IS NULL AND (SELECT count(*) FROM chosen) <= {most} THEN
        ts_rank((SELECT search FROM catalog_resource WHERE id = chosen.id), {query}::tsquery)
    END
"""
BY_RELEVANCE = "closeness NULLS LAST, rank DESC NULLS LAST, updated_at DESC, id DESC"
BY_TIME = "updated_at DESC, id DESC"


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
    columns = [dimension.column for dimension in DIMENSIONS.values()]
    try:
        found, params = (
            resources.order_by()
            .annotate(closeness=Cast(closeness, IntegerField()))
            .values("id", "updated_at", "closeness", *columns)
            .query.sql_with_params()
        )
    except EmptyResultSet:
        return Scan(0, {}, [])
    small = sql.SQL(", ").join(sql.Identifier(DIMENSIONS[name].column) for name in SMALL)
    rank: sql.Composable = sql.SQL("NULL::real")
    if ranks:
        rank = sql.SQL(RANK).format(
            most=sql.Literal(RANKED_AT_MOST), query=sql.Literal(terms.as_tsquery())
        )
    statement = sql.SQL(STATEMENT).format(
        found=_written_by_django(found, params),
        choices=_choices(chosen, DIMENSIONS),
        rank=rank,
        order=sql.SQL(BY_RELEVANCE if ranks else BY_TIME),
        offset=sql.Literal((page - 1) * PAGE_SIZE),
        limit=sql.Literal(PAGE_SIZE),
        small=small,
        department_choice=_choices(chosen, ["department"]),
        small_choices=_choices(chosen, SMALL),
        nothing=sql.SQL(", ").join([sql.SQL("NULL")] * len(SMALL)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection))
        return _sorted_out(cursor.fetchall(), chosen)


def _written_by_django(statement: str, params: Sequence[Any]) -> sql.Composable:
    """The queryset's own statement with its values put in, so that it can stand in another."""
    with connection.cursor() as cursor:
        return sql.SQL(cursor.mogrify(statement, params))


def _choices(chosen: Chosen, names: Iterable[str]) -> sql.Composable:
    conditions = [
        sql.SQL("{} = ANY({})").format(
            sql.Identifier(DIMENSIONS[name].column),
            sql.Literal([int(v) if name == "department" else v for v in chosen[name]]),
        )
        for name in names
        if chosen.get(name)
    ]
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _sorted_out(rows: Sequence[tuple[Any, ...]], chosen: Chosen) -> Scan:
    departments, combinations, page = [], [], []
    for kind, *values, key, number in rows:
        if kind == 0:
            departments.append((str(key), number))
        elif kind == 1:
            combinations.append((values, number))
        else:
            page.append((number, key))
    total, counts = tally(combinations, chosen)
    return Scan(
        total=total,
        counts={**counts, "department": dict(departments)},
        keys=[key for _place, key in sorted(page)],
    )
