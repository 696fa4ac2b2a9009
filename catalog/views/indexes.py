"""Which items of a resource have an index, so that its rows can be ordered by them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Resource
from catalog.selectors import sync
from catalog.selectors.indexes import indexed_items
from catalog.services import indexing
from catalog.sources.permissions import may_set_up
from portal.common.errors import Invalid
from portal.common.http import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def resource_indexes(request: PortalRequest, pk: int) -> HttpResponse:
    """The items, and boxes that mark them for who may say so."""
    resource: Resource = get_object_or_404(sync.resources_for(request.user), pk=pk)
    faults: list[str] = []
    if request.method == "POST":
        try:
            indexing.mark(
                resource=resource, columns=request.POST.getlist("columns"), by=request.user
            )
        except Invalid as refusal:
            faults = [str(words) for told in refusal.fields.values() for words in told]
        else:
            messages.success(request, _("The marks are saved. Indexes are made in a moment."))
            return redirect("catalog:resource_indexes", pk=pk)
    context = {
        "resource": resource,
        "items": indexed_items(resource),
        "may_mark": may_set_up(request.user, resource),
        "faults": faults,
    }
    return render(request, "catalog/indexes.html", context, status=422 if faults else 200)
