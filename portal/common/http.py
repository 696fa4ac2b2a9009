"""The types of requests as views receive them."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from portal.organisation.models import User


class PortalRequest(HttpRequest):
    """A request of a signed-in person; LoginRequiredMiddleware sees to that."""

    user: "User"
    htmx: "HtmxDetails"
