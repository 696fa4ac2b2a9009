"""Words of closed sets in both languages, and texts that any format can carry."""

import re
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

PORTAL = _("Government data sharing portal")
LANGUAGES = {"zh": "zh-hans", "en": "en"}
# What XML 1.0 cannot carry, not even escaped.
UNSOUND = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sound(text: str) -> str:
    """The text without what XML cannot carry; entries of older imports may hold such characters."""
    return UNSOUND.sub("", text).strip()


def in_both(text: Text) -> dict[str, str]:
    """A translatable text by its language tag."""
    said = {}
    for tag, language in LANGUAGES.items():
        with translation.override(language):
            said[tag] = str(text)
    return said


@lru_cache(maxsize=256)
def label(value: TextChoices) -> Mapping[str, str]:
    """The words of one value of a closed set, by language tag."""
    return in_both(value.label)


def portal_name(default: Text) -> dict[str, str]:
    """The portal's own name where it has one: the same in every language."""
    if settings.PORTAL_NAME:
        return {"zh": settings.PORTAL_NAME}
    return in_both(default)
