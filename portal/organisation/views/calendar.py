from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest
from portal.organisation import selectors


@require_safe
def years(request: PortalRequest) -> HttpResponse:
    """The holiday lists by which deadlines are counted."""
    return render(request, "organisation/calendar.html", {"calendars": selectors.calendar_years()})
