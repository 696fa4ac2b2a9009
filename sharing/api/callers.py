"""Who calls: everything in this API wants a signed-in party, and what decides wants a person."""

from typing import cast

from django.utils.translation import gettext as _
from rest_framework.request import Request

from portal.common.errors import NotAllowed
from portal.organisation.models import InformationSystem, User


def party(request: Request) -> User | InformationSystem:
    """The person or the system that signed in; IsAuthenticated has seen to that."""
    return cast("User | InformationSystem", request.user)


def person(request: Request) -> User:
    """The person who signed in; a system is refused."""
    if not isinstance(request.user, User):
        raise NotAllowed(_("Requests are made and decided by people; systems read."))
    return request.user
