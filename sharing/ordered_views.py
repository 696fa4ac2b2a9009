"""An agreement's rows in other orders than its key's: a view for each, beside that of its rows.

The planner does not look through a security barrier for the order that a query asks, so each order
that a page may have is that of a view: `agreement.a_<id>_down` from the last key to the first,
`agreement.a_<id>_by_<item>` and `…_down` by an indexed item, rows of one value by the key. They let
out the same columns of the same rows, masked alike, to the same reader. A masked item has none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from catalog.models import DataItem
from catalog.store.columns import Column
from sharing.agreed_rows import AgreedRows
from sharing.models import Agreement

SCHEMA = "agreement"


@dataclass(frozen=True, slots=True)
class Order:
    """Columns by which rows stand, the key's among them, so that each row has one place."""

    columns: tuple[Column, ...]
    is_down: bool
    view: str

    @property
    def by(self) -> sql.Composed:
        way = sql.SQL(" DESC" if self.is_down else "")
        return sql.SQL(", ").join(
            sql.SQL("{}{}").format(column.identifier, way) for column in self.columns
        )


def of_key(agreement: Agreement, columns: Sequence[Column], *, is_down: bool) -> Order:
    """The key's order up is that of the agreement's own view."""
    view = f"{agreement.view_name}_down" if is_down else agreement.view_name
    return Order(tuple(column for column in columns if column.is_key), is_down, view)


def of_item(
    agreement: Agreement, columns: Sequence[Column], item: tuple[str, int], *, is_down: bool
) -> Order:
    """`item` is an item's column and its primary key."""
    name, pk = item
    (first,) = (column for column in columns if column.name == name)
    rest = (column for column in columns if column.is_key and column.name != name)
    view = f"{agreement.view_name}_by_{pk}{'_down' if is_down else ''}"
    return Order((first, *rest), is_down, view)


def indexed(agreement: Agreement) -> dict[str, int]:
    """The columns that may lead an order beside the key: indexed, agreed, and delivered in full."""
    items = DataItem.objects.filter(
        pk__in=agreement.agreed_items.values("item"), is_indexed=True
    ).values_list("column", "pk")
    return {column: pk for column, pk in items if column not in agreement.masks}


def wanted(agreement: Agreement, columns: Sequence[Column]) -> list[Order]:
    if agreement.verification_only:
        return []
    items = [
        of_item(agreement, columns, item, is_down=is_down)
        for item in sorted(indexed(agreement).items())
        for is_down in (False, True)
    ]
    return [of_key(agreement, columns, is_down=True), *items]


def open_missing(
    cursor: Any,
    agreement: Agreement,
    orders: Sequence[Order],
    *,
    rows: AgreedRows,
    reader: str,
) -> None:
    there = set(names_of(cursor, agreement))
    for order in orders:
        if order.view in there:
            continue
        view = sql.Identifier(SCHEMA, order.view)
        cursor.execute(
            sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(
                view, rows.query(by=order.by)
            )
        )
        cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(reader)))


def drop_unwanted(cursor: Any, agreement: Agreement, orders: Sequence[Order]) -> None:
    """Of marks that are gone; waits for pulls that read them as long as the lock timeout says."""
    kept = {order.view for order in orders}
    prefix = f"{agreement.view_name}_by_"
    for name in names_of(cursor, agreement):
        if name.startswith(prefix) and name not in kept:
            cursor.execute(sql.SQL("DROP VIEW {}").format(sql.Identifier(SCHEMA, name)))


def names_of(cursor: Any, agreement: Agreement) -> list[str]:
    """All views of the agreement that there are, that of its rows first."""
    view = agreement.view_name
    # What begins with the name and an underscore: the grave accent is the character after that.
    cursor.execute(
        "SELECT relname::text FROM pg_class WHERE relnamespace = %s::regnamespace"
        " AND relkind = 'v' AND (relname = %s OR relname > %s AND relname < %s) ORDER BY relname",
        [SCHEMA, view, f"{view}_", f"{view}`"],
    )
    return [name for (name,) in cursor.fetchall()]


# Active agreements that lack the view of an order, or have one that is no order any more.
NOT_AS_MARKED = """
SELECT a.id FROM sharing_agreement a
WHERE a.state = %(active)s AND NOT a.verification_only
  AND a.resource_id = coalesce(%(resource)s, a.resource_id)
  AND to_regclass('agreement.a_' || a.id) IS NOT NULL
  AND (to_regclass('agreement.a_' || a.id || '_down') IS NULL OR EXISTS (
    SELECT FROM sharing_agreementitem one JOIN catalog_dataitem i ON i.id = one.item_id
    WHERE one.agreement_id = a.id
      AND (i.is_indexed AND NOT a.masks ? i."column")
       <> (to_regclass('agreement.a_' || a.id || '_by_' || i.id) IS NOT NULL)))
ORDER BY a.id
"""
