"""A question to the trail in words, as pages tell what a saved filter looks for."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import actions, selectors
from audit.forms import SearchForm
from audit.models import Result, SavedFilter

DAYS = ("date_from", "date_to")
EXACT = ("actor", "target", "about", "seen", "department_id")


def of_filter(kept: SavedFilter) -> list[str]:
    """What it looks for, part by part, and how far back."""
    parts = in_words(kept.asked)
    if kept.days:
        back = ngettext("the last %(days)s day", "the last %(days)s days", kept.days)
        parts.append(back % {"days": kept.days})
    return parts


def in_words(asked: Mapping[str, str]) -> list[str]:
    parts = [
        f"{field.label}: {_shown(name, asked[name])}"
        for name, field in SearchForm.base_fields.items()
        if name in asked and name not in (*DAYS, *EXACT)
    ]
    parts += [exactly(name, asked[name]) for name in EXACT if name in asked]
    first, last = (asked.get(name, "") for name in DAYS)
    if first and last:
        parts.append(_("%(first)s to %(last)s") % {"first": first, "last": last})
    elif first:
        parts.append(_("since %(day)s") % {"day": first})
    elif last:
        parts.append(_("until %(day)s") % {"day": last})
    return parts


def exactly(name: str, value: str) -> str:
    """One of the filters that links alone set, in words: with the name, where the trail knows one."""
    found = selectors.name_of(name, value)
    words = {
        "actor": _("Done by %(value)s"),
        "target": _("Done to %(value)s"),
        "about": _("About %(value)s and what hangs on it"),
        "seen": _("Only who saw data"),
        "department_id": _("Concerns %(value)s")
        if found
        else _("Concerns department number %(value)s"),
    }
    return words[name] % {"value": found or value}


def _shown(name: str, value: str) -> str:
    if name == "action":
        return str(actions.label(value))
    if name == "result" and value in Result.values:
        return str(Result(value).label)
    return value
