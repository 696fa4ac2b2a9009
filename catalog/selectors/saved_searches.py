"""What is new in the searches that a person keeps, of what the person may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import search, synonyms
from catalog.freshness import freshness_at
from catalog.models import SavedSearch
from catalog.saved_notices import notices_of
from catalog.selectors.catalogue import question
from catalog.selectors.facets import choice_of
from portal.common.errors import NotFound
from portal.common.tasks import Task
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved search with how many entries are new in it now."""

    search: SavedSearch
    new_hits: int


def saved_search_for(user: User, pk: int) -> SavedSearch:
    """NotFound for another's."""
    found = SavedSearch.objects.filter(user=user, pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such saved search."))
    return found


def saved_searches_of(user: User) -> list[Kept]:
    """All of them, those with something new first; two queries."""
    searches = list(SavedSearch.objects.filter(user=user))
    counted = new_hits(user, searches)
    kept = [Kept(one, counted[one.pk]) for one in searches]
    return sorted(kept, key=lambda one: (not one.new_hits, one.search.name))


def new_hits(user: User, searches: Sequence[SavedSearch]) -> dict[int, int]:
    """How many entries answer each search that were published after it was last seen; one query."""
    if not searches:
        return {}
    oldest = min(one.seen_at for one in searches)
    seen, _terms = question(user, "")
    counted = (
        seen.filter(published_at__gt=oldest)
        .annotate(freshness=freshness_at(timezone.now()))
        .aggregate(
            **{
                f"n{one.pk}": Count("pk", filter=_condition(one), distinct=False)
                for one in searches
            }
        )
    )
    return {one.pk: counted[f"n{one.pk}"] for one in searches}


def counted_for(user: User) -> dict[int, tuple[datetime, int]]:
    """The person's searches, each with since when it is unseen and how many entries are new."""
    searches = list(SavedSearch.objects.filter(user=user))
    counted = new_hits(user, searches)
    return {one.pk: (one.seen_at, counted[one.pk]) for one in searches}


def people_with_searches() -> list[User]:
    return list(
        User.objects.filter(
            Exists(SavedSearch.objects.filter(user=OuterRef("pk"))), is_active=True
        ).select_related("department")
    )


def tasks_for(user: User) -> list[Task]:
    """The searches in which something is new, for the inbox; no query: the beat has counted."""
    return [
        Task(
            kind="catalog.saved_search",
            title=name,
            detail=_("Saved search: entries have been published since you last looked"),
            url=url,
            action=_("Look at the new entries"),
        )
        for name, url in notices_of(user.pk)
    ]


def _condition(one: SavedSearch) -> Q:
    wanted = Q(published_at__gt=one.seen_at) & choice_of(one.chosen)
    if one.q:
        terms = search.parse(one.q, synonyms=synonyms.current())
        wanted &= Q(search=search.GramQuery(terms.as_tsquery())) if terms else Q(pk__in=[])
    return wanted
