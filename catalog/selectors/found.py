"""What a list tells of an entry that was found: where the words met it, its items, its users."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import search
from catalog.freshness import Freshness, freshness_of
from catalog.models import DataItem, Resource, ResourceGroupPermission
from catalog.search import hits
from portal.common.text import Text

MATCHED_ITEMS = 6
EXCERPT = 160


class Place(StrEnum):
    """Where an entry met the question."""

    NAME = "name"
    ENGLISH_NAME = "name_en"
    TAGS = "tags"
    ITEMS = "items"
    PROVIDER = "provider"
    CODE = "code"
    ABSTRACT = "abstract"
    SOUND = "sound"


PLACES: dict[Place, Text] = {
    Place.NAME: _("name"),
    Place.ENGLISH_NAME: _("English name"),
    Place.TAGS: _("tags"),
    Place.ITEMS: _("data items"),
    Place.PROVIDER: _("provider"),
    Place.CODE: _("code"),
    Place.ABSTRACT: _("abstract"),
    Place.SOUND: _("pinyin"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One entry in a list, with what of it matched and the number of departments that use it."""

    resource: Resource
    item_count: int
    matched_items: Sequence[str]
    users: int
    places: Sequence[Place] = ()
    excerpt: str = ""
    freshness: Freshness = Freshness.NO_ROWS

    @property
    def matched_in(self) -> list[Text]:
        return [PLACES[place] for place in self.places]

    @property
    def matched_tags(self) -> bool:
        return Place.TAGS in self.places


def with_matches(resources: Sequence[Resource], terms: search.Terms) -> list[Found]:
    """The entries of one page with what a list tells of them; two queries."""
    keys = [resource.pk for resource in resources]
    items: dict[int, list[tuple[str, str]]] = {key: [] for key in keys}
    for key, name, column in (
        DataItem.objects.filter(resource__in=keys)
        .order_by("resource", "position")
        .values_list("resource_id", "name", "column")
    ):
        items[key].append((name, column))
    users = users_of(keys)
    return [_found(one, items[one.pk], users.get(one.pk, 0), terms) for one in resources]


def users_of(resources: Sequence[int]) -> Mapping[int, int]:
    """How many departments may draw the rows of each entry; entries without any are left out."""
    return dict(
        ResourceGroupPermission.objects.filter(
            content_object__in=resources, permission__codename="pull_resource"
        )
        .values("content_object_id")
        .annotate(users=Count("group_id"))
        .order_by()
        .values_list("content_object_id", "users")
    )


def _found(
    resource: Resource, items: Sequence[tuple[str, str]], users: int, terms: search.Terms
) -> Found:
    matched = [name for name, column in items if _meets_item(name, column, terms)]
    return Found(
        resource=resource,
        item_count=len(items),
        matched_items=matched[:MATCHED_ITEMS],
        users=users,
        places=_places(resource, terms, in_items=bool(matched)),
        excerpt=hits.excerpt(resource.abstract, terms, EXCERPT),
        freshness=freshness_of(resource.update_frequency, resource.rows_changed_at, timezone.now()),
    )


def _meets_item(name: str, column: str, terms: search.Terms) -> bool:
    return hits.holds(name, terms) or hits.holds(column, terms)


def _places(resource: Resource, terms: search.Terms, *, in_items: bool) -> list[Place]:
    if not terms:
        return []
    provider = resource.department
    found = [
        place
        for place, texts in (
            (Place.NAME, (resource.name,)),
            (Place.ENGLISH_NAME, (resource.name_en,)),
            (Place.TAGS, resource.tags),
            (Place.PROVIDER, (provider.name, provider.short_name)),
            (Place.CODE, (resource.code, resource.classification)),
            (Place.ABSTRACT, (resource.abstract,)),
        )
        if any(hits.holds(text, terms) for text in texts)
    ]
    if in_items:
        found.append(Place.ITEMS)
    if not found or hits.sounds(resource.name, terms):
        found.append(Place.SOUND)
    return sorted(found, key=list(Place).index)
