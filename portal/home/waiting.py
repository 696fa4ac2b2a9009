"""How much waits for a person, where the navigation of every page finds it without counting.

Counted when first asked for, and again once something was done that concerns the person's
department; for an officer, who decides between departments, once anything was done. What time alone
changes, and the few tasks that come from elsewhere, show `KEPT` later at the latest. The inbox
itself never reads this.
"""

import uuid

from django.core.cache import cache

from portal.home.selectors import waiting_count
from portal.organisation.models import DutyKind, User

KEPT = 5 * 60
# Drawing rows gives nobody anything to do, and happens more often than all else together.
CHANGES_NOTHING = "sharing.pull."
ANYWHERE = "home.acted.anywhere"


def waiting_for(user: User) -> int:
    """As `waiting_count`, from memory where that still holds."""
    acted = ANYWHERE if user.has_duty(DutyKind.COMPETENT_OFFICER) else _acted(user.department_id)
    key = f"home.waiting.{user.pk}"
    found = cache.get_many([key, acted])
    # Read before counting: what is done meanwhile makes the count worthless.
    last_act = found.get(acted)
    if (held := found.get(key)) and held["after"] == last_act:
        known: int = held["count"]
        return known
    counted = waiting_count(user)
    cache.set(key, {"after": last_act, "count": counted}, KEPT)
    return counted


def count_anew(action: str, departments: frozenset[int]) -> None:
    """Follows the trail: an act was committed that concerns these departments."""
    if action.startswith(CHANGES_NOTHING):
        return
    act = uuid.uuid4().hex
    # A mark that is gone makes counts worthless like another one; so it may go when they have.
    cache.set_many(dict.fromkeys((ANYWHERE, *map(_acted, departments)), act), 2 * KEPT)


def _acted(department: int) -> str:
    return f"home.acted.{department}"
