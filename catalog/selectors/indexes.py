"""Which items of a resource can be indexed, are marked so, and have their index."""

from dataclasses import dataclass

from django.db import connection

from catalog.models import DataItem, Resource
from catalog.store import indexes
from catalog.store.columns import column_of
from catalog.store.errors import StoreRefusal
from catalog.store.tables import table_of


@dataclass(frozen=True, slots=True)
class IndexedItem:
    item: DataItem
    is_fit: bool
    is_ready: bool

    @property
    def is_leading(self) -> bool:
        """Rows come in its order as they are."""
        return self.is_ready and not self.item.is_indexed


def indexed_items(resource: Resource) -> list[IndexedItem]:
    """All items in their order. The first of the key needs no mark: the key's own index begins with it."""
    items = list(resource.items.order_by("position"))
    try:
        table = table_of(resource)
    except StoreRefusal:
        return [IndexedItem(item, is_fit=False, is_ready=False) for item in items]
    with connection.cursor() as cursor:
        ready = indexes.ready(cursor, table.name)
    first = table.key[0].name
    return [
        IndexedItem(
            item,
            is_fit=item.column != first and indexes.is_fit(table, column_of(item)),
            is_ready=item.column == first or item.column in ready,
        )
        for item in items
    ]
