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
from catalog.permissions import Party
from catalog.querysets import ResourceQuerySet
from catalog.selectors.facets import DIMENSIONS, Chosen, Facet, count_facets

PAGE_SIZE = 20
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
    order: Order = Order.RECENT,
    states: Sequence[str] = (ResourceState.PUBLISHED,),
) -> ResourceQuerySet:
    """The entries that `party` may see and that answer the question, in order; one query."""
    found, terms = _found(party, q, states)
    for name, values in (chosen or {}).items():
        if values:
            found = found.filter(**{f"{DIMENSIONS[name].column}__in": values})
    found = found.select_related("department__region").defer("search")
    if terms and order == Order.RELEVANCE:
        return search.by_relevance(found, terms)
    return found.order_by("-updated_at", "-id")


def catalogue_page(party: Party, query: Query, *, number: int | str = 1) -> CataloguePage:
    """One page of the catalogue with all its facets; five queries, however large it is."""
    base, terms = _found(party, query.q, (ResourceState.PUBLISHED,))
    total, facets = count_facets(base, query.chosen)
    resources = resources_for(party, q=query.q, chosen=query.chosen, order=query.order)
    page = CountedPaginator(resources, PAGE_SIZE, total=total).get_page(number)
    page.object_list = with_matches(list(page.object_list), terms)
    return CataloguePage(terms=terms, total=total, facets=facets, page=page)


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


def _matched(names: Sequence[str], terms: search.Terms) -> list[str]:
    words = terms.words
    return [name for name in names if any(word in search.normal(name) for word in words)][
        :MATCHED_ITEMS
    ]
