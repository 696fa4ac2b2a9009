"""Who sees which networks are open for sources."""

from django.db.models import QuerySet

from catalog.models import AllowedNetwork
from catalog.sources.permissions import may_see_networks
from portal.organisation.models import InformationSystem, User

MOST = 500


def networks_for(party: User | InformationSystem) -> QuerySet[AllowedNetwork]:
    """The latest ones, open and closed: for the three administrators alone."""
    return _visible(party)[:MOST]


def open_networks(party: User | InformationSystem) -> QuerySet[AllowedNetwork]:
    return _visible(party).filter(removed_at__isnull=True)


def _visible(party: User | InformationSystem) -> QuerySet[AllowedNetwork]:
    if not may_see_networks(party):
        return AllowedNetwork.objects.none()
    return AllowedNetwork.objects.select_related("added_by", "removed_by")
