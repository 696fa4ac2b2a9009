"""The facets of a list: how many entries each further choice would leave.

Values of one facet are joined by "or", facets by "and", so the counts of a facet leave out its own
choice: they say what one would get by choosing this value too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import search
from catalog.freshness import Freshness, freshness_at
from catalog.models import (
    DataFormat,
    Grade,
    ResourceClass,
    SharingAttribute,
    UpdateFrequency,
)
from catalog.querysets import ResourceQuerySet
from catalog.search import pinyin
from portal.common.text import Text
from portal.organisation.models import Department, Region

Chosen = Mapping[str, Sequence[str]]
Counts = Mapping[str, Mapping[str, int]]
SHOWN_AT_ONCE = 8
SHOWN_AT_ALL = 40

OPEN = (("yes", _("open to the public")), ("no", _("not open")))


@dataclass(frozen=True, slots=True)
class Dimension:
    """A facet: its column, its words, and its values where these are a closed set.

    `place` is that in `Resource.facets`, from one; what is no column of the table is added to a
    query by `narrowed`.
    """

    column: str
    title: Text
    values: tuple[tuple[str, Text], ...] = ()
    place: int = 0


@dataclass(frozen=True, slots=True)
class FacetOption:
    value: str
    label: Text
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """`options` are shown at once, `more` on demand; `unlisted` is how many there are beyond.

    A facet whose values are not a closed set can be looked through: `words` narrow its options.
    """

    name: str
    title: Text
    options: Sequence[FacetOption]
    more: Sequence[FacetOption] = ()
    unlisted: int = 0
    is_searchable: bool = False
    words: str = ""


# By their names in addresses, in the order in which they are shown.
DIMENSIONS: dict[str, Dimension] = {
    "sharing_attribute": Dimension(
        "sharing_attribute", _("Sharing attribute"), tuple(SharingAttribute.choices), place=1
    ),
    "department": Dimension("department_id", _("Provider")),
    "region": Dimension("department__region_id", _("Region")),
    "resource_class": Dimension(
        "resource_class", _("Resource class"), tuple(ResourceClass.choices), place=2
    ),
    "open": Dimension("is_open", _("Opening"), OPEN, place=3),
    "freshness": Dimension("freshness", _("Freshness"), tuple(Freshness.choices)),
    "frequency": Dimension(
        "update_frequency", _("Update frequency"), tuple(UpdateFrequency.choices), place=4
    ),
    "format": Dimension("data_format", _("Data format"), tuple(DataFormat.choices), place=5),
    "grade": Dimension("grade", _("Grade"), tuple(Grade.choices), place=6),
}
SMALL = tuple(name for name, dimension in DIMENSIONS.items() if dimension.values)
SEARCHABLE = tuple(name for name, dimension in DIMENSIONS.items() if not dimension.values)


def narrowed(resources: ResourceQuerySet, chosen: Chosen) -> ResourceQuerySet:
    """The entries of the chosen values."""
    if chosen.get("freshness"):
        resources = resources.annotate(freshness=freshness_at(timezone.now()))
    return resources.filter(choice_of(chosen))


def choice_of(chosen: Chosen) -> Q:
    """The chosen values as a condition; `freshness` must have been added to the entries."""
    wanted = Q()
    for name, values in chosen.items():
        if values and name in DIMENSIONS:
            given = [value == "yes" for value in values] if name == "open" else list(values)
            wanted &= Q(**{f"{DIMENSIONS[name].column}__in": given})
    return wanted


def known_values(name: str, given: Iterable[str]) -> list[str]:
    """Of the values given for a facet those that it could have, each once."""
    known = {value for value, _label in DIMENSIONS[name].values}
    return [
        value
        for value in dict.fromkeys(given)
        if (value in known if known else value.isascii() and value.isdecimal() and len(value) < 10)
    ]


def facets_of(
    counts: Counts, chosen: Chosen, *, words: Mapping[str, str] | None = None
) -> list[Facet]:
    """Every facet in words; one query, for the names of departments and regions."""
    named = _providers(counts.get("department", {}), chosen)
    facets = []
    for name, dimension in DIMENSIONS.items():
        picked = set(chosen.get(name, ()))
        if dimension.values:
            counted = counts.get(name, {})
            options = [
                FacetOption(value, label, counted.get(value, 0), value in picked)
                for value, label in dimension.values
                if counted.get(value) or value in picked
            ]
            facets.append(
                Facet(name, dimension.title, options[:SHOWN_AT_ONCE], options[SHOWN_AT_ONCE:])
            )
        else:
            options = named.departments if name == "department" else named.regions
            facets.append(_long(name, options, (words or {}).get(name, "")))
    return facets


@dataclass(frozen=True, slots=True)
class _Providers:
    departments: list[FacetOption]
    regions: list[FacetOption]


def _providers(counted: Mapping[str, int], chosen: Chosen) -> _Providers:
    """Both facets from the counts by department, which know of no choice of either."""
    departments_picked = set(chosen.get("department", ()))
    regions_picked = set(chosen.get("region", ()))
    keys = [int(key) for key in {*counted, *departments_picked}]
    rows = (
        Department.objects.filter(Q(pk__in=keys) | Q(region__in=[int(r) for r in regions_picked]))
        .order_by()
        .values_list("pk", "short_name", "region_id", "region__name")
    )
    departments, numbers, names = [], dict[str, int](), dict[str, str]()
    for pk, label, region_id, region_name in rows:
        key, region = str(pk), str(region_id)
        number = counted.get(key, 0)
        if not departments_picked or key in departments_picked:
            numbers[region] = numbers.get(region, 0) + number
            names[region] = region_name
        elif region in regions_picked:
            names[region] = region_name
        if regions_picked and region not in regions_picked:
            number = 0
        if number or key in departments_picked:
            departments.append(FacetOption(key, label, number, key in departments_picked))
    regions = [
        FacetOption(key, label, numbers.get(key, 0), key in regions_picked)
        for key, label in names.items()
        if numbers.get(key) or key in regions_picked
    ]
    return _Providers(departments=departments, regions=regions)


def _long(name: str, options: list[FacetOption], words: str) -> Facet:
    wanted = search.normal(words).strip()
    is_searchable = len(options) > SHOWN_AT_ONCE
    if wanted:
        options = [one for one in options if one.is_chosen or _is_called(str(one.label), wanted)]
    options.sort(key=lambda one: (not one.is_chosen, -one.count, str(one.label)))
    return Facet(
        name,
        DIMENSIONS[name].title,
        options[:SHOWN_AT_ONCE],
        options[SHOWN_AT_ONCE:SHOWN_AT_ALL],
        unlisted=max(len(options) - SHOWN_AT_ALL, 0),
        is_searchable=is_searchable,
        words=words,
    )


def _is_called(label: str, wanted: str) -> bool:
    name = search.normal(label)
    return wanted in name or any(wanted in spelt for spelt in pinyin.spellings(name))


def labels_of(questions: Sequence[Chosen]) -> list[list[str]]:
    """The chosen values of each question in words; two queries at most."""
    departments = _names(Department, "short_name", questions, "department")
    regions = _names(Region, "name", questions, "region")
    told = []
    for chosen in questions:
        labels = []
        for name, dimension in DIMENSIONS.items():
            names = {"department": departments, "region": regions}.get(name)
            known = names if names is not None else {v: str(label) for v, label in dimension.values}
            labels += [known[value] for value in chosen.get(name, ()) if value in known]
        told.append(labels)
    return told


def _names(
    model: type[Department] | type[Region],
    column: str,
    questions: Sequence[Chosen],
    name: str,
) -> dict[str, str]:
    keys = {int(value) for chosen in questions for value in chosen.get(name, ())}
    if not keys:
        return {}
    rows = model.objects.filter(pk__in=keys).order_by().values_list("pk", column)
    return {str(key): label for key, label in rows}
