"""What else an entry may speak of when it is about a thing: told by the app that knows.

An app names it in `<app>/audit_related.py`: `RELATED` maps a label ("catalog.resource") to a function
from a key to the labels and keys of what hangs on it. `EVIDENCE` maps a label to a function from a key to the
address of the evidence pack of its case, empty when there is none.
"""

from collections.abc import Callable, Sequence
from importlib import import_module

from django.apps import apps
from django.db.models import Q
from django.utils.module_loading import module_has_submodule

Related = Callable[[str], dict[str, Sequence[str]]]

Evidence = Callable[[str], str]

_related: dict[str, list[Related]] = {}
_evidence: dict[str, Evidence] = {}


def collect() -> None:
    """Read every installed app's list; called once, when the registry of apps is ready."""
    _related.clear()
    _evidence.clear()
    for app in apps.get_app_configs():
        if app.module is None or not module_has_submodule(app.module, "audit_related"):
            continue
        told = import_module(f"{app.name}.audit_related")
        for label, found in told.RELATED.items():
            _related.setdefault(label, []).append(found)
        _evidence.update(getattr(told, "EVIDENCE", {}))


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
