"""Harvests of other portals' catalogues, as who may look at their source sees them."""

from django.db.models import Q, QuerySet

from catalog.models import Harvest, HarvestedDataset, ResourceState, Source
from catalog.selectors.sync import Party, sources_for
from catalog.sources.kinds import KINDS
from catalog.sources.words import Explanation, explain

RECENT = 10
HARVESTED_KINDS = tuple(value for value, kind in KINDS.items() if kind.walk)
VANISHED = "vanished"
REMOVED = "removed"


def harvested_sources_for(party: Party) -> QuerySet[Source]:
    """The sources that describe datasets, with when they are harvested by themselves."""
    return (
        sources_for(party)
        .filter(kind__in=HARVESTED_KINDS)
        .select_related("department", "timing__by")
    )


def harvests_for(party: Party) -> QuerySet[Harvest]:
    return Harvest.objects.filter(source__in=sources_for(party).values("pk")).select_related(
        "source"
    )


def no_harvests() -> QuerySet[Harvest]:
    """For the schema of the API, which asks for a queryset but for no row."""
    return Harvest.objects.none()


def no_datasets() -> QuerySet[HarvestedDataset]:
    """As `no_harvests`."""
    return HarvestedDataset.objects.none()


def harvests_of(source: Source) -> QuerySet[Harvest]:
    """All of a source, the latest first, each with who is behind it and its files of entries."""
    return source.harvests.select_related("by").prefetch_related("imports")


def recent_harvests(source: Source) -> list[Harvest]:
    """The last ones, the latest first, each with the files of entries that it brought in."""
    return list(harvests_of(source)[:RECENT])


def failure_of(harvest: Harvest | None) -> Explanation | None:
    if harvest is None or not harvest.failure_code:
        return None
    return explain(harvest.failure_code, harvest.failure_data)


def datasets_of(source: Source, *, which: str = "", text: str = "") -> QuerySet[HarvestedDataset]:
    """What the portal has or had, by title; `which` is empty, VANISHED or REMOVED."""
    found = source.datasets.select_related("resource")
    if which == VANISHED:
        found = found.filter(vanished_at__isnull=False)
    elif which == REMOVED:
        found = found.filter(Q(resource=None) | Q(resource__state=ResourceState.WITHDRAWN))
    if text:
        found = found.filter(title__icontains=text)
    return found
