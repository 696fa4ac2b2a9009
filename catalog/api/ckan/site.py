"""What CKAN's clients ask of a portal as a whole."""

from typing import Any

from django.conf import settings

from catalog.formats.ckan import shapes
from catalog.formats.words import PORTAL, portal_name
from catalog.selectors import ckan

from .arguments import Arguments
from .caller import Caller

SPOKEN = "2.11.0"  # the version of CKAN whose answers these are


def site_read(caller: Caller, given: Arguments) -> bool:
    return True


def status_show(caller: Caller, given: Arguments) -> dict[str, Any]:
    name = portal_name(PORTAL)["zh"]
    return {
        "ckan_version": SPOKEN,
        "site_url": caller.base.rstrip("/"),
        "site_title": name,
        "site_description": name,
        "error_emails_to": None,
        "locale_default": settings.LANGUAGE_CODE,
        "extensions": [],
    }


def tag_list(caller: Caller, given: Arguments) -> list[Any]:
    if given.has("vocabulary_id"):
        return []
    words = given.text("query").strip().lower()
    tags = [tag for tag in ckan.tags_for(caller.party) if words in tag.lower()]
    return [shapes.tag_shape(tag) for tag in tags] if given.flag("all_fields") else tags
