"""The heads of other portals that are kept here."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit import reading
from portal.common.http import PortalRequest


@require_safe
def other_list(request: PortalRequest) -> HttpResponse:
    found = reading.other_portals(by=request.user)
    return render(request, "audit/other_list.html", {"listed": found})


@require_safe
def other(request: PortalRequest, name: str) -> HttpResponse:
    found = reading.other_portal(by=request.user, name=name)
    return render(request, "audit/other.html", {"kept": found, "title": found.portal.label})


@require_safe
def heads(request: PortalRequest, name: str) -> HttpResponseBase:
    """The file that the other portal's operators give to their own `verify_audit --anchor`."""
    found = reading.other_heads(by=request.user, name=name)
    return StreamingHttpResponse(
        found,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="heads-{name}.txt"'},
    )
