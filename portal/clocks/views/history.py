"""A clock's own page."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.clocks.selectors.history import history_of
from portal.common.http import PortalRequest


@require_safe
def clock(request: PortalRequest, label: str, pk: int) -> HttpResponse:
    """How its date is counted, and what has stopped and moved it."""
    found = history_of(request.user, label, pk)
    if found is None:
        raise Http404(label)
    return render(request, "clocks/clock.html", {"history": found, "clock": found.clock})
