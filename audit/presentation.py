"""Entries in words, for the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Entry, MonthState, Result
from audit.names import meaning_of, name_of
from audit.proofs import Inclusion
from portal.common.text import Text

TONES: dict[str, str] = {
    Result.OK: "go",
    Result.DENIED: "stop",
    Result.FAILED: "stop",
    Result.BROKEN: "wait",
}

MONTH_TONES: dict[str, str] = {
    MonthState.LIVE: "rest",
    MonthState.COPIED: "go",
    MonthState.ARCHIVED: "wait",
    MonthState.RESTORED: "go",
}

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that an entry tells: `lines` are its parts."""

    name: Text
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the proof, and whether it holds; `hashes` are what was compared or made."""

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
        Detail(name_of(name, entry.target_type), lines(meaning_of(name, value, entry.target_type)))
        for name, value in entry.data.items()
        if name not in hidden
    ]


def changes(entry: Entry) -> list[Change]:
    """Value by value, what the act changed; single values stand under the name "State"."""
    if "before" not in entry.data or "after" not in entry.data:
        return []
    before, after = _named(entry.data["before"]), _named(entry.data["after"])

    def told(name: str, value: Any) -> str:
        return ", ".join(lines(meaning_of(name, value, entry.target_type)))

    return [
        Change(
            name_of(name, entry.target_type),
            told(name, before.get(name)),
            told(name, after.get(name)),
        )
        for name in {**before, **after}
    ]


def steps(proof: Inclusion) -> list[Step]:
    """What a reader does to prove the entry, one after the other; nothing before it is sealed."""
    if proof.head is None:
        return []
    head = {"number": proof.head.number, "size": proof.head.size}
    if proof.matches:
        same, hashes = _("Made anew from the content: the one that was sealed."), [proof.leaf.hex()]
    else:
        same = _("Made anew from the content: another than the one that was sealed.")
        hashes = [proof.stored.hex(), proof.leaf.hex()]
    leaf = Step(
        _("The hash of leaf %(number)s, this entry's own") % {"number": proof.index},
        same,
        hashes,
        proof.matches,
    )
    up = [
        Step(
            _("Step %(number)s up the tree") % {"number": number},
            _("With the hash at its left:") if step.is_left else _("With the hash at its right:"),
            [step.beside.hex(), step.together.hex()],
            proof.reaches_root,
        )
        for number, step in enumerate(proof.steps, 1)
    ]
    root = Step(
        _("The root of head %(number)s, over %(size)s entries") % head,
        _("The steps lead to it.") if proof.reaches_root else _("The steps lead elsewhere."),
        [bytes(proof.head.root).hex()],
        proof.reaches_root,
    )
    signature = Step(
        _("The signature of head %(number)s") % head,
        _("By the key %(keys)s.") % {"keys": ", ".join(sorted(proof.signers))}
        if proof.signers
        else _("It is false, or by a key that is not known."),
        [],
        bool(proof.signers),
    )
    return [leaf, *up, root, signature]


def lines(value: Any) -> list[str]:
    """A value of plain JSON in words, one line a part."""
    if isinstance(value, Mapping):
        return [
            f"{name_of(name, '')}: {', '.join(lines(inner))}" for name, inner in value.items()
        ] or [NOTHING]
    if isinstance(value, list):
        return [", ".join(lines(inner)) for inner in value] or [NOTHING]
    if isinstance(value, bool):
        return [str(_("yes") if value else _("no"))]
    if isinstance(value, int):
        return [f"{value:,}"]
    return [NOTHING if value is None or value == "" else str(value)]


def _named(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"state": value}
