"""What every page knows: the portal's name, its language and how it is displayed."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from . import display
from .language import HTML_LANG, html_lang


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language to switch to, named in itself."""

    code: str
    tag: str
    name: str


OWN_NAMES = {"zh-hans": "中文", "en": "English"}


def portal(request: HttpRequest) -> dict[str, Any]:
    modes = display.chosen(request)
    here = html_lang()
    return {
        "portal_name": settings.PORTAL_NAME or _("Government data sharing portal"),
        "html_lang": here,
        "other_languages": [
            OtherLanguage(code, HTML_LANG[code], OWN_NAMES[code])
            for code, _name in settings.LANGUAGES
            if HTML_LANG[code] != here
        ],
        "display_classes": display.classes(modes),
        "display_choices": display.choices(modes),
    }
