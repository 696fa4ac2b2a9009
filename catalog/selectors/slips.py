"""Slips of typing: what was probably meant, among the words of what the person may see.

Candidates come from the known words, which hold those of hidden entries too; each is then looked
for in the names, tags and items that the person may see, and counts only when it stands there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Value

from catalog import search
from catalog.querysets import ResourceQuerySet
from catalog.search.terms import phrase
from catalog.selectors.near_words import near

MOST_MENDED = 3


@dataclass(frozen=True, slots=True)
class Slip:
    """`words` were looked for instead of what was typed."""

    words: str


def mended(published: ResourceQuerySet, terms: search.Terms) -> Slip | None:
    """The question with its mistyped terms replaced; None when nothing near is known.

    `published` is what the party may see. One query, and three more for each term that finds nothing.
    """
    missing = _missing(published, terms)
    if not missing or len(missing) > MOST_MENDED:
        return None
    words = [term.words for term in terms.terms]
    for place in missing:
        meant = _meant(published, terms.terms[place])
        if meant is None:
            return None
        words[place] = meant
    return Slip(" ".join(words))


def _missing(published: ResourceQuerySet, terms: search.Terms) -> list[int]:
    """The places of the terms that find nothing alone."""
    found = _union(
        published.filter(search=search.GramQuery(term.by_all()))
        .order_by()
        .annotate(place=Value(place))
        .values_list("place", flat=True)[:1]
        for place, term in enumerate(terms.terms)
    )
    known = set(found)
    return [place for place in range(len(terms.terms)) if place not in known]


def _meant(published: ResourceQuerySet, term: search.Term) -> str | None:
    """The nearest known text that the party may see; of several the most frequent."""
    typed = term.words
    if len(term.runs) != 1 or term.runs[0] != typed:
        return None
    distances = near(typed)
    if not distances:
        return None
    seen = _union(
        published.filter(search=search.GramQuery(phrase(candidate, weights="AB")))
        .order_by()
        .annotate(candidate=Value(candidate))
        .values("candidate")
        .annotate(number=Count("pk"))
        .values_list("candidate", "number")
        for candidate in distances
    )
    ranked = [(distances[word], -number, word) for word, number in seen if number]
    return min(ranked)[2] if ranked else None


def _union(queries: Iterable[QuerySet[Any, Any]]) -> list[Any]:
    """The rows of all queries, by one statement."""
    first, *others = queries
    return list(first.union(*others, all=True) if others else first)
