"""Masks in what is delivered: the rules of `catalog.masking` as functions of the database.

They stand in the agreement's view, so that no way out can forget them. The functions are made by the
migration `request_scope`; a test holds each against its rule in Python. Pseudonyms are no function of
the value alone: see `sharing.pseudonyms`.
"""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import DataItem, MaskingRule
from portal.common.errors import Invalid
from sharing import pseudonyms
from sharing.models import Agreement

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
RULES = (*FUNCTIONS, MaskingRule.PSEUDONYM)


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
        elif rule not in RULES:
            told = _('"%(item)s" cannot be delivered with this mask.')
            wrong.append(told % {"item": item.name})
        elif item.is_key:
            told = _('"%(item)s" is the key: leave it out or deliver it, it cannot be masked.')
            wrong.append(told % {"item": item.name})
        elif rule == MaskingRule.PSEUDONYM and not pseudonyms.fits(item):
            told = _(
                '"%(item)s" gets no pseudonym: only texts and whole numbers without a code list do.'
            )
            wrong.append(told % {"item": item.name})
        else:
            found[column] = str(rule)
    if wrong:
        raise Invalid(_("The masks have errors."), fields={field: wrong})
    return found


def masked(column: str, agreement: Agreement) -> sql.Composable:
    """The column as the agreement's rule for it lets it be seen, as text."""
    name = sql.Identifier(column)
    rule = agreement.masks[column]
    if rule == MaskingRule.PSEUDONYM:
        told = pseudonyms.of(name, agreement.requester_id)
    else:
        told = sql.SQL("{}({}::text)").format(sql.Identifier(SCHEMA, FUNCTIONS[rule]), name)
    return sql.SQL("{} AS {}").format(told, name)
