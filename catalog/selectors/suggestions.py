"""Suggestions while somebody types: names, departments and tags that begin so, or sound so.

Candidates come from the known words; each is shown only when an entry that the party may see bears
it, so that no hidden name is ever completed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Func, Q
from django.db.models.functions import Length

from catalog import search
from catalog.models import SearchWord, WordKind
from catalog.parties import Party
from catalog.querysets import ResourceQuerySet
from catalog.selectors.catalogue import question
from portal.organisation.models import Department

MOST = 8
MOST_OF_OTHERS = 2  # departments, and tags, when there are names enough
MOST_CANDIDATES = 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    kind: WordKind


def suggestions(party: Party, typed: str) -> list[Suggestion]:
    """At most eight: shorter ones first, among them at least some departments and tags.

    Five queries, however many words are known: the candidates, then which of each kind are seen.
    """
    key = search.normal(typed).strip()
    if not search.runs_of(key):
        return []
    candidates = _candidates(key)
    if not candidates:
        return []
    seen, _terms = question(party, "")
    found: dict[str, list[str]] = {}
    for kind in WordKind.NAME, WordKind.ENGLISH, WordKind.PROVIDER, WordKind.TAG:
        texts = [text for one, text in candidates if one == kind]
        known = _seen(seen, kind, texts) if texts else set()
        found[kind] = [text for text in texts if text in known]
    names = [*found[WordKind.NAME], *found[WordKind.ENGLISH]]
    others = {kind: found[kind] for kind in (WordKind.PROVIDER, WordKind.TAG)}
    room = MOST - sum(min(len(texts), MOST_OF_OTHERS) for texts in others.values())
    told = [Suggestion(text, WordKind.NAME) for text in names[:room]]
    for kind, texts in others.items():
        left = MOST - len(told)
        if kind == WordKind.PROVIDER:
            left -= min(len(others[WordKind.TAG]), MOST_OF_OTHERS)
        told += [Suggestion(text, kind) for text in texts[:left]]
    return told


def _candidates(key: str) -> Sequence[tuple[str, str]]:
    begins = Q(key__startswith=key)
    spelt = key.replace(" ", "").replace("'", "")
    if spelt.isascii() and len(spelt) > 1:
        begins |= Q(pinyin__startswith=spelt) | Q(initials__startswith=spelt)
    words = SearchWord.objects.filter(begins).order_by(Length("text"), "text")
    parts = [
        words.filter(kind=kind).values_list("kind", "text")[:MOST_CANDIDATES]
        for kind in (WordKind.NAME, WordKind.ENGLISH, WordKind.PROVIDER, WordKind.TAG)
    ]
    found = parts[0].union(*parts[1:], all=True)
    return sorted(found, key=lambda one: (len(one[1]), one[1]))


def _seen(entries: ResourceQuerySet, kind: WordKind, texts: Sequence[str]) -> set[str]:
    """Of the texts those that such an entry bears."""
    match kind:
        case WordKind.TAG:
            bearing = entries.order_by().filter(tags__overlap=list(texts))
            borne = bearing.annotate(tag=Func(F("tags"), function="unnest"))
            return set(borne.values_list("tag", flat=True).distinct())
        case WordKind.PROVIDER:
            named = Department.objects.filter(Q(name__in=texts) | Q(short_name__in=texts)).filter(
                pk__in=entries.order_by().values("department")
            )
            return {text for pair in named.values_list("name", "short_name") for text in pair}
        case WordKind.ENGLISH:
            return set(
                entries.filter(name_en__in=texts)
                .exclude(name_en="")
                .values_list("name_en", flat=True)
            )
    return set(entries.filter(name__in=texts).values_list("name", flat=True))
