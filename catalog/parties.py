"""Who asks the catalogue: a person, an information system, or somebody who has not signed in."""

from typing import TYPE_CHECKING, Literal, TypeAlias

from django.contrib.auth.models import AnonymousUser

if TYPE_CHECKING:
    from portal.organisation.models import InformationSystem, User


class Visitor:
    """Whoever looks without signing in: sees what is open to the public, and does nothing.

    There is one, `VISITOR`. It answers what a person or a system answers, each time with nothing.
    """

    pk: None = None
    department: None = None
    department_id: None = None
    is_active: Literal[True] = True

    def has_duty(self, *kinds: object) -> bool:
        return False


VISITOR = Visitor()
Party: TypeAlias = "User | InformationSystem | Visitor"


def party_of(user: "User | InformationSystem | AnonymousUser") -> Party:
    """The party behind a request's `user`, for views that let visitors in."""
    return VISITOR if isinstance(user, AnonymousUser) else user
