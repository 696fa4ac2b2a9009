from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation import permissions, selectors
from portal.organisation.calendar_changes import with_changes
from portal.organisation.forms import CalendarForm
from portal.organisation.services import calendar

NEWEST = 3


@require_http_methods(["GET", "HEAD", "POST"])
def years(request: PortalRequest) -> HttpResponse:
    """The holiday lists by which deadlines are counted, and a form to publish one.

    `?year=2027&region=110000000000` starts the form from the list in force of that year and region;
    without it, from the year after the newest one that there is.
    """
    calendars = selectors.calendar_years()
    may_publish = permissions.may_publish_calendar(request.user)
    if request.method == "POST":
        form = CalendarForm(request.POST)
    else:
        newest = calendars[0].year + 1 if calendars else None
        form = CalendarForm(initial=_draft(request.GET, newest))
    if form.is_valid():
        try:
            made = calendar.publish_calendar(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = _("Version %(version)s of %(year)s is in force.")
            messages.success(request, words % {"version": made.version, "year": made.year})
            return redirect("organisation:calendar")
    context = {
        "calendars": calendars,
        "newest": with_changes(calendars[:NEWEST]),
        "form": form,
        "may_publish": may_publish,
    }
    status = 422 if form.errors else 200
    return render(request, "organisation/calendar.html", context, status=status)


@require_safe
def year_lists(request: PortalRequest, year: int) -> HttpResponse:
    """Every list there ever was for a year, the regions' too, and what each version changed."""
    lists = selectors.lists_of_year(year)
    if not lists:
        raise Http404(year)
    context = {
        "year": year,
        "lists": with_changes(lists),
        "may_publish": permissions.may_publish_calendar(request.user),
    }
    return render(request, "organisation/calendar_year.html", context)


def _draft(asked: QueryDict, newest: int | None) -> dict[str, object]:
    year, region = asked.get("year", ""), asked.get("region", "")
    if year.isascii() and year.isdecimal() and len(year) == 4:
        return selectors.calendar_draft(int(year), region if region.isascii() else "")
    return selectors.calendar_draft(newest) if newest else {}
