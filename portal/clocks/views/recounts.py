"""What calendars do to deadlines: before one is published and after; and what has lapsed."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from portal.clocks.selectors import recounts as selectors
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation.forms import CalendarForm
from portal.organisation.permissions import may_publish_calendar

PER_PAGE = 50


@require_POST
def preview(request: PortalRequest) -> HttpResponse:
    """What publishing the list in the form would move. Nothing is written."""
    may_publish_calendar(request.user).enforce()
    form = CalendarForm(request.POST)
    found = None
    if form.is_valid():
        asked = ("year", "region", "holidays", "makeup_days")
        try:
            found = selectors.preview_of(
                request.user, **{name: form.cleaned_data[name] for name in asked}
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "preview": found, "year": form.cleaned_data.get("year")}
    status = 200 if found else 422
    return render(request, "clocks/preview.html", context, status=status)


@require_safe
def recount_list(request: PortalRequest) -> HttpResponse:
    """The lists by which open deadlines were counted anew, regional ones too."""
    page = Paginator(selectors.recounts(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_publish": may_publish_calendar(request.user)}
    return render(request, "clocks/recount_list.html", context)


@require_safe
def recount(request: PortalRequest, pk: int) -> HttpResponse:
    """What a published list moved, of what the reader may know."""
    found = selectors.recount_of(pk)
    if found is None:
        raise Http404
    calendar, held = found
    page = None
    rows = None
    if held is not None:
        moves = selectors.moves_for(request.user, held)
        page = Paginator(moves, PER_PAGE).get_page(request.GET.get("page"))
        rows = selectors.with_subjects(request.user, list(page.object_list))
    context = {
        "calendar": calendar,
        "recount": held,
        "page": page,
        "rows": rows,
        "may_publish": may_publish_calendar(request.user),
    }
    return render(request, "clocks/recount.html", context)


@require_safe
def lapse_list(request: PortalRequest) -> HttpResponse:
    found = selectors.lapses_for(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = selectors.with_subjects(request.user, list(page.object_list))
    return render(request, "clocks/lapse_list.html", {"page": page, "rows": rows})
