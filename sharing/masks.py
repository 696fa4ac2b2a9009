"""Masks in what is delivered: the rules of `catalog.masking` as functions of the database.

They stand in the agreement's view, so that no way out can forget them. The functions are made by the
migration `request_scope`; a test holds each against its rule in Python.
"""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import DataItem, MaskingRule
from portal.common.errors import Invalid

SCHEMA = "masking"
# An address is hidden altogether: down to which words it may be seen is a question of a table of
# divisions, which a function of the database had to repeat.
FUNCTIONS: dict[str, str] = {
    MaskingRule.RESIDENT_ID: "resident_id",
    MaskingRule.PHONE: "telephone",
    MaskingRule.PERSON_NAME: "person_name",
    MaskingRule.EMAIL: "email",
    MaskingRule.BANK_CARD: "bank_card",
    MaskingRule.HIDDEN: "hidden",
}


def read(given: object, items: Iterable[DataItem], *, field: str = "masks") -> dict[str, str]:
    """Masks by column, checked; "" and what names no mask fall out. Raises Invalid at `field`."""
    if not isinstance(given, Mapping):
        words = _("Name a mask for each item that is not to be delivered in full.")
        raise Invalid(_("The masks have errors."), fields={field: [words]})
    known = {item.column: item for item in items}
    found: dict[str, str] = {}
    wrong: list[str] = []
    for column, rule in sorted(given.items()):
        item = known.get(column)
        if item is None:
            told = _("The resource has no such data item: %(items)s.")
            wrong.append(told % {"items": str(column)[:60]})
        elif rule == MaskingRule.NONE:
            continue
        elif rule not in FUNCTIONS:
            told = _('"%(item)s" cannot be delivered with this mask.')
            wrong.append(told % {"item": item.name})
        elif item.is_key:
            told = _('"%(item)s" is the key: leave it out or deliver it, it cannot be masked.')
            wrong.append(told % {"item": item.name})
        else:
            found[column] = str(rule)
    if wrong:
        raise Invalid(_("The masks have errors."), fields={field: wrong})
    return found


def masked(column: str, rule: str) -> sql.Composable:
    """The column as the rule lets it be seen, as text."""
    name = sql.Identifier(column)
    return sql.SQL("{}({}::text) AS {}").format(sql.Identifier(SCHEMA, FUNCTIONS[rule]), name, name)
