"""What else an entry may speak of when it is about a thing: told by the app that knows.

An app names it in `<app>/audit_related.py`: `RELATED` maps a label ("catalog.resource") to a function
from a key to the labels and keys of what hangs on it. `EVIDENCE` maps a label to a function from a key to the
address of the evidence pack of its case, empty when there is none. `PAGES` is the same for
the page of the thing that is open to the audit administrator. `ADDRESSED` maps the beginning of a route
to a function from its arguments to the thing that all addresses under it are about.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import Model, Q
from django.utils.module_loading import module_has_submodule

Related = Callable[[str], dict[str, Sequence[str]]]

Evidence = Callable[[str], str]

Page = Callable[[str], str]

Addressed = Callable[[Mapping[str, Any]], Model | None]

_related: dict[str, list[Related]] = {}
_evidence: dict[str, Evidence] = {}
_pages: dict[str, Page] = {}
_addressed: dict[str, Addressed] = {}


def collect() -> None:
    """Read every installed app's list; called once, when the registry of apps is ready."""
    _related.clear()
    _evidence.clear()
    _pages.clear()
    _addressed.clear()
    for app in apps.get_app_configs():
        if app.module is None or not module_has_submodule(app.module, "audit_related"):
            continue
        told = import_module(f"{app.name}.audit_related")
        for label, found in getattr(told, "RELATED", {}).items():
            _related.setdefault(label, []).append(found)
        _evidence.update(getattr(told, "EVIDENCE", {}))
        _pages.update(getattr(told, "PAGES", {}))
        _addressed.update(getattr(told, "ADDRESSED", {}))


def about(label: str, key: str) -> Q:
    """Entries about the thing itself, or about something that hangs on it."""
    wanted = Q(target_type=label, target_id=key)
    for found in _related.get(label, ()):
        for other, keys in found(key).items():
            wanted |= Q(target_type=other, target_id__in=keys)
    return wanted


def evidence_url(label: str, key: str) -> str:
    """Where the evidence pack of the thing's case is; empty for what has none."""
    found = _evidence.get(label)
    return found(key) if found else ""


def page_url(label: str, key: str) -> str:
    """Where the audit administrator reads the thing itself; empty for what has no such page."""
    found = _pages.get(label)
    return found(key) if found else ""


def addressed(route: str, arguments: Mapping[str, Any]) -> Model | None:
    """What an address of this route is about; None for an address of nothing in particular."""
    for beginning, found in _addressed.items():
        if route.startswith(beginning):
            return found(arguments)
    return None
