"""The facets of a list: how many entries each further choice would leave.

Values of one facet are joined by "or", facets by "and", so the counts of a facet leave out its own
choice: they say what one would get by choosing this value too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from catalog.models import DataFormat, Grade, SharingAttribute, UpdateFrequency
from portal.common.text import Text
from portal.organisation.models import Department

Chosen = Mapping[str, Sequence[str]]
Counts = Mapping[str, Mapping[str, int]]
SHOWN_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Dimension:
    """A facet: its column, its words, and its values where these are a closed set."""

    column: str
    title: Text
    values: tuple[tuple[str, Text], ...] = ()


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


# By their names in addresses. All but the last have few values.
DIMENSIONS: dict[str, Dimension] = {
    "sharing_attribute": Dimension(
        "sharing_attribute", _("Sharing attribute"), tuple(SharingAttribute.choices)
    ),
    "format": Dimension("data_format", _("Data format"), tuple(DataFormat.choices)),
    "frequency": Dimension(
        "update_frequency", _("Update frequency"), tuple(UpdateFrequency.choices)
    ),
    "grade": Dimension("grade", _("Grade"), tuple(Grade.choices)),
    "department": Dimension("department_id", _("Provider")),
}
SMALL = tuple(name for name, dimension in DIMENSIONS.items() if dimension.values)


def tally(cube: Sequence[tuple[Sequence[str], int]], chosen: Chosen) -> tuple[int, Counts]:
    """The total and the counts of the small facets, from the numbers of all their combinations."""
    picked = {name: set(chosen.get(name, ())) for name in SMALL}
    counts: dict[str, dict[str, int]] = {name: {} for name in SMALL}
    total = 0
    for values, number in cube:
        missed = [
            name
            for name, value in zip(SMALL, values, strict=True)
            if picked[name] and value not in picked[name]
        ]
        if not missed:
            total += number
        for name, value in zip(SMALL, values, strict=True):
            if missed in ([], [name]):
                counts[name][value] = counts[name].get(value, 0) + number
    return total, counts


def facets_of(counts: Counts, chosen: Chosen) -> list[Facet]:
    """Every facet in words; one query, for the names of departments."""
    facets = []
    for name, dimension in DIMENSIONS.items():
        picked = set(chosen.get(name, ()))
        counted = counts.get(name, {})
        labels = dimension.values or _departments(counted, picked)
        options = [
            FacetOption(value, label, counted.get(value, 0), value in picked)
            for value, label in labels
            if counted.get(value) or value in picked
        ]
        if not dimension.values:
            options.sort(key=lambda one: (not one.is_chosen, -one.count, str(one.label)))
        facets.append(
            Facet(name, dimension.title, options[:SHOWN_AT_ONCE], options[SHOWN_AT_ONCE:])
        )
    return facets


def _departments(counted: Mapping[str, int], picked: set[str]) -> list[tuple[str, Text]]:
    keys = {int(value) for value in [*counted, *picked]}
    names = Department.objects.filter(pk__in=keys).order_by().values_list("pk", "short_name")
    return [(str(key), name) for key, name in names]
