"""Departments as CKAN's organizations, classes of entries as its groups."""

from collections.abc import Callable, Sequence
from typing import Any

from catalog.formats.ckan import shapes
from catalog.formats.ckan.query import Match
from catalog.formats.ckan.refusals import NotFound, ValidationError
from catalog.formats.identifiers import GROUPS, id_of_group
from catalog.selectors import ckan

from .arguments import Arguments
from .caller import Caller

MOST_LISTED = 1000
MOST_PACKAGES = 10  # in one answer about an owner
SORTS = {
    "name": "name",
    "title": "title",
    "packages": "package_count",
    "package_count": "package_count",
}


def organization_list(caller: Caller, given: Arguments) -> list[Any]:
    found = [
        shapes.organization_in_full(owner.department, entries=owner.entries)
        for owner in ckan.owners_for(caller.party)
    ]
    return _listed(found, given, given.joined("organizations"))


def organization_show(caller: Caller, given: Arguments) -> shapes.Shape:
    owner = ckan.owner_named(caller.party, given.needed("id"))
    if owner is None:
        raise NotFound
    shape = shapes.organization_in_full(owner.department, entries=owner.entries)
    return _with_packages(shape, "organization", caller, given)


def group_list(caller: Caller, given: Arguments) -> list[Any]:
    found = [
        shapes.group_in_full(name, entries=entries)
        for name, entries in ckan.group_sizes(caller.party).items()
    ]
    return _listed(found, given, given.joined("groups"))


def group_show(caller: Caller, given: Arguments) -> shapes.Shape:
    wanted = given.needed("id")
    name = next((name for name in GROUPS if wanted in (name, id_of_group(name))), None)
    if name is None:
        raise NotFound
    shape = shapes.group_in_full(name, entries=ckan.group_sizes(caller.party)[name])
    return _with_packages(shape, "groups", caller, given)


def _listed(found: list[shapes.Shape], given: Arguments, names: Sequence[str]) -> list[Any]:
    if names:
        found = [one for one in found if one["name"] in names]
    if words := given.text("q").strip().lower():
        found = [one for one in found if words in f"{one['name']} {one['title']}".lower()]
    by, is_down = _order(given)
    found.sort(key=by, reverse=is_down)
    start = given.natural("offset", 0) or 0
    limit = given.natural("limit", MOST_LISTED)
    most = MOST_LISTED if limit is None else min(limit, MOST_LISTED)
    page = found[start : start + most]
    return page if given.flag("all_fields") else [one["name"] for one in page]


def _order(given: Arguments) -> tuple[Callable[[shapes.Shape], Any], bool]:
    sort = (given.text("sort") or given.text("order_by") or "title asc").strip()
    name, _space, way = sort.partition(" ")
    if name not in SORTS:
        raise ValidationError(message=f"Cannot sort by field `{name}`")
    way = way.strip().lower() or ("desc" if SORTS[name] == "package_count" else "asc")
    if way not in {"asc", "desc"}:
        raise ValidationError(message=f"Invalid sort direction `{way}`")
    column = SORTS[name]
    return (lambda one: one[column]), way == "desc"


def _with_packages(
    shape: shapes.Shape, field: str, caller: Caller, given: Arguments
) -> shapes.Shape:
    if not given.flag("include_dataset_count", default=True):
        shape.pop("package_count")
    if given.flag("include_datasets"):
        found = ckan.found_for(
            caller.party,
            [Match(field, shape["name"])],
            order=[],
            start=0,
            rows=MOST_PACKAGES,
            facets=ckan.FacetsAsked(),
        )
        shape["packages"] = [shapes.package(one, caller.base) for one in found.resources]
    return shape
