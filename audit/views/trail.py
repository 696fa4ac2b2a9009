from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import asking, filters, presentation, reading, related, selectors
from audit.criteria import Cursor
from audit.forms import SearchForm
from portal.common.http import PortalRequest


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Who did what, when, to what: the last week when nothing is asked."""
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form, "audit.search")
    criteria = form.criteria()
    cursor = Cursor.read(request.GET.get("page", ""))
    found = reading.search(by=request.user, criteria=criteria, cursor=cursor)
    context = {
        "form": form,
        "found": found,
        "sealed": selectors.sealed(),
        "chips": _chips(request, found),
        "clear_url": reverse("audit:search"),
        "filters": [
            (kept.name, filters.address(kept, today=timezone.localdate()))
            for kept in filters.filters_of(request.user)
        ],
        "save_url": f"{reverse('audit:filter_create')}?{urlencode(form.asked())}",
        "export_url": f"{reverse('audit:export')}{_query(request, page='')}",
        "newer_url": found.page.newer and _query(request, page=found.page.newer),
        "older_url": found.page.older and _query(request, page=found.page.older),
    }
    return render(request, "audit/search.html", context)


@require_safe
def entry(request: PortalRequest, pk: int) -> HttpResponse:
    opened = reading.open_entry(by=request.user, entry_id=pk)
    context = {
        "entry": opened.entry,
        "neighbours": opened.neighbours,
        "proof": opened.proof,
        "steps": presentation.steps(opened.proof),
        "details": presentation.details(opened.entry),
        "changes": presentation.changes(opened.entry),
        "page_url": related.page_url(opened.entry.target_type, opened.entry.target_id),
        "evidence_url": related.evidence_url(opened.entry.target_type, opened.entry.target_id),
    }
    return render(request, "audit/entry.html", context)


@require_safe
def seals(request: PortalRequest) -> HttpResponse:
    """The sealing board: the last head, what waits, witnesses, the last full verification."""
    board = reading.board(by=request.user)
    context = {
        "board": board,
        "last": board.standing.head,
        "stop_after": settings.AUDIT_STOP_AFTER,
        "kept_years": settings.AUDIT_KEPT_YEARS,
    }
    return render(request, "audit/seals.html", context)


@require_safe
def export(request: PortalRequest) -> HttpResponseBase:
    """The whole answer of a search as CSV; a question with errors shows the search page instead."""
    form = _form(request)
    if not form.is_valid():
        return _refused(request, form, "audit.export")
    pieces = reading.export(by=request.user, criteria=form.criteria())
    name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        pieces,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _form(request: PortalRequest) -> SearchForm:
    return SearchForm(request.GET or SearchForm.of_this_week())


def _refused(request: PortalRequest, form: SearchForm, action: str) -> HttpResponse:
    """The form with its errors, for who may ask at all."""
    reading.permit(by=request.user, action=action)
    return render(request, "audit/search.html", {"form": form}, status=422)


def _query(request: PortalRequest, **changed: str) -> str:
    """This page's question with some values changed; an empty value leaves it out."""
    asked = request.GET.copy()
    for name, value in changed.items():
        asked[name] = value
        if not value:
            del asked[name]
    return f"?{asked.urlencode()}"


def _chips(request: PortalRequest, found: reading.Found) -> list[dict[str, str]]:
    """The filters that only links set, named by what was found."""
    first = found.page.entries[0] if found.page.entries else None
    names = {
        key: request.GET.get(key, "")
        for key in ("actor", "target", "department_id", "about", "seen")
    }
    chosen = [key for key, value in names.items() if value]
    if first:
        names |= {"actor": str(first.actor_label), "target": first.target_label}
    names |= {key: asking.exactly(key, names[key]) for key in ("department_id", "about", "seen")}
    return [{"label": names[key], "url": _query(request, page="", **{key: ""})} for key in chosen]
