"""What the catalogue shows to a party: entries found, their facets, a page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator

from catalog import search, synonyms
from catalog.models import Resource, ResourceState
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.selectors.facets import Chosen, Facet, facets_of, narrowed
from catalog.selectors.found import Found, users_of, with_matches
from catalog.selectors.scan import PAGE_SIZE, Scan, scan
from catalog.selectors.slips import Slip, mended

__all__ = [
    "CataloguePage",
    "CountedPaginator",
    "Found",
    "Order",
    "Query",
    "catalogue_page",
    "question",
    "resources_for",
    "users_of",
    "with_matches",
]


class Order(StrEnum):
    """Without words there is no relevance: the latest come first then, too."""

    RELEVANCE = "relevance"
    RECENT = "recent"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the catalogue; of the `chosen` values of a facet any will do.

    `facet_words` narrow the values that a long facet shows, not the entries. With `as_typed` a
    slip of typing is not mended.
    """

    q: str = ""
    chosen: Chosen = field(default_factory=dict)
    order: Order = Order.RELEVANCE
    facet_words: Mapping[str, str] = field(default_factory=dict)
    as_typed: bool = False


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """`slip` says that other words than the typed ones were looked for, and which."""

    terms: search.Terms
    total: int
    facets: Sequence[Facet]
    page: "Page[Found]"
    slip: Slip | None = None


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
    found, _terms = question(party, q, states)
    return _listed(narrowed(found, chosen or {})).order_by("-updated_at", "-id")


def catalogue_page(party: Party, query: Query, *, number: int = 1) -> CataloguePage:
    """One page of the catalogue with all its facets; five queries, however large it is.

    A number beyond the last page gives the last one. When words find nothing, those that the
    person probably meant are looked for instead; that takes five queries more.
    """
    base, terms = question(party, query.q)
    number = max(number, 1)
    found, number = _scanned(base, terms, query, number)
    slip = None
    if terms and not query.as_typed and not any(found.counts.values()):
        slip = mended(_published(party), terms)
        if slip is not None:
            base, terms = question(party, slip.words)
            found, number = _scanned(base, terms, query, number)
    resources = _listed(Resource.objects.all()).in_bulk(found.keys)
    listed = with_matches([resources[key] for key in found.keys if key in resources], terms)
    paginator = CountedPaginator(listed, PAGE_SIZE, total=found.total)
    return CataloguePage(
        terms=terms,
        total=found.total,
        facets=facets_of(found.counts, query.chosen, words=query.facet_words),
        page=Page(listed, number, paginator),
        slip=slip,
    )


def question(
    party: Party, q: str, states: Sequence[str] = (ResourceState.PUBLISHED,)
) -> tuple[ResourceQuerySet, search.Terms]:
    """The entries of these states that `party` may see and that hold the words, and the terms."""
    found = Resource.objects.permitted(party, "view_resource").filter(state__in=states)
    terms = search.parse(q, synonyms=synonyms.current() if q.strip() else ())
    if terms:
        return search.matching(found, terms), terms
    if q.strip():
        return found.none(), terms
    return found, terms


def _published(party: Party) -> ResourceQuerySet:
    return question(party, "")[0]


def _scanned(
    base: ResourceQuerySet, terms: search.Terms, query: Query, number: int
) -> tuple[Scan, int]:
    by_relevance = query.order == Order.RELEVANCE
    found = scan(base, terms, query.chosen, by_relevance=by_relevance, page=number)
    if found.total and not found.keys:
        number = -(-found.total // PAGE_SIZE)
        found = scan(base, terms, query.chosen, by_relevance=by_relevance, page=number)
    return found, number


def _listed(resources: ResourceQuerySet) -> ResourceQuerySet:
    return resources.select_related("department__region").defer("search", "name_search")
