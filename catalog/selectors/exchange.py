"""What other catalogues are told: published entries that the asker sees, page by page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from catalog.models import Classification, Resource, ResourceState
from catalog.parties import VISITOR, Party
from catalog.querysets import ResourceQuerySet
from portal.organisation.models import Department, Region

WHOLE_CODE = 6  # digits of a division's code down to the county


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of the catalogue, oldest entry first, and what its entries point to.

    `after` is the key of the last entry when others follow. `related` are the keys of related
    entries by their codes, of those alone that the asker sees; `divisions` names by codes,
    `classes` names in Chinese and English by resource class and classification.
    """

    resources: Sequence[Resource]
    total: int
    number: int
    last: int
    after: int | None
    related: Mapping[str, int]
    divisions: Mapping[str, str]
    classes: Mapping[tuple[str, str], tuple[str, str]]
    publisher: Department | None


def published_for(party: Party) -> ResourceQuerySet:
    """The published entries that `party` sees, each with its provider; one query."""
    return (
        Resource.objects.permitted(party, "view_resource")
        .filter(state=ResourceState.PUBLISHED)
        .select_related("department__region", "source_department")
        .defer("search", "name_search")
    )


def feed_page(
    party: Party, *, size: int, number: int = 1, after: int | None = None, since: datetime | None
) -> FeedPage:
    """Six queries, whatever the size. `after` finds the place again where entries came or went.

    Without it the page is the `number`th.
    """
    found = published_for(party).order_by("pk")
    if since is not None:
        found = found.filter(updated_at__gte=since)
    total = found.count()
    if after is None:
        start = (number - 1) * size
        got = list(found[start : start + size + 1])
    else:
        got = list(found.filter(pk__gt=after)[: size + 1])
    page = got[:size]
    return FeedPage(
        resources=page,
        total=total,
        number=number,
        last=max(-(-total // size), 1),
        after=page[-1].pk if len(got) > size else None,
        related=_related(party, page),
        divisions=divisions_named(resource.spatial_code for resource in page),
        classes=_classes(page),
        publisher=publisher(),
    )


def entry_page(party: Party, resource: Resource) -> FeedPage:
    """The same of one entry that `party` sees."""
    return FeedPage(
        resources=[resource],
        total=1,
        number=1,
        last=1,
        after=None,
        related=_related(party, [resource]),
        divisions=divisions_named([resource.spatial_code]),
        classes=_classes([resource]),
        publisher=publisher(),
    )


def publisher() -> Department | None:
    """Who publishes the catalogue as a whole: the competent department of the highest level."""
    return (
        Department.objects.filter(is_competent=True, is_active=True)
        .select_related("region")
        .order_by("region__code")
        .first()
    )


def open_entries() -> ResourceQuerySet:
    """What anybody may find, for those who index the portal, oldest first: keys and dates alone."""
    return (
        published_for(VISITOR)
        .select_related(None)
        .defer(None)
        .only("pk", "updated_at")
        .order_by("pk")
    )


def latest_change() -> datetime | None:
    """When one of the open entries last changed."""
    latest: datetime | None = open_entries().aggregate(latest=Max("updated_at"))["latest"]
    return latest


def divisions_named(codes: Iterable[str]) -> Mapping[str, str]:
    """The names of administrative divisions, by the codes given; unknown ones are left out."""
    wanted = {code: code.ljust(WHOLE_CODE, "0") for code in codes if code}
    names = dict(
        Region.objects.filter(code__in=sorted(set(wanted.values()))).values_list("code", "name")
    )
    return {code: names[whole] for code, whole in wanted.items() if whole in names}


def _related(party: Party, resources: Sequence[Resource]) -> Mapping[str, int]:
    codes = sorted({code for resource in resources for code in resource.related_codes})
    return dict(
        published_for(party).filter(code__in=codes).order_by("pk").values_list("code", "pk")
    )


def _classes(resources: Sequence[Resource]) -> Mapping[tuple[str, str], tuple[str, str]]:
    codes = sorted({resource.classification for resource in resources})
    nodes = Classification.objects.filter(code__in=codes).order_by()
    return {
        (kind, code): (name, name_en)
        for kind, code, name, name_en in nodes.values_list(
            "resource_class", "code", "name", "name_en"
        )
    }
