"""Slips of typing: what was probably meant, among the words of what the person may see.

A slip is one character wrong, missing, too many or swapped with the next, or any number of
characters that sound like the right ones (户藉 or 湖籍 for 户籍), as input by pinyin brings them.
Candidates come from the known words, which hold those of hidden entries too; each is then looked
for in the names, tags and items that the person may see, and counts only when it stands there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Length

from catalog import search
from catalog.models import SearchWord
from catalog.querysets import ResourceQuerySet
from catalog.search import pinyin
from catalog.search.terms import lexeme, phrase
from catalog.search.text import is_han, pairs
from catalog.search.vectors import NAME_SOUND

MOST_MENDED = 3
MOST_WORDS = 150
MOST_CANDIDATES = 12
SHORTEST_LATIN = 4
LONGEST = 30

# How far a candidate is from what was typed; then whether it stands inside a longer word.
Distance = tuple[int, bool]
SOUNDS_ALIKE, ONE_CHARACTER, ONE_LESS = range(3)
FARTHEST: Distance = (3, True)


@dataclass(frozen=True, slots=True)
class Slip:
    """`words` were looked for instead of what was typed."""

    words: str


def mended(published: ResourceQuerySet, terms: search.Terms) -> Slip | None:
    """The question with its mistyped terms replaced; None when nothing near is known.

    `published` is what the party may see. One query, and two more for each term that finds nothing.
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
    if len(term.runs) != 1 or term.runs[0] != typed or len(typed) > LONGEST:
        return None
    query = _near(typed)
    if not query:
        return None
    keys = (
        SearchWord.objects.filter(grams=search.GramQuery(query))
        .annotate(
            sounds_alike=Case(When(Q(grams=search.GramQuery(_sound(typed))), then=0), default=1)
        )
        .order_by("sounds_alike", Length("key"), "key")
        .values_list("key", flat=True)[:MOST_WORDS]
    )
    near = sorted((how, part) for part, how in _candidates(typed, keys).items())[:MOST_CANDIDATES]
    if not near:
        return None
    distances = {candidate: distance for distance, candidate in near}
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


def _near(typed: str) -> str:
    """A tsquery over known words that every word with one slip meets, and few others."""
    if not is_han(typed):
        if len(typed) < SHORTEST_LATIN or not typed.isalpha():
            return ""
        return lexeme(typed[:2], "*")
    alternatives = [_sound(typed)]
    length = len(typed)
    if length == 2:
        alternatives.append(lexeme(typed[1] + typed[0]))
    elif 2 < length < 5:
        for place in range(length):
            rest = typed[:place] + typed[place + 1 :]
            alternatives.append(" & ".join(lexeme(character, "*") for character in rest))
    elif length >= 5:
        for place in range(length - 1):
            rest_pairs = [*pairs(typed[:place]), *pairs(typed[place + 2 :])]
            if rest_pairs:
                alternatives.append(" & ".join(lexeme(pair) for pair in rest_pairs))
    elif length < 2:
        return ""
    return " | ".join(f"({one})" for one in alternatives)


def _sound(typed: str) -> str:
    return lexeme(NAME_SOUND + pinyin.full(typed), "*")


def _candidates(typed: str, keys: Iterable[str]) -> dict[str, Distance]:
    """The parts of known words that are near to what was typed, each with its distance."""
    found: dict[str, Distance] = {}
    sound = pinyin.syllables(typed)
    for key in keys:
        for is_inside, part in _parts(key, typed):
            if part == typed or found.get(part, FARTHEST) <= (SOUNDS_ALIKE, is_inside):
                continue
            if is_han(typed) and len(part) == len(typed) and pinyin.syllables(part) == sound:
                how = SOUNDS_ALIKE
            elif is_one_slip(typed, part) and (len(typed) > 2 or sorted(typed) == sorted(part)):
                how = ONE_LESS if len(part) < len(typed) else ONE_CHARACTER
            else:
                continue
            found[part] = min(found.get(part, FARTHEST), (how, is_inside))
    return found


def _parts(key: str, typed: str) -> Iterator[tuple[bool, str]]:
    """Parts of about the length of what was typed; whether they stand inside a longer word."""
    for run in search.runs_of(key):
        if is_han(run) != is_han(typed):
            continue
        if not is_han(run):
            yield False, run
            continue
        for length in (len(typed), len(typed) + 1, len(typed) - 1):
            if length > 1:
                for start in range(len(run) - length + 1):
                    yield start > 0, run[start : start + length]


def is_one_slip(typed: str, meant: str) -> bool:
    """Whether one wrong, missing, needless or swapped character makes the one of the other."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    left, right = typed[start:], meant[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    return left[1:] == right if len(left) > len(right) else left == right[1:]


def _union(queries: Iterable[QuerySet[Any, Any]]) -> list[Any]:
    """The rows of all queries, by one statement."""
    first, *others = queries
    return list(first.union(*others, all=True) if others else first)
