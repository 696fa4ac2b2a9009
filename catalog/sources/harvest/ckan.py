"""The packages of a CKAN portal, over its Action API."""

from collections.abc import Mapping
from typing import Any

from catalog.sources.ckan_tables import PACKAGES_A_PAGE, CkanTables, counted, listed
from catalog.sources.connector import Place

from .dataset import Dataset, Walked
from .walking import Seen, Walk, page_address

SEARCH = "package_search"


def walk(place: Place, seen: Seen) -> Walked:
    """All packages that the portal shows to who asks with this token, or without any."""
    portal = CkanTables(place)
    root = place.settings["address"].rstrip("/")
    ending = Walk(seen)
    start = 0
    while True:
        page = portal.ask(
            SEARCH, rows=PACKAGES_A_PAGE, start=start, sort="metadata_created asc, name asc"
        )
        packages = listed(page, "results")
        announced = counted(page, SEARCH)
        start += len(packages)
        is_last = not packages or start >= announced
        found = [_dataset(one, root) for one in packages if isinstance(one, dict)]
        ending.take(found, is_last=is_last)
        if is_last:
            return ending.ended(announced)


def _dataset(package: Mapping[str, Any], root: str) -> Dataset:
    extras = _extras(package)
    name = _text(package.get("name"))
    title, title_en = _titles(package)
    return Dataset(
        identifier=_text(package.get("id")) or name,
        title=title or name,
        title_en=title_en,
        page=page_address(f"{root}/dataset/{name}") if name else "",
        description=_text(package.get("notes")),
        keywords=tuple(
            _text(one.get("display_name") or one.get("name"))
            for one in package.get("tags") or ()
            if isinstance(one, dict)
        ),
        frequency=_text(package.get("frequency")) or extras.get("frequency", ""),
        formats=frozenset(
            _text(one.get("format"))
            for one in package.get("resources") or ()
            if isinstance(one, dict)
        ),
        temporal_from=extras.get("temporal_start", ""),
        temporal_to=extras.get("temporal_end", ""),
    )


def _titles(package: Mapping[str, Any]) -> tuple[str, str]:
    """The title, and the English one where the portal translates its titles (ckanext-fluent)."""
    told = package.get("title_translated")
    by_language = {k: _text(v) for k, v in told.items()} if isinstance(told, dict) else {}
    chinese = next((text for key, text in sorted(by_language.items()) if key[:2] == "zh"), "")
    return chinese or _text(package.get("title")), by_language.get("en", "")


def _extras(package: Mapping[str, Any]) -> dict[str, str]:
    told = package.get("extras")
    if not isinstance(told, list):
        return {}
    return {_text(one.get("key")): _text(one.get("value")) for one in told if isinstance(one, dict)}


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""
