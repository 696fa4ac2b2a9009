"""Data verification (数据核验): whether keys are there, and whether values match; no value is given."""

import hashlib
import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.columns import Column
from portal.common.errors import Invalid
from portal.organisation.models import InformationSystem, User
from sharing import decimal_keys, outlet, verification
from sharing.models import Agreement, PullKind
from sharing.values import TEXTS, are_storable, spelt

from .filters import not_agreed
from .pages import ended_as_refusal
from .pulls import Call, begin, noted
from .reader import answer

MOST = 10_000
TOLD = 10
TRUE, FALSE = verification.TRUE, verification.FALSE


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true of one entry, in the order sent: is the key there, which values match or differ."""

    found: bool
    matched: list[str]
    differ: list[str]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of each entry sent: which of the few `kinds` of answers, in their order."""

    kinds: Mapping[Any, Answer]
    places: Sequence[Hashable]

    @property
    def answers(self) -> list[Answer]:
        return [self.kinds[place] for place in self.places]

    @property
    def found(self) -> int:
        return sum(many for kind, many in Counter(self.places).items() if self.kinds[kind].found)


@dataclass(frozen=True, slots=True)
class Sent:
    """Entries by column, as texts; `names` are the columns of each, None when that is the key alone."""

    count: int
    values: Mapping[str, Sequence[str | None]]
    names: Sequence[tuple[str, ...]] | None = None


def verify(*, number: str, party: User | InformationSystem, entries: object) -> Verified:
    """Check each entry: values by column, always of the whole key, and any others to compare.

    Raises NotFound, NotAllowed, Invalid or QuotaError; every outcome is noted, each entry counts as
    a row of the quota whether or not it is found, and what was sent is noted by its SHA-256 alone.
    """
    sent = json.dumps(entries, sort_keys=True, default=str).encode()
    count = len(entries) if isinstance(entries, list) else 0
    told = f"entries={count}&sha256={hashlib.sha256(sent).hexdigest()}"
    call = begin(number=number, party=party, kind=PullKind.VERIFY, query=told)
    with noted(call):
        return _verified(call, entries)


def _verified(call: Call, entries: object) -> Verified:
    columns = outlet.columns_of(call.agreement)
    key = [column for column in columns if column.is_key]
    sent = _read(entries, columns, call.agreement)
    compared = verification.compared(call.agreement, columns)
    others = [one for one in compared if one.name in sent.values]
    call.items = [column.name for column in (*key, *others)]
    call.take(sent.count, is_whole=True)
    by_function = _has_function(call.agreement, key)
    statement = _statement(call.agreement, key, others, sent, by_function=by_function)
    with ended_as_refusal(call):
        (told,) = answer(call.agreement, statement) or ("",)
    call.rows = sent.count
    # The function of the database answers for each value that might be asked.
    return _answers(told, sent, compared if by_function else others)


def _answers(told: str, sent: Sent, others: Sequence[Column]) -> Verified:
    """Ten thousand keys have two kinds of answers: nothing is made for each."""
    width = 1 + len(others)
    if sent.names is None:
        kinds = {flag: Answer(found=flag == TRUE, matched=[], differ=[]) for flag in (TRUE, FALSE)}
        return Verified(kinds, told[::width])
    flags = [told[start : start + width] for start in range(0, len(told), width)]
    places = list(zip(flags, sent.names, strict=True))
    return Verified({place: _answer(*place, others) for place in set(places)}, places)


def _answer(flags: str, sent: Sequence[str], others: Sequence[Column]) -> Answer:
    if flags[0] != TRUE:
        return Answer(found=False, matched=[], differ=[])
    asked = [(c.name, flag) for c, flag in zip(others, flags[1:], strict=True) if c.name in sent]
    return Answer(
        found=True,
        matched=[name for name, flag in asked if flag == TRUE],
        differ=[name for name, flag in asked if flag != TRUE],
    )


