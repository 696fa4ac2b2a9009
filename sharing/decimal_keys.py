"""Rows whose key has decimal numbers, entered by views that hold the place themselves.

PostgreSQL does not call the comparison of `numeric` leakproof: a condition of the reader on such an item
is held against every row above the barrier, and reaches no index. So the place is said by a
setting of the reader's session, and the condition is the view's own: `agreement.a_<id>_behind` has the
rows behind a place in the order of the key, `…_down_behind` those in the order from its end,
and `…_at` those whose first decimal item of the key has one of some values. They let out the same
columns of the same rows, masked alike, to the same reader, and can only leave rows out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from sharing import ordered_views
from sharing.agreed_rows import AgreedRows
from sharing.models import Agreement
from sharing.ordered_views import Order
from sharing.values import DECIMALS, cast_of

SCHEMA = ordered_views.SCHEMA
PLACE = "portal.place"
KEYS = "portal.keys"


@dataclass(frozen=True, slots=True)
class Entrance:
    """The view that a page reads, what is said to it before, and what the query has to ask itself."""

    view: str
    after: Sequence[str | None] | None
    setting: str = ""
    value: Sequence[str | None] = ()

    @property
    def said(self) -> list[sql.Composed]:
        """Statements to the reader's session before the page; its end undoes them."""
        if not self.setting:
            return []
        value = json.dumps(self.value, ensure_ascii=False)
        statement = sql.SQL("SELECT set_config({}, {}, false)")
        return [statement.format(sql.Literal(self.setting), sql.Literal(value))]


def first(columns: Sequence[Column]) -> Column | None:
    """The first decimal item of the key."""
    return next((one for one in columns if one.is_key and one.kind in DECIMALS), None)


def entrance(
    agreement: Agreement,
    order: Order,
    *,
    after: Sequence[str | None] | None,
    keys: Sequence[str],
) -> Entrance:
    """How a page of the order begins behind `after`, None at the beginning.

    `keys` are the only values of `first` that the page's filter lets through; none when it asks for none.
    """
    usual = Entrance(order.view, after)
    if first(order.columns) is None or (after is None and not keys):
        return usual
    with connection.cursor() as cursor:
        views = set(ordered_views.names_of(cursor, agreement))
    at, behind = f"{agreement.view_name}_at", f"{order.view}_behind"
    if keys and at in views:
        return Entrance(at, after, KEYS, keys)
    if after is not None and behind in views:
        return Entrance(behind, None, PLACE, after)
    return usual


def open_views(
    cursor: Any,
    agreement: Agreement,
    columns: Sequence[Column],
    *,
    rows: AgreedRows,
    reader: str,
) -> None:
    """Nothing where the key has no decimal item."""
    led = first(columns)
    if led is None or agreement.verification_only:
        return
    up, down = (
        ordered_views.of_key(agreement, columns, is_down=is_down) for is_down in (False, True)
    )
    said = sql.SQL("current_setting({})::json")
    at = sql.SQL("{} = ANY (ARRAY(SELECT json_array_elements_text({})::{}))").format(
        led.identifier, said.format(sql.Literal(KEYS)), cast_of(led)
    )
    views = [(f"{agreement.view_name}_at", at, up)]
    for order in (up, down):
        place = [
            sql.SQL("({} ->> {})::{}").format(
                said.format(sql.Literal(PLACE)), sql.Literal(number), column.type_sql
            )
            for number, column in enumerate(order.columns)
        ]
        behind = sql.SQL("({}) {} ({})").format(
            sql.SQL(", ").join(column.identifier for column in order.columns),
            sql.SQL("<" if order.is_down else ">"),
            sql.SQL(", ").join(place),
        )
        views.append((f"{order.view}_behind", behind, order))
    for name, condition, order in views:
        view = sql.Identifier(SCHEMA, name)
        cursor.execute(
            sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(
                view, rows.query(where=condition, by=order.by)
            )
        )
        cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(view, sql.Identifier(reader)))


def opened_before(cursor: Any) -> list[int]:
    """Active agreements on such keys that an earlier version opened: with nothing of all this."""
    cursor.execute(
        """
        SELECT a.id FROM sharing_agreement a
        WHERE a.state = 'active' AND to_regclass('agreement.a_' || a.id) IS NOT NULL
          AND EXISTS (SELECT FROM catalog_dataitem i
                      WHERE i.resource_id = a.resource_id AND i.is_key AND i.type = ANY (%s))
          AND NOT EXISTS (SELECT FROM pg_proc p
                          WHERE p.oid = to_regprocedure('agreement.a_' || a.id || '_verify(json)')
                            AND strpos(p.prosrc, '"store"') > 0)
        ORDER BY a.id
        """,
        [[str(kind) for kind in (ItemType.NUMERIC, ItemType.CURRENCY)]],
    )
    return [pk for (pk,) in cursor.fetchall()]
