"""Entries in words, for the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from audit.models import Entry, Result
from audit.selectors import Proof
from portal.common.text import Text

TONES: dict[str, str] = {
    Result.OK: "go",
    Result.DENIED: "stop",
    Result.FAILED: "stop",
    Result.BROKEN: "wait",
}

# What the apps often tell; any other name is shown as it is.
NAMES: dict[str, Text] = {
    "agreement": _("Agreement"),
    "bytes": _("Bytes"),
    "columns": _("Columns"),
    "criteria": _("Looked for"),
    "department": _("Department"),
    "entries": pgettext_lazy("audit", "Entries"),
    "entry": pgettext_lazy("audit", "Entry"),
    "error": _("Error"),
    "items": _("Data items"),
    "name": _("Name"),
    "number": _("Number"),
    "opinion": _("Opinion"),
    "reason": _("Reason"),
    "request": _("Sharing request"),
    "resource": _("Resource"),
    "rows": _("Rows"),
    "shown": _("Entries shown"),
    "state": _("State"),
    "username": _("Username"),
    "version": _("Version"),
}
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that an entry tells: `lines` are its parts."""

    name: Text
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the proof, and whether it holds; `hashes` are what was compared."""

    title: Text
    words: Text
    hashes: list[str]
    holds: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one value was before and after the act."""

    name: Text
    before: str
    after: str


def details(entry: Entry) -> list[Detail]:
    """Everything in the entry's data but the values before and after, which `changes` tells."""
    hidden = {"before", "after"} if changes(entry) else set()
    return [
        Detail(NAMES.get(name, name), lines(value))
        for name, value in entry.data.items()
        if name not in hidden
    ]


def changes(entry: Entry) -> list[Change]:
    """Value by value, what the act changed; single values stand under the name "State"."""
    if "before" not in entry.data or "after" not in entry.data:
        return []
    before, after = _named(entry.data["before"]), _named(entry.data["after"])
    return [
        Change(
            NAMES.get(name, name),
            ", ".join(lines(before.get(name))),
            ", ".join(lines(after.get(name))),
        )
        for name in {**before, **after}
    ]


def steps(proof: Proof) -> list[Step]:
    """What a reader would do to prove the entry, one after the other; nothing without a link."""
    if proof.seq is None:
        return []
    own = {"number": proof.seq}
    if proof.seq == 1:
        before: Text = _("This is the first link: it begins with zeros.")
    else:
        before = _("It must be the hash of link %(number)s.") % {"number": proof.seq - 1}
    if proof.next_seq is None:
        after: Text = _("This is the last link: the head of the chain must bear its hash.")
    else:
        after = _("Link %(number)s must begin with it.") % {"number": proof.next_seq}
    if proof.matches:
        same, hashes = _("Recomputed from the content: the same."), [proof.hash]
    else:
        same, hashes = _("Recomputed from the content: another."), [proof.hash, proof.recomputed]
    return [
        Step(_("The hash that came before"), before, [proof.previous], proof.continues),
        Step(_("The hash of link %(number)s, this entry's own") % own, same, hashes, proof.matches),
        Step(_("What comes after builds on it"), after, [], proof.is_carried),
    ]


def lines(value: Any) -> list[str]:
    """A value of plain JSON in words, one line a part."""
    if isinstance(value, Mapping):
        return [f"{name}: {', '.join(lines(inner))}" for name, inner in value.items()] or [NOTHING]
    if isinstance(value, list):
        return [", ".join(lines(inner)) for inner in value] or [NOTHING]
    if isinstance(value, bool):
        return [str(_("yes") if value else _("no"))]
    if isinstance(value, int):
        return [f"{value:,}"]
    return [NOTHING if value is None or value == "" else str(value)]


def _named(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"state": value}
