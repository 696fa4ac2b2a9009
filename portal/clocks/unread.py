"""How many notices a person has not read, where the head of every page finds it without a query.

Derived, and counted again by the sweep each round for everybody of whom something has changed, so
that a page counts nothing itself. A lost cache shows no number until then.
"""

from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import Count

from portal.clocks.models import Notice


def unread_of(user: int) -> int:
    found: int = cache.get(_key(user)) or 0
    return found


def forget_unread(users: Iterable[int]) -> None:
    """Count anew for these people. After the commit of what changed."""
    wanted = set(users)
    if not wanted:
        return
    counted = dict(
        Notice.objects.filter(recipient__in=wanted, read_at=None)
        .order_by()
        .values_list("recipient")
        .annotate(number=Count("pk"))
    )
    cache.set_many({_key(user): counted.get(user, 0) for user in wanted}, timeout=None)


def count_all() -> None:
    """What a lost cache or a killed worker left behind: everybody who has unread notices."""
    unread = Notice.objects.filter(read_at=None).order_by().values_list("recipient", flat=True)
    forget_unread(unread.distinct())


def _key(user: int) -> str:
    return f"clocks.unread.{user}"
