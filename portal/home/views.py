from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest
from portal.organisation.selectors import stands_in_for

from . import presentation, selectors

TASKS_SHOWN = 8


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """The home page: what waits for me and until when, then how my requests stand."""
    home = selectors.home_of(request.user)
    request.waiting = len(home.inbox.tasks)
    context = {
        "home": home,
        "tasks": home.inbox.tasks[:TASKS_SHOWN],
        "figures": presentation.figures(home),
    }
    return render(request, "home/index.html", context)


@require_safe
def tasks(request: PortalRequest) -> HttpResponse:
    """Everything that waits for me."""
    inbox = selectors.inbox_of(request.user)
    request.waiting = len(inbox.tasks)
    return render(
        request,
        "home/tasks.html",
        {
            "inbox": inbox,
            "tasks": inbox.tasks,
            "stands_in_for": stands_in_for(request.user),
        },
    )
