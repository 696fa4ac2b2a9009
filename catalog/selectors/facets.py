"""How many entries each value of each facet would leave, counted in one pass.

Values of one facet are joined by "or", facets by "and", so the counts of a facet are those without
its own choice: what one would get by choosing this value too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from catalog.models import DataFormat, Grade, SharingAttribute, UpdateFrequency
from catalog.querysets import ResourceQuerySet
from portal.common.text import Text
from portal.organisation.models import Department

Chosen = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A facet: its name in addresses, its column, its words, and its values where these are closed."""

    name: str
    column: str
    title: Text
    values: tuple[tuple[str, Text], ...] | None = None


@dataclass(frozen=True, slots=True)
class FacetOption:
    value: str
    label: Text
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """`options` are shown at once; `more` on demand, when there are many."""

    name: str
    title: Text
    options: Sequence[FacetOption]
    more: Sequence[FacetOption] = ()


DIMENSIONS: dict[str, Dimension] = {
    one.name: one
    for one in (
        Dimension(
            "sharing_attribute",
            "sharing_attribute",
            _("Sharing attribute"),
            tuple(SharingAttribute.choices),
        ),
        Dimension("department", "department_id", _("Provider")),
        Dimension("format", "data_format", _("Data format"), tuple(DataFormat.choices)),
        Dimension(
            "frequency",
            "update_frequency",
            _("Update frequency"),
            tuple(UpdateFrequency.choices),
        ),
        Dimension("grade", "grade", _("Grade"), tuple(Grade.choices)),
    )
}
SHOWN_AT_ONCE = 8


def count_facets(found: ResourceQuerySet, chosen: Chosen) -> tuple[int, list[Facet]]:
    """The number of entries that answer all of `chosen`, and every facet. Two queries."""
    total, counts = _counts(found, chosen)
    facets = []
    for name, dimension in DIMENSIONS.items():
        picked = {str(value) for value in chosen.get(name, ())}
        counted = counts[name]
        labels = _departments(counted, picked) if dimension.values is None else dimension.values
        options = [
            FacetOption(value, label, counted.get(value, 0), value in picked)
            for value, label in labels
            if counted.get(value) or value in picked
        ]
        if dimension.values is None:
            options.sort(key=lambda one: (not one.is_chosen, -one.count, str(one.label)))
        facets.append(
            Facet(name, dimension.title, options[:SHOWN_AT_ONCE], options[SHOWN_AT_ONCE:])
        )
    return total, facets


def _counts(found: ResourceQuerySet, chosen: Chosen) -> tuple[int, dict[str, dict[str, int]]]:
    counts: dict[str, dict[str, int]] = {name: {} for name in DIMENSIONS}
    columns = [dimension.column for dimension in DIMENSIONS.values()]
    try:
        inner, params = found.order_by().values(*columns).query.sql_with_params()
    except EmptyResultSet:
        return 0, counts
    left_out: list[str | None] = [*DIMENSIONS, None]
    filters = [_remaining(chosen, without=name) for name in left_out]
    statement = sql.SQL(
        "SELECT GROUPING({columns}), {columns}, {numbers} FROM ({inner}) AS found"
        " GROUP BY GROUPING SETS ({sets}, ())"
    ).format(
        columns=sql.SQL(", ").join(sql.Identifier(column) for column in columns),
        numbers=sql.SQL(", ").join(
            sql.SQL("count(*) FILTER (WHERE {})").format(condition) for condition in filters
        ),
        inner=sql.SQL(inner),  # type: ignore[arg-type]  # composed by Django, values in params
        sets=sql.SQL(", ").join(
            sql.SQL("({})").format(sql.Identifier(column)) for column in columns
        ),
    )
    total = 0
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection), params)
        for row in cursor.fetchall():
            grouped_by, values, numbers = row[0], row[1 : 1 + len(columns)], row[1 + len(columns) :]
            absent = [bool(grouped_by & (1 << bit)) for bit in reversed(range(len(columns)))]
            if all(absent):
                total = numbers[-1]
                continue
            at = absent.index(False)
            counts[list(DIMENSIONS)[at]][str(values[at])] = numbers[at]
    return total, counts


def _remaining(chosen: Chosen, *, without: str | None) -> sql.Composable:
    """The choices of all facets but one, as a condition."""
    conditions = [
        sql.SQL("{} = ANY({})").format(
            sql.Identifier(DIMENSIONS[name].column),
            sql.Literal([int(v) if name == "department" else str(v) for v in values]),
        )
        for name, values in chosen.items()
        if values and name != without
    ]
    return sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")


def _departments(counted: Mapping[str, int], picked: set[str]) -> list[tuple[str, Text]]:
    keys = {int(value) for value in [*counted, *picked]}
    return [
        (str(key), name)
        for key, name in Department.objects.filter(pk__in=keys).values_list("pk", "short_name")
    ]
