"""What is wrong with a row, in words; the codes are those of `catalog.store.rules`."""

from django.utils.translation import gettext_lazy as _

from catalog.store.rules import Code, Dimension
from portal.common.text import Text

FAULTS: dict[str, Text] = {
    Code.WRONG_TYPE: _("not of the item's type"),
    Code.TOO_LONG: _("too long"),
    Code.NULL_IN_KEY: _("key empty"),
    Code.NULL_IN_ITEM: _("empty, but may not be"),
    Code.REPEATED_KEY: _("key occurs more than once"),
    Code.CODE_LIST: _("no code of the list"),
    Code.PATTERN: _("does not match the pattern"),
    Code.LENGTH: _("length out of bounds"),
    Code.RANGE: _("out of range"),
    Code.RESIDENT_ID: _("no valid resident ID number"),
    Code.CREDIT_CODE: _("no valid unified social credit code"),
    Code.ORDER: _("greater than the item it is compared with"),
    Code.REQUIRED_IF: _("empty, though another item asks for it"),
}
DIMENSIONS: dict[str, Text] = {
    Dimension.COMPLETENESS: _("Completeness"),
    Dimension.CONFORMITY: _("Conformity"),
    Dimension.UNIQUENESS: _("Uniqueness"),
    Dimension.ACCURACY: _("Accuracy"),
    Dimension.CONSISTENCY: _("Consistency"),
    Dimension.TIMELINESS: _("Timeliness"),
}


def fault_words(code: str) -> Text:
    return FAULTS.get(code, code)
