"""The synonyms in force, held by each process until somebody changes them.

Their version lies in the cache that all processes share: a change takes it away, and whoever asks
next names a new one and reads the table.
"""

from dataclasses import dataclass
from uuid import uuid4

from django.core.cache import cache

from catalog.models import SearchSynonym
from catalog.search import normal

VERSION_KEY = "catalog.synonyms.version"

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Held:
    version: str
    groups: Groups


_held = _Held("", ())


def current() -> Groups:
    """The groups of terms in normal form; no query unless they have changed."""
    global _held
    version = cache.get(VERSION_KEY)
    if version is None or version != _held.version:
        if version is None:
            version = cache.get_or_set(VERSION_KEY, uuid4().hex, timeout=None)
        _held = _Held(str(version), _read())
    return _held.groups


def changed() -> None:
    """Let every process read the table anew. Call it when the change has been committed."""
    cache.delete(VERSION_KEY)


def _read() -> Groups:
    return tuple(
        tuple(dict.fromkeys(normal(term) for term in terms))
        for terms in SearchSynonym.objects.order_by("pk").values_list("terms", flat=True)
    )
