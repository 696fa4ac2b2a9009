"""The demonstration accounts, as `make demo` prints them."""

from portal.demo import people
from portal.organisation.models import DutyKind, User

# The people of the ten-minute story, in the order in which it calls them.
STORY = (
    "chen",
    "gao",
    "lin",
    "zhao",
    "zhou",
    "sun",
    "admin_system",
    "admin_security",
    "admin_audit",
)


def lines() -> list[str]:
    """Who they are and what they do; one password for all."""
    found = User.objects.select_related("department").prefetch_related("duty_set")
    by_name = {user.username: user for user in found.filter(username__in=STORY)}
    told = ["Demonstration accounts (synthetic; never in production):"]
    for username in STORY:
        user = by_name[username]
        duties = ", ".join(DutyKind(duty.kind).value for duty in user.duty_set.all())
        told.append(f"  {username:<15} {user.name}  {user.department}  {duties}")
    return [*told, f"  password of all: {people.password()}"]
