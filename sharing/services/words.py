"""Words that the other side reads or has to act on: plain text."""

from django.utils.translation import gettext as _

from portal.common.errors import Invalid
from portal.common.plain_text import plain_words


def said(words: str, field: str = "opinion") -> str:
    """The words without the space around them, perhaps none; Invalid at `field` unless plain text."""
    return plain_words(words, field=field)


def stated(words: str, field: str = "opinion") -> str:
    """Words that there have to be."""
    plain = said(words, field)
    if not plain:
        missing = _("Give your reasons: the other side has to act on them.")
        raise Invalid(_("Reasons are missing."), fields={field: [missing]})
    return plain
