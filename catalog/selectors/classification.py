"""The classification tree as people see it: with counts of the entries that they may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from catalog.models import Classification, Resource, ResourceClass, ResourceState
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.standards.classification import ITEM_DIGITS, Key
from portal.common.errors import NotFound


@dataclass(frozen=True, slots=True)
class Branch:
    """A node with all below it; `count` is of the entries here and below."""

    node: Classification
    count: int
    below: Sequence["Branch"]


@dataclass(frozen=True, slots=True)
class ClassTree:
    """The nodes of one resource class."""

    value: str
    label: str
    count: int
    items: Sequence[Branch]


def nodes() -> QuerySet[Classification]:
    return Classification.objects.select_related("parent").order_by("resource_class", "code")


def node_of(pk: int) -> Classification:
    found = nodes().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such node of the classification."))
    return found


def name_of(resource: Resource) -> str:
    """What the node is called that the entry states; empty when its classification is no node."""
    found = nodes().filter(resource_class=resource.resource_class, code=resource.classification)
    node = found.first()
    return node.shown_name if node else ""


def trees(party: Party) -> list[ClassTree]:
    """The whole tree with counts: two queries, whatever its size.

    An entry whose classification is no node counts for the longest node that it begins with. Retired
    nodes are left out unless entries are still there.
    """
    found = list(nodes())
    own = _counts(party, {(node.resource_class, node.code) for node in found})
    below: dict[int | None, list[Classification]] = {}
    for node in found:
        below.setdefault(node.parent_id, []).append(node)

    def branch(node: Classification) -> Branch | None:
        branches = [one for child in below.get(node.pk, []) if (one := branch(child))]
        count = own.get((node.resource_class, node.code), 0) + sum(one.count for one in branches)
        if node.retired_at is not None and not count and not branches:
            return None
        return Branch(node, count, branches)

    made = []
    for value, label in ResourceClass.choices:
        items = [
            one
            for node in below.get(None, [])
            if node.resource_class == value and (one := branch(node))
        ]
        made.append(ClassTree(value, str(label), sum(one.count for one in items), items))
    return made


def entries_under(party: Party, node: Classification) -> ResourceQuerySet:
    """The published entries at the node or below it that the party may see."""
    return (
        _published(party)
        .filter(resource_class=node.resource_class, classification__startswith=node.code)
        .select_related("department")
        .defer("search", "name_search")
        .order_by("name", "pk")
    )


def ancestors(node: Classification) -> list[Classification]:
    """From the item down to the node above this one."""
    codes = [node.code[:length] for length in range(ITEM_DIGITS, len(node.code))]
    above = {
        one.pk: one
        for one in Classification.objects.filter(resource_class=node.resource_class, code__in=codes)
    }
    way: list[Classification] = []
    parent = node.parent_id
    while parent is not None and parent in above:
        way.append(above[parent])
        parent = above[parent].parent_id
    return way[::-1]


def children(node: Classification) -> QuerySet[Classification]:
    return node.children.order_by("code")


def choices() -> list[tuple[str, str, str]]:
    """Class, code and name of every node that an entry may state, for a form to offer; one query."""
    return list(
        Classification.objects.filter(retired_at=None)
        .exclude(level="item")
        .order_by("resource_class", "code")
        .values_list("resource_class", "code", "name")
    )


def _published(party: Party) -> ResourceQuerySet:
    return Resource.objects.permitted(party, "view_resource").filter(state=ResourceState.PUBLISHED)


def _counts(party: Party, known: set[Key]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    stated = (
        _published(party)
        .order_by()
        .values_list("resource_class", "classification")
        .annotate(entries=Count("pk"))
    )
    for resource_class, code, entries in stated:
        at = next(
            (
                (resource_class, code[:length])
                for length in range(len(code), ITEM_DIGITS - 1, -1)
                if (resource_class, code[:length]) in known
            ),
            None,
        )
        if at is not None:
            found[at] = found.get(at, 0) + entries
    return found
