"""The notices of saved searches, where the inbox of every page reads them without a query.

They are derived: written when the beat has counted and when a search is seen, renamed or deleted.
"""

from django.core.cache import cache

from catalog.models import SavedSearch

Notice = tuple[str, str]


def notices_of(user: int) -> list[Notice]:
    """Name and address of each search in which something is new."""
    found: list[Notice] = cache.get(_key(user)) or []
    return found


def hold_notices(user: int) -> None:
    """Put what the last count found where `notices_of` reads it."""
    notices: list[Notice] = [
        (one.name, one.get_absolute_url())
        for one in SavedSearch.objects.filter(user=user, new_hits__gt=0)
    ]
    if notices:
        cache.set(_key(user), notices, timeout=None)
    else:
        cache.delete(_key(user))


def _key(user: int) -> str:
    return f"catalog.saved_searches.{user}"
