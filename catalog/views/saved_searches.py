"""The searches that a person keeps."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.forms.finding import SavedSearchForm
from catalog.selectors.facets import labels_of
from catalog.selectors.saved_searches import saved_search_for, saved_searches_of
from catalog.services import saved_searches
from catalog.views.catalogue import LONGEST_QUESTION, chosen_in, list_address
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


@require_safe
def saved_search_list(request: PortalRequest) -> HttpResponse:
    kept = saved_searches_of(request.user)
    labels = labels_of([one.search.chosen for one in kept])
    context = {
        "listed": [
            (one, _asked(one.search.q, words)) for one, words in zip(kept, labels, strict=True)
        ]
    }
    return render(request, "catalog/finding/saved_search_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def saved_search_create(request: PortalRequest) -> HttpResponse:
    """Save the question in the address under a name."""
    q = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    chosen = chosen_in(request.GET)
    (words,) = labels_of([chosen])
    asked = _asked(q, words)
    form = SavedSearchForm(
        request.POST if request.method == "POST" else None,
        initial={"name": " ".join(asked)[: saved_searches.LONGEST_NAME]},
    )
    if form.is_valid():
        try:
            saved_searches.save(q=q, chosen=chosen, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request, _("The search is saved. What is published from now on is told as new.")
            )
            return redirect("catalog:saved_search_list")
    return _form_page(
        request,
        form,
        title=_("Save this search"),
        asked=asked,
        back_url=list_address(q, chosen),
        label=_("Save the search"),
    )


@require_POST
def rename(request: PortalRequest, pk: int) -> HttpResponse:
    search = saved_search_for(request.user, pk)
    form = SavedSearchForm(request.POST)
    if form.is_valid():
        try:
            saved_searches.rename(search=search, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The search has been renamed."))
            return redirect("catalog:saved_search_list")
    (words,) = labels_of([search.chosen])
    return _form_page(
        request,
        form,
        title=_("Rename the search"),
        asked=_asked(search.q, words),
        back_url=list_address("", {}),
        label=_("Rename"),
    )


@require_POST
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    search = saved_search_for(request.user, pk)
    saved_searches.delete(search=search, by=request.user)
    messages.success(request, _('The search "%(name)s" has been deleted.') % {"name": search.name})
    return redirect("catalog:saved_search_list")


@require_http_methods(["GET", "HEAD", "POST"])
def saved_search(request: PortalRequest, pk: int) -> HttpResponse:
    """One search, to rename or delete; a POST looks at its answer, which is then seen."""
    search = saved_search_for(request.user, pk)
    if request.method == "POST":
        saved_searches.mark_seen(search=search, by=request.user)
        return redirect(list_address(search.q, search.chosen, is_recent=True))
    kept = next(one for one in saved_searches_of(request.user) if one.search.pk == pk)
    (words,) = labels_of([search.chosen])
    context = {
        "search": search,
        "kept": kept,
        "asked": _asked(search.q, words),
        "form": SavedSearchForm(initial={"name": search.name}),
        "title": search.name,
    }
    return render(request, "catalog/finding/saved_search.html", context)


def _asked(q: str, labels: list[str]) -> list[str]:
    return [f"“{q}”", *labels] if q else labels


def _form_page(request: PortalRequest, form: SavedSearchForm, **context: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    given = {"form": form, **context}
    return render(request, "catalog/finding/saved_search_form.html", given, status=status)
