"""What the catalogue shows to a party: entries found, their facets, a page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count

from catalog import search
from catalog.models import DataItem, Resource, ResourceGroupPermission, ResourceState
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.selectors.facets import DIMENSIONS, Chosen, Facet, facets_of
from catalog.selectors.scan import PAGE_SIZE, scan

MATCHED_ITEMS = 6


class Order(StrEnum):
    """Without words there is no relevance: the latest come first then, too."""

    RELEVANCE = "relevance"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the catalogue; of the `chosen` values of a facet any will do."""

    q: str = ""
    chosen: Chosen = field(default_factory=dict)
    order: Order = Order.RELEVANCE


@dataclass(frozen=True, slots=True)
class Found:
    """One entry in a list, with the items that matched and the number of departments that use it."""

    resource: Resource
    item_count: int
    matched_items: Sequence[str]
    users: int


@dataclass(frozen=True, slots=True)
class CataloguePage:
    terms: search.Terms
    total: int
    facets: Sequence[Facet]
    page: "Page[Found]"


class CountedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A paginator that has been told how many there are."""

    def __init__(self, found: Any, per_page: int, *, total: int) -> None:
        super().__init__(found, per_page)
        self.total = total

    @cached_property
    def count(self) -> int:
        return self.total


def resources_for(
    party: Party,
    *,
    q: str = "",
    chosen: Chosen | None = None,
    states: Sequence[str] = (ResourceState.PUBLISHED,),
) -> ResourceQuerySet:
    """The entries that `party` may see and that answer the question, latest first; one query."""
    found, _terms = _found(party, q, states)
    for name, values in (chosen or {}).items():
        if values:
            found = found.filter(**{f"{DIMENSIONS[name].column}__in": values})
    return _listed(found).order_by("-updated_at", "-id")


def catalogue_page(party: Party, query: Query, *, number: int = 1) -> CataloguePage:
    """One page of the catalogue with all its facets; five queries, however large it is.

    A number beyond the last page gives the last one.
    """
    base, terms = _found(party, query.q, (ResourceState.PUBLISHED,))
    by_relevance = query.order == Order.RELEVANCE
    number = max(number, 1)
    found = scan(base, terms, query.chosen, by_relevance=by_relevance, page=number)
    if found.total and not found.keys:
        number = -(-found.total // PAGE_SIZE)
        found = scan(base, terms, query.chosen, by_relevance=by_relevance, page=number)
    resources = _listed(Resource.objects.all()).in_bulk(found.keys)
    listed = with_matches([resources[key] for key in found.keys if key in resources], terms)
    paginator = CountedPaginator(listed, PAGE_SIZE, total=found.total)
    return CataloguePage(
        terms=terms,
        total=found.total,
        facets=facets_of(found.counts, query.chosen),
        page=Page(listed, number, paginator),
    )


def with_matches(resources: Sequence[Resource], terms: search.Terms) -> list[Found]:
    """The entries of one page with what a list tells of them; two queries."""
    keys = [resource.pk for resource in resources]
    items: dict[int, list[str]] = {key: [] for key in keys}
    for key, name in (
        DataItem.objects.filter(resource__in=keys)
        .order_by("resource", "position")
        .values_list("resource_id", "name")
    ):
        items[key].append(name)
    users = users_of(keys)
    return [
        Found(
            resource=resource,
            item_count=len(items[resource.pk]),
            matched_items=_matched(items[resource.pk], terms),
            users=users.get(resource.pk, 0),
        )
        for resource in resources
    ]


def users_of(resources: Sequence[int]) -> Mapping[int, int]:
    """How many departments may draw the rows of each entry; entries without any are left out."""
    return dict(
        ResourceGroupPermission.objects.filter(
            content_object__in=resources, permission__codename="pull_resource"
        )
        .values("content_object_id")
        .annotate(users=Count("group_id"))
        .order_by()
        .values_list("content_object_id", "users")
    )


def _found(party: Party, q: str, states: Sequence[str]) -> tuple[ResourceQuerySet, search.Terms]:
    found = Resource.objects.permitted(party, "view_resource").filter(state__in=states)
    terms = search.parse(q)
    if terms:
        return search.matching(found, terms), terms
    if q.strip():
        return found.none(), terms
    return found, terms


def _listed(resources: ResourceQuerySet) -> ResourceQuerySet:
    return resources.select_related("department__region").defer("search", "name_search")


def _matched(names: Sequence[str], terms: search.Terms) -> list[str]:
    words = terms.words
    return [name for name in names if any(word in search.normal(name) for word in words)][
        :MATCHED_ITEMS
    ]
