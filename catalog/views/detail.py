"""What the rows of a resource look like: their profile, and a few of them, masked."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Resource
from catalog.parties import VISITOR, party_of
from catalog.profile_presentation import column_rows
from catalog.selectors import resource_for
from catalog.selectors.profile import profile_of
from catalog.services import samples
from portal.common.errors import DomainError, NotFound
from portal.common.http import PortalRequest


@login_not_required
@require_safe
def resource_profile(request: PortalRequest, pk: int) -> HttpResponse:
    """The profile of every item; the page of the entry shows the first ones."""
    if (resource := _found(request, pk)) is None:
        return redirect_to_login(request.get_full_path())
    told = profile_of(party_of(request.user), resource)
    context = {"resource": resource, "told": told, "columns": column_rows(told)}
    return render(request, "catalog/profile.html", context)


@never_cache
@login_not_required
@require_safe
def resource_sample(request: PortalRequest, pk: int) -> HttpResponse:
    """Masked rows, as a page or, to htmx, as the part of a page; each look is recorded."""
    if (resource := _found(request, pk)) is None:
        return redirect_to_login(request.get_full_path())
    part = "#rows" if request.htmx and not request.htmx.boosted else ""
    sample, refusal = None, None
    try:
        sample = samples.look(resource=resource, by=party_of(request.user))
    except DomainError as refused:
        refusal = refused
    answer = render(
        request,
        f"catalog/sample.html{part}",
        {"resource": resource, "sample": sample, "refusal": refusal},
        # htmx shows an answer in place only when it is no error.
        status=refusal.status if refusal and not part else 200,
    )
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _found(request: PortalRequest, pk: int) -> Resource | None:
    """None where a visitor is asked to sign in, whether there is such an entry or not."""
    party = party_of(request.user)
    try:
        return resource_for(party, pk)
    except NotFound:
        if party is VISITOR:
            return None
        raise
