"""The lineage of a resource: a page of its own, and a part of the entry's page."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog.parties import VISITOR, party_of
from portal.common.errors import NotFound
from portal.common.http import PortalRequest
from sharing.lineage_picture import narrow_picture, picture, stations
from sharing.selectors.lineage import lineage_of


@login_not_required
@require_safe
def resource_lineage(request: PortalRequest, pk: int) -> HttpResponse:
    party = party_of(request.user)
    try:
        lineage = lineage_of(party, pk)
    except NotFound:
        if party is VISITOR:  # whether there is such an entry shows after signing in
            return redirect_to_login(request.get_full_path())
        raise
    context = {
        "lineage": lineage,
        "resource": lineage.resource,
        "picture": picture(lineage),
        "narrow_picture": narrow_picture(lineage),
        "stations": stations(lineage),
    }
    part = "#lineage" if request.htmx and not request.htmx.boosted else ""
    answer = render(request, f"sharing/lineage.html{part}", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
