from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest

from . import presentation, selectors

TASKS_SHOWN = 8


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """The home page: what waits for me and until when, then how my requests stand."""
    home = selectors.home_of(request.user)
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
    return render(request, "home/tasks.html", {"inbox": inbox, "tasks": inbox.tasks})
