"""Reasons with which people send back: plain text that others act on."""

from django.utils.translation import gettext as _

from portal.common.errors import Invalid
from portal.common.plain_text import plain_words


def stated(reasons: str) -> str:
    """Reasons that there have to be."""
    words = plain_words(reasons, field="reasons")
    if not words:
        missing = _("State the reasons: the stewards have to act on them.")
        raise Invalid(_("Reasons are missing."), fields={"reasons": [missing]})
    return words
