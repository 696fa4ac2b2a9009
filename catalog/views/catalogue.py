"""Finding resources, and one resource."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog import presentation, profile_presentation
from catalog.description import around, description
from catalog.parties import VISITOR, party_of
from catalog.selectors.catalogue import CataloguePage, Order, Query, catalogue_page
from catalog.selectors.facets import DIMENSIONS, SEARCHABLE, Chosen, known_values
from catalog.selectors.profile import profile_of
from catalog.selectors.resources import resource_page
from portal.common.errors import NotFound
from portal.common.http import PortalRequest

LONGEST_QUESTION = 200
LONGEST_FACET_WORDS = 50


@login_not_required
@require_safe
def resource_list(request: PortalRequest) -> HttpResponse:
    """The catalogue, for visitors its open part; htmx gets the part that changes with the filters."""
    query = _asked(request.GET)
    page = catalogue_page(
        party_of(request.user), query, number=_number(request.GET.get("page", ""))
    )
    context = {
        "query": query,
        "found": page,
        "order": query.order if page.terms else Order.RECENT,
        "chips": _chips(query, page),
        "clear_url": _address(query, {}),
        "anywhere_url": _address(query, {}, q=""),
        "single_words": [
            {"words": words, "url": _address(query, {}, q=words)}
            for words in page.terms.words
            if len(page.terms.words) > 1
        ],
        "as_typed_url": _address(query, query.chosen, exact="1"),
        "save_url": _save_address(query, page) if request.user.is_authenticated else "",
    }
    part = "#found" if request.htmx and not request.htmx.boosted else ""
    answer = render(request, f"catalog/resource_list.html{part}", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@login_not_required
@require_safe
def resource(request: PortalRequest, pk: int) -> HttpResponse:
    party = party_of(request.user)
    try:
        page = resource_page(party, pk)
    except NotFound:
        if party is VISITOR:  # whether there is such an entry shows after signing in
            return redirect_to_login(request.get_full_path())
        raise
    told = profile_of(party, page.resource, page.items)
    is_own = page.resource.department_id == party.department_id
    if is_own and not page.resource.is_published:
        request.room = "catalog:my_resources"
    context = {
        "page": page,
        "told": told,
        "columns": profile_presentation.column_rows(told, most=profile_presentation.LISTED),
        "more_columns": profile_presentation.more_columns(told),
        "resource": page.resource,
        "standing": presentation.standing(page.resource, party),
        "stations": presentation.stations(page.resource),
        "freshness": presentation.freshness(page.resource),
        "rows": description(page.resource, around(page)),
        "record": presentation.record(page.steps),
        "missing": presentation.missing(page.resource, page.gaps),
        "assessment_kinds": presentation.assessment_kinds(),
        "is_own": is_own,
    }
    return render(request, "catalog/resource.html", context)


def _asked(given: QueryDict) -> Query:
    """The question in an address; what the catalogue does not know is left out."""
    return Query(
        q=given.get("q", "").strip()[:LONGEST_QUESTION],
        chosen=chosen_in(given),
        order=Order.RECENT if given.get("order") == Order.RECENT else Order.RELEVANCE,
        facet_words={
            name: words
            for name in SEARCHABLE
            if (words := given.get(f"{name}_words", "").strip()[:LONGEST_FACET_WORDS])
        },
        as_typed=given.get("exact") == "1",
    )


def chosen_in(given: QueryDict) -> dict[str, list[str]]:
    """The values of facets in an address."""
    chosen = {name: known_values(name, given.getlist(name)) for name in DIMENSIONS}
    return {name: values for name, values in chosen.items() if values}


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 7 else 1


def _save_address(query: Query, page: CataloguePage) -> str:
    """Where the question that was answered is saved; nowhere when nothing is asked."""
    words = page.slip.words if page.slip else query.q
    if not words and not query.chosen:
        return ""
    asked = list_address(words, query.chosen).partition("?")[2]
    return f"{reverse('catalog:saved_search_create')}?{asked}"


def _chips(query: Query, page: CataloguePage) -> list[dict[str, Any]]:
    chips = []
    for facet in page.facets:
        for option in (*facet.options, *facet.more):
            if option.is_chosen:
                chosen = {name: list(values) for name, values in query.chosen.items()}
                chosen[facet.name].remove(option.value)
                chips.append({"label": option.label, "url": _address(query, chosen)})
    return chips


def _address(query: Query, chosen: Chosen, *, q: str | None = None, **more: str) -> str:
    """The same list with other choices."""
    words = query.q if q is None else q
    return list_address(words, chosen, is_recent=query.order == Order.RECENT, **more)


def list_address(q: str, chosen: Chosen, *, is_recent: bool = False, **more: str) -> str:
    """Where the answer to a question is."""
    asked: dict[str, Any] = {"q": q} if q else {}
    asked |= {name: values for name, values in chosen.items() if values}
    if is_recent:
        asked["order"] = Order.RECENT.value
    asked |= more
    path = reverse("catalog:resource_list")
    return f"{path}?{urlencode(asked, doseq=True)}" if asked else path