def _has_function(agreement: Agreement, key: Sequence[Column]) -> bool:
    if agreement.verification_only:
        return True
    # An agreement that an earlier version opened has none until the sweep comes by.
    return decimal_keys.first(key) is not None and verification.is_open(agreement)


def _statement(
    agreement: Agreement,
    key: Sequence[Column],
    others: Sequence[Column],
    sent: Sent,
    *,
    by_function: bool,
) -> sql.Composed:
    asked = {one.name: sent.values[one.name] for one in (*key, *others)}
    if by_function:
        return verification.call(agreement, json.dumps(asked, ensure_ascii=False))
    given = [
        sql.SQL("json_array_elements_text({}::json)").format(
            sql.Literal(json.dumps(values, ensure_ascii=False))
        )
        for values in asked.values()
    ]
    view = sql.Identifier(outlet.SCHEMA, agreement.view_name)
    return verification.matching(view, key, others, given)


def _read(entries: object, columns: Sequence[Column], agreement: Agreement) -> Sent:
    """Each entry as texts by column; null is the value that is not there. Raises Invalid."""
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST:
        words = _("A list of 1 to %(most)s entries.") % {"most": f"{MOST:,}"}
        raise Invalid(_("The call has errors."), fields={"entries": [words]})
    known = {column.name: column for column in columns}
    key = [column for column in columns if column.is_key]
    if _are_sound_keys(entries, key, agreement):
        return Sent(len(entries), {key[0].name: entries})
    read: list[dict[str, str | None]] = []
    wrong: list[str] = []
    for place, entry in enumerate(entries, start=1):
        try:
            read.append(_entry(entry, known, key, agreement))
        except ValueError as fault:
            wrong.append(_("Entry %(place)s: %(fault)s") % {"place": place, "fault": fault})
    if wrong:
        more = len(wrong) - TOLD
        told = wrong[:TOLD] + ([_("And %(count)s more.") % {"count": more}] if more > 0 else [])
        raise Invalid(_("The call has errors."), fields={"entries": told})
    names = set().union(*read)
    values = {name: [one.get(name) for one in read] for name in names}
    return Sent(len(read), values, [tuple(one) for one in read])


def _are_sound_keys(
    entries: list[object], key: Sequence[Column], agreement: Agreement
) -> TypeGuard[list[str]]:
    """Whether all are texts that the one item of the key can have: then none needs a look by itself."""
    if len(key) != 1 or key[0].kind not in TEXTS or key[0].name in agreement.masks:
        return False
    texts = [entry for entry in entries if isinstance(entry, str)]
    return len(texts) == len(entries) and are_storable(texts)


def _entry(
    entry: object, known: Mapping[str, Column], key: Sequence[Column], agreement: Agreement
) -> dict[str, str | None]:
    """A text or a number is the key itself, where the key is one item. Raises ValueError in words."""
    if isinstance(entry, str | int) and not isinstance(entry, bool) and len(key) == 1:
        entry = {key[0].name: entry}
    if not isinstance(entry, Mapping):
        raise ValueError(_("give values by column."))
    unknown = [str(name) for name in entry if name not in known]
    if unknown:
        raise ValueError(not_agreed(unknown))
    missing = [column.name for column in key if entry.get(column.name) is None]
    if missing:
        raise ValueError(_("the key is missing: %(items)s.") % {"items": ", ".join(missing)})
    masked = [name for name in entry if name in agreement.masks]
    if masked:
        words = _("delivered masked, so nothing is compared with it: %(items)s.")
        raise ValueError(words % {"items": ", ".join(masked)})
    return {name: _value(value, known[name]) for name, value in entry.items()}


def _value(value: object, column: Column) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        text = "\0"  # nothing that any column can have
    read = spelt(text, column)
    if read is None:
        raise ValueError(
            _("not a value that this column can have: %(item)s.") % {"item": column.name}
        )
    return read
