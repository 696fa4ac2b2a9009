"""Entries that go together with another one: related by what they are, or by who draws them.

Both lists hold only what the party may see; what it may not see is neither shown nor counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, FloatField, Func, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from catalog import search
from catalog.models import DataItem, Resource, ResourceGroupPermission
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.search.terms import lexeme
from catalog.search.text import is_han, pairs
from catalog.selectors.catalogue import question
from portal.common.text import Text

MOST = 6
MOST_CANDIDATES = 60
MOST_OF_EACH = 200
LIKE = 4  # characters in a row
FEWEST_COMMON_ITEMS = 2
FEWEST_DEPARTMENTS = 2
# Departments of which the other draws are read: enough to tell, however popular an entry is.
MOST_DEPARTMENTS = 40

STATED = _("named as related")
SAME_CLASS = _("same classification")
LIKE_NAME = _("similar name")


@dataclass(frozen=True, slots=True)
class Related:
    """`common_items` is how many data items both have; `reasons` say what else relates them."""

    resource: Resource
    reasons: Sequence[Text]
    common_items: int


@dataclass(frozen=True, slots=True)
class RequestedToo:
    """`departments` is how many draw both."""

    resource: Resource
    departments: int


class _Rank(Func):
    function = "ts_rank"
    output_field = FloatField()


def related_to(party: Party, resource: Resource) -> list[Related]:
    """At most six: those named as related first, then the most alike; two queries.

    Alike are names that share four characters in a row, or the classification; of these the ones
    with most data items in common come first.
    """
    stated = Q(code__in=resource.related_codes) | Q(related_codes__contains=[resource.code])
    same_class = Q(classification=resource.classification, resource_class=resource.resource_class)
    like = is_like = Q(pk__in=[])
    rank: Func | Value = Value(0.0, FloatField())
    if query := _like_name(resource.name):
        like = Q(search=search.GramQuery(_like_name(resource.name, weights="A")))
        is_like = Q(name_search=search.GramQuery(query))  # shorter, so read faster
        rank = _Rank("name_search", search.GramQuery(query))
    others = _others(party, resource).order_by()
    # Each by its own index, and of each as many as can matter: all at once would read the table.
    # One union, not three conditions: those would be held against every entry of the province.
    near = [others.filter(one).values("pk")[:MOST_OF_EACH] for one in (stated, same_class, like)]
    nearest = near[0].union(near[1], near[2])
    candidates: list[Any] = list(  # with what was annotated
        _listed(others.filter(pk__in=nearest))
        .annotate(
            is_stated=_flag(stated),
            is_same_class=_flag(same_class),
            is_like=_flag(is_like),
            rank=rank,
        )
        .order_by("-is_stated", "-rank", "-is_same_class", "-updated_at", "-pk")[:MOST_CANDIDATES]
    )
    common = _common_items(resource, [one.pk for one in candidates])
    candidates.sort(
        key=lambda one: (
            -one.is_stated,
            -(one.is_like + one.is_same_class + min(common.get(one.pk, 0), 10) / 5),
            -one.rank,
        )
    )
    return [
        Related(resource=one, reasons=_reasons(one), common_items=_told(common.get(one.pk, 0)))
        for one in candidates[:MOST]
    ]


def often_requested_with(party: Party, resource: Resource) -> list[RequestedToo]:
    """What departments that draw this entry draw too, at least two of them; two queries.

    Of an entry that very many draw, the departments that came last are asked.
    """
    pulls = ResourceGroupPermission.objects.filter(permission__codename="pull_resource")
    groups = list(
        pulls.filter(content_object=resource)
        .order_by("-pk")
        .values_list("group_id", flat=True)[:MOST_DEPARTMENTS]
    )
    if len(groups) < FEWEST_DEPARTMENTS:
        return []
    together = (
        pulls.filter(group__in=groups)
        .exclude(content_object=resource)
        .filter(content_object__in=_others(party, resource).order_by().values("pk"))
        .values("content_object_id")
        .annotate(departments=Count("group_id", distinct=True))
        .filter(departments__gte=FEWEST_DEPARTMENTS)
        .order_by("-departments", "-content_object_id")
        .values_list("content_object_id", "departments")[:MOST]
    )
    numbers = dict(together)
    found = _listed(_others(party, resource)).in_bulk(list(numbers))
    return [RequestedToo(found[pk], number) for pk, number in numbers.items() if pk in found]


def _others(party: Party, resource: Resource) -> ResourceQuerySet:
    """But for the entry itself, of a change also the published one that it is to become."""
    return question(party, "")[0].exclude(pk__in=[resource.pk, resource.revision_of_id or 0])


def _listed(resources: ResourceQuerySet) -> ResourceQuerySet:
    return resources.select_related("department").defer("search", "name_search")


def _like_name(name: str, weights: str = "") -> str:
    """A tsquery of names that share four characters in a row; of shorter runs the whole."""
    phrases: dict[str, None] = {}
    for run in search.runs_of(search.normal(name)):
        if not is_han(run) or len(run) < 2:
            continue
        grams = [lexeme(pair, weights) for pair in pairs(run)]
        for step in range(max(len(grams) - LIKE + 2, 1)):
            phrases[f"({' <-> '.join(grams[step : step + LIKE - 1])})"] = None
    return " | ".join(phrases)


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=1), default=0, output_field=IntegerField())


def _common_items(resource: Resource, keys: Sequence[int]) -> dict[int, int]:
    names = DataItem.objects.filter(resource=resource).values("name")
    return dict(
        DataItem.objects.filter(resource__in=keys, name__in=names)
        .values("resource_id")
        .annotate(number=Count("pk"))
        .order_by()
        .values_list("resource_id", "number")
    )


def _told(number: int) -> int:
    """A single item in common says nothing."""
    return number if number >= FEWEST_COMMON_ITEMS else 0


def _reasons(one: Any) -> list[Text]:
    flags = (one.is_stated, STATED), (one.is_like, LIKE_NAME), (one.is_same_class, SAME_CLASS)
    return [words for is_so, words in flags if is_so]
