"""In which order a page's rows come: that of the key, or of an indexed item, from either end."""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from catalog.store import indexes
from catalog.store.columns import Column
from catalog.store.tables import table_name
from portal.common.errors import Invalid
from sharing import ordered_views
from sharing.models import Agreement
from sharing.ordered_views import Order

from .filters import not_agreed

DOWN = "-"


def read(agreement: Agreement, columns: Sequence[Column], given: Sequence[str]) -> Order:
    """The order of `item` or `-item`; the key's without one. Raises Invalid.

    Behind the item the key decides, in the same direction; it may be named, and changes nothing.
    """
    names = [name for text in given for name in text.split(",") if name]
    if not names:
        return ordered_views.of_key(agreement, columns, is_down=False)
    is_down = names[0].startswith(DOWN)
    order = _led_by(agreement, columns, names[0].removeprefix(DOWN), is_down=is_down)
    told = spelt(order).split(",")
    if names != told[: len(names)]:
        words = _("Behind the first item the key alone decides, in the same direction: %(order)s.")
        raise _refused(words % {"order": ",".join(told)})
    return order


def spelt(order: Order) -> str:
    """All columns of the order, as they could be asked for."""
    way = DOWN if order.is_down else ""
    return ",".join(f"{way}{column.name}" for column in order.columns)


def offered(agreement: Agreement, columns: Sequence[Column]) -> list[str]:
    """The columns that can lead an order now: the key's first, and those whose index is there."""
    key = next(column.name for column in columns if column.is_key)
    return [key, *sorted(_ready(agreement))]


def _led_by(agreement: Agreement, columns: Sequence[Column], name: str, *, is_down: bool) -> Order:
    if name not in {column.name for column in columns}:
        raise _refused(not_agreed([name]))
    if name in agreement.masks:
        words = _('"%(item)s" is delivered masked, and its order would tell the hidden values.')
        raise _refused(words % {"item": name})
    if name == next(column.name for column in columns if column.is_key):
        return ordered_views.of_key(agreement, columns, is_down=is_down)
    pk = _ready(agreement).get(name)
    if pk is None:
        words = _("Rows are ordered by the key or an indexed item; here by one of: %(names)s.")
        raise _refused(words % {"names": ", ".join(offered(agreement, columns))})
    return ordered_views.of_item(agreement, columns, (name, pk), is_down=is_down)


def _ready(agreement: Agreement) -> dict[str, int]:
    """What is marked, has its index, and has its view in the agreement, by the item's key."""
    marked = ordered_views.indexed(agreement)
    if not marked:
        return {}
    with connection.cursor() as cursor:
        made = indexes.ready(cursor, table_name(agreement.resource_id))
        views = set(ordered_views.names_of(cursor, agreement))
    return {
        column: pk
        for column, pk in marked.items()
        if column in made and f"{agreement.view_name}_by_{pk}_down" in views
    }


def _refused(words: str) -> Invalid:
    return Invalid(_("The call has errors."), fields={"order": [words]})
