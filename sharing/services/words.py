"""Words that the other side has to act on."""

from django.utils.translation import gettext as _

from portal.common.errors import Invalid


def stated(words: str, field: str = "opinion") -> str:
    """The words without the space around them; Invalid at `field` when there are none."""
    if not words.strip():
        missing = _("Give your reasons: the other side has to act on them.")
        raise Invalid(_("Reasons are missing."), fields={field: [missing]})
    return words.strip()
