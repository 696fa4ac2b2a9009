"""Pages of sync runs: the list, and one run with live progress."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.selectors import sync
from catalog.services import sync_runs
from catalog.sources.capture_words import BEGIN_ANEW
from catalog.sources.permissions import may_set_up
from portal.common.http import PortalRequest

from . import source_presentation as presentation
from .run_history import history_plots

PER_PAGE = 25


@require_safe
def run_list(request: PortalRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    text = request.GET.get("q", "").strip()
    found = sync.runs_for(request.user, state=state, text=text)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [presentation.run_row(run) for run in page],
        "tabs": presentation.state_tabs(sync.state_counts(request.user, text=text), state, text),
        "text": text,
        "state": state,
    }
    return render(request, "sources/run_list.html", context)


@never_cache
@require_safe
def run(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(sync.runs_for(request.user), pk=pk)
    past = sync.history(found.job)
    context = {
        **presentation.run_context(sync.run_view(found)),
        "may_start": sync.may_start_now(request.user, found.job),
        "may_set_up": may_set_up(request.user, found.job.resource),
        "begins_anew": found.failure_code in BEGIN_ANEW,
        "history": list(reversed(past)),
        "plots": history_plots(past),
    }
    return render(request, "sources/run.html", context)


@never_cache
@require_safe
def run_live(request: PortalRequest, pk: int) -> HttpResponse:
    """What a running run's page asks for every two seconds; a new state loads the page anew."""
    found = get_object_or_404(sync.runs_for(request.user), pk=pk)
    response = render(
        request, "sources/run_live.html", presentation.run_context(sync.run_view(found))
    )
    if found.state != request.GET.get("state", found.state):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def run_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """One that waits ends at once, one under way before it publishes."""
    found = get_object_or_404(sync.runs_for(request.user), pk=pk)
    sync_runs.cancel_run(run=found, by=request.user)
    return redirect("catalog:run", pk=pk)
