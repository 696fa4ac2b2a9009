"""The types of requests as views receive them."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from portal.organisation.models import User


class PortalRequest(HttpRequest):
    """A request of a signed-in person; LoginRequiredMiddleware sees to that.

    `waiting` is set by a page that has counted the person's tasks: the navigation does not count again.
    `room` is set by a page whose item in the navigation depends on what it shows: that item's view.
    """

    user: "User"
    htmx: "HtmxDetails"
    waiting: int
    room: str


def page_name(request: HttpRequest) -> str:
    """The page that is asked for, as the URL patterns name it; empty where none answers."""
    place = request.resolver_match
    return place.view_name if place else ""
