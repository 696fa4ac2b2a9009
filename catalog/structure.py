"""What a change of a published entry does to its structure, and to those who draw its rows.

A live agreement's view names columns of the entry's table. So while a department may draw rows, what
it gets stays as it is: no item goes, none changes its type or its part in the key, none becomes
compulsory. PostgreSQL holds that too, since a view keeps the type of what it reads, which is why
even a longer text is a change of type here. New items may come: no view delivers them until an
agreement says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models.deletion import Collector, ProtectedError
from django.utils.translation import gettext as _

from portal.common.errors import DomainError
from portal.organisation.models import Department

from .models import DataItem, Resource
from .store.columns import column_of
from .store.tables import StoreTable, table_name


@dataclass(frozen=True, slots=True)
class Restructuring:
    """How the items of a change differ from those of the entry, where the store is concerned."""

    added: Sequence[DataItem]
    removed: Sequence[DataItem]
    retyped: Sequence[DataItem]
    rekeyed: Sequence[DataItem]
    tightened: Sequence[DataItem]
    relaxed: Sequence[DataItem]

    def __bool__(self) -> bool:
        return any(
            (
                self.added,
                self.removed,
                self.retyped,
                self.rekeyed,
                self.tightened,
                self.relaxed,
            )
        )

    @property
    def compulsory(self) -> Sequence[DataItem]:
        """New items that no row in the store can have yet, though each must."""
        return [item for item in self.added if item.is_key or not item.is_nullable]


def restructuring(live: Sequence[DataItem], changed: Sequence[DataItem]) -> Restructuring:
    before = {item.column: item for item in live}
    after = {item.column: item for item in changed}
    kept = [(before[name], item) for name, item in after.items() if name in before]
    keys = [[item.column for item in items if item.is_key] for items in (live, changed)]
    rekeyed = [item for old, item in kept if old.is_key != item.is_key]
    if keys[0] != keys[1] and not rekeyed:
        rekeyed = [item for item in changed if item.is_key]  # the same ones in another order
    return Restructuring(
        added=[item for name, item in after.items() if name not in before],
        removed=[item for name, item in before.items() if name not in after],
        retyped=[item for old, item in kept if column_of(old).type != column_of(item).type],
        rekeyed=rekeyed,
        tightened=[
            item
            for old, item in kept
            if column_of(item).is_required and not column_of(old).is_required
        ],
        relaxed=[
            item
            for old, item in kept
            if column_of(old).is_required and not column_of(item).is_required
        ],
    )


def table_for(live: Resource, items: Sequence[DataItem]) -> StoreTable:
    """The table of the entry as it will be with these items; it may be without a key."""
    return StoreTable(name=table_name(live.pk), columns=tuple(column_of(item) for item in items))


def drawing(resource: Resource) -> list[Department]:
    """The departments that may draw the entry's rows under live agreements."""
    return list(
        Department.objects.filter(
            group__resourcegrouppermission__content_object=resource,
            group__resourcegrouppermission__permission__codename="pull_resource",
        ).order_by("name")
    )


def check_structure(live: Resource, changed: Sequence[DataItem]) -> Restructuring:
    """What the change does to the structure; DomainError when that would cut somebody off.

    Items that requests or agreements name, be they over, stay as well: they are the record of what
    was asked and agreed.
    """
    items = list(live.items.order_by("position"))
    found = restructuring(items, changed)
    departments = drawing(live)
    if departments and (faults := _disturbing(found)):
        raise DomainError(
            _(
                "Departments draw its rows under live agreements: %(departments)s. Until these"
                " agreements end, what they get stays as it is. Undo this change: %(items)s."
            )
            % {
                "departments": _(", ").join(str(department) for department in departments),
                "items": _("; ").join(faults),
            },
            code="in_use",
        )
    if named := _named_elsewhere(found.removed):
        raise DomainError(
            _(
                "Requests or agreements name these items, so they stay in the entry: %(items)s."
                " Say in their description that they are no longer filled."
            )
            % {"items": _(", ").join(named)},
            code="item_in_use",
        )
    rekeyed = [*found.rekeyed, *(item for item in found.added if item.is_key)]
    if rekeyed and _named_elsewhere(items):
        raise DomainError(
            _(
                "Requests or agreements name items of this entry, so its key stays as it is."
                " Undo the change of the key: %(items)s."
            )
            % {"items": _(", ").join(item.name for item in rekeyed)},
            code="item_in_use",
        )
    return found


def _disturbing(found: Restructuring) -> list[str]:
    ways: Mapping[str, Sequence[DataItem]] = {
        _("%(item)s was removed"): found.removed,
        _("%(item)s has another type or length"): found.retyped,
        _("%(item)s entered or left the key"): found.rekeyed,
        _("%(item)s must now be filled"): [i for i in found.tightened if i not in found.rekeyed],
        _("%(item)s is new and may not be empty"): found.compulsory,
    }
    return [words % {"item": item.name} for words, items in ways.items() for item in items]


def _named_elsewhere(items: Sequence[DataItem]) -> list[str]:
    """Those of the items that other records protect, whoever keeps these records."""
    named = []
    for item in items:
        collector = Collector(using="default", origin=item)
        try:
            collector.collect([item])
        except ProtectedError:
            named.append(item.name)
    return named
