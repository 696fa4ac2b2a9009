"""What CKAN's actions read: entries found, their facets, departments and tags, as one may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Func, Q, TextField
from django.db.models.functions import Lower

from catalog.formats.ckan.query import Condition
from catalog.formats.identifiers import (
    GROUP_NAMES,
    Kind,
    code_of_name,
    id_of_department,
    id_of_entry,
    id_of_way,
    key_in,
)
from catalog.formats.ways import WAYS, ways_of
from catalog.models import Resource
from catalog.models import SharingAttribute as Sharing
from catalog.parties import Party, Visitor
from catalog.querysets import ResourceQuerySet
from catalog.selectors.ckan_conditions import compiled
from catalog.selectors.exchange import published_for
from portal.organisation.models import Department
from portal.organisation.selectors import departments

# Facets that are a column, by their names there.
COUNTED = {
    "data_format": "data_format",
    "grade": "grade",
    "groups": "resource_class",
    "organization": "department__uscc",
    "private": "is_open",
    "sharing_attribute": "sharing_attribute",
    "update_frequency": "update_frequency",
}
SORTABLE = {
    "id": "pk",
    "metadata_created": "created_at",
    "metadata_modified": "updated_at",
    "name": "code",
    "organization": "department__uscc",
    "title": "name",
    "title_string": "name",
}


@dataclass(frozen=True, slots=True)
class Found:
    count: int
    resources: Sequence[Resource]
    facets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class FacetsAsked:
    """`limit` below zero is no limit."""

    fields: Sequence[str] = ()
    limit: int = 50
    least: int = 1


@dataclass(frozen=True, slots=True)
class Owner:
    """A department with the number of its entries that the asker sees."""

    department: Department
    entries: int


def found_for(
    party: Party,
    conditions: Sequence[Condition],
    *,
    order: Sequence[tuple[str, bool]],
    start: int,
    rows: int,
    facets: FacetsAsked,
) -> Found:
    """Two queries and one a facet. `order` holds names of SORTABLE, True for the largest first.

    After what was asked for, entries stand by their keys, so that pages neither skip nor repeat.
    """
    found = published_for(party)
    for condition in conditions:
        found = found.filter(compiled(condition))
    columns = [f"{'-' if is_down else ''}{SORTABLE[name]}" for name, is_down in order]
    return Found(
        count=found.count(),
        resources=list(found.order_by(*columns, "pk")[start : start + rows]) if rows else [],
        facets={field: _counts(found, field, facets) for field in facets.fields},
    )


def entry_named(party: Party, given: str) -> Resource | None:
    """By id or by name; nothing when it is none of the party's business."""
    read = key_in(given)
    if read is not None and read[0] == Kind.ENTRY:
        entry = published_for(party).filter(pk=read[1]).first()
        return entry if entry is not None and id_of_entry(entry) == given.lower() else None
    code = code_of_name(given)
    return None if code is None else published_for(party).filter(code=code).first()


def way_named(party: Party, given: str) -> tuple[Resource, str] | None:
    """The entry and the sharing mode that the id of a CKAN "resource" stands for."""
    read = key_in(given)
    if read is None or read[0] < Kind.WAY:
        return None
    entry = published_for(party).filter(pk=read[1]).first()
    if entry is None:
        return None
    for way in ways_of(entry):
        if id_of_way(entry, way.mode) == given.lower():
            return entry, way.mode.value
    return None


def codes_for(party: Party, *, start: int, rows: int | None) -> Sequence[str]:
    found = published_for(party).order_by("code").values_list("code", flat=True)
    return list(found[start:] if rows is None else found[start : start + rows])


def owners_for(party: Party) -> Sequence[Owner]:
    """All active departments for who signed in; for visitors those with something open. Two queries."""
    counts = dict(
        published_for(party)
        .order_by()
        .values("department")
        .annotate(entries=Count("pk"))
        .values_list("department", "entries")
    )
    known = departments().order_by("name", "pk")
    if isinstance(party, Visitor):
        known = known.filter(pk__in=counts)
    return [Owner(department, counts.get(department.pk, 0)) for department in known]


def owner_named(party: Party, given: str) -> Owner | None:
    """By id or by name, which is its credit code in small letters."""
    read = key_in(given)
    by_key = read is not None and read[0] == Kind.DEPARTMENT
    wanted = Q(pk=read[1]) if read is not None and by_key else Q(uscc=given.upper())
    department = departments().filter(wanted).first()
    if department is None or (by_key and id_of_department(department) != given.lower()):
        return None
    entries = published_for(party).filter(department=department).count()
    if isinstance(party, Visitor) and not entries:
        return None
    return Owner(department, entries)


def group_sizes(party: Party) -> Mapping[str, int]:
    """How many entries one sees of each group, by its name."""
    counts = dict(
        published_for(party)
        .order_by()
        .values("resource_class")
        .annotate(entries=Count("pk"))
        .values_list("resource_class", "entries")
    )
    return {name: counts.get(value, 0) for value, name in GROUP_NAMES.items()}


def department_names(codes: Sequence[str]) -> Mapping[str, str]:
    """Names by credit codes in small letters."""
    return dict(
        Department.objects.annotate(small=Lower("uscc"))
        .filter(small__in=codes)
        .order_by()
        .values_list("small", "name")
    )


def tags_for(party: Party) -> Sequence[str]:
    """The tags of the entries that one sees, each once."""
    return list(
        _tagged(published_for(party)).order_by("tag").distinct().values_list("tag", flat=True)
    )


def _tagged(found: ResourceQuerySet) -> Any:
    """Each entry once a tag, as `tag`."""
    return found.order_by().annotate(
        tag=Func(F("tags"), function="unnest", output_field=TextField())
    )


def _counts(found: ResourceQuerySet, field: str, asked: FacetsAsked) -> Mapping[str, int]:
    """The values of one facet, the most frequent first; empty for one that is none of ours."""
    if field in COUNTED:
        column = COUNTED[field]
        counted = (
            found.order_by()
            .values(column)
            .annotate(number=Count("pk"))
            .values_list(column, "number")
        )
        counts = {_said(field, value): number for value, number in counted}
    elif field == "tags":
        counted = (
            _tagged(found).values("tag").annotate(number=Count("pk")).values_list("tag", "number")
        )
        counts = dict(counted)
    elif field == "res_format":
        sums = found.exclude(sharing_attribute=Sharing.NOT_SHARED).aggregate(
            **{
                way.format: Count("pk", filter=Q(sharing_modes__contains=[way.mode]))
                for way in WAYS.values()
                if way.format
            }
        )
        counts = {name: number for name, number in sums.items() if number}
    else:
        return {}
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ordered = [one for one in ordered if one[1] >= asked.least]
    return dict(ordered if asked.limit < 0 else ordered[: asked.limit])


def _said(field: str, value: object) -> str:
    if field == "groups":
        return GROUP_NAMES[value]  # type: ignore[index]
    if field == "private":
        return "false" if value else "true"
    return str(value).lower() if field == "organization" else str(value)
