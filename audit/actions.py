"""The closed list of what can be recorded, with a label for each code.

Every app registers its own in `<app>/audit_actions.py`: `ACTIONS: dict[str, Text]`, and in `DATA_SEEN`, where
it has some, those by which somebody came to see data.
"""

import re
from importlib import import_module

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule

from portal.common.text import Text

CODE = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")

_labels: dict[str, Text] = {}
_data_seen: set[str] = set()


def collect() -> None:
    """Read every installed app's list; called once, when the registry of apps is ready."""
    found: dict[str, Text] = {}
    seen: set[str] = set()
    for app in apps.get_app_configs():
        if app.module is None or not module_has_submodule(app.module, "audit_actions"):
            continue
        named = import_module(f"{app.name}.audit_actions")
        listed: dict[str, Text] = named.ACTIONS
        seen |= getattr(named, "DATA_SEEN", frozenset())
        for code, label in listed.items():
            if not CODE.fullmatch(code):
                raise ImproperlyConfigured(f"{code!r} of {app.name} is no action code")
            if code in found:
                raise ImproperlyConfigured(f"the action {code!r} of {app.name} is registered twice")
            found[code] = label
    _labels.clear()
    _labels.update(found)
    if unknown := seen - set(found):
        raise ImproperlyConfigured(f"{min(unknown)!r} is said to show data, and is no action")
    _data_seen.clear()
    _data_seen.update(seen)


def is_known(code: str) -> bool:
    return code in _labels


def label(code: str) -> Text:
    """The words for `code`; a code that no app registers any more stands for itself."""
    return _labels.get(code, code)


def data_seen() -> list[str]:
    """The codes of acts by which somebody came to see data."""
    return sorted(_data_seen)


def by_app() -> dict[str, dict[str, Text]]:
    """The whole list, grouped by the part of the code before its first dot."""
    grouped: dict[str, dict[str, Text]] = {}
    for code in sorted(_labels):
        grouped.setdefault(code.partition(".")[0], {})[code] = _labels[code]
    return grouped
