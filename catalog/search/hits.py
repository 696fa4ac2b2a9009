"""Where a text meets the terms: what to mark in it, and which part of it to show."""

from collections.abc import Sequence

from . import pinyin
from .terms import Term, Terms
from .text import is_han, normal, runs_of, with_origins

Span = tuple[int, int]
BEFORE = 40  # characters shown before the first hit of a long text


def spans(text: str, terms: Terms, *, by_sound: bool = False) -> list[Span]:
    """The parts of `text` that meet a term or a synonym, in order and apart from one another."""
    written, origins = with_origins(text)
    found: list[Span] = []
    for term in terms.terms:
        hits = _literal(written, term)
        if not hits and by_sound and term.spelling:
            hits = _sounding(written, term.spelling)
        found += [(origins[start], origins[end - 1] + 1) for start, end in hits]
    return _joined(found)


def holds(text: str, terms: Terms) -> bool:
    """Whether any term, or a synonym of one, is written in the text."""
    written = normal(text)
    return any(_literal(written, term) for term in terms.terms)


def sounds(text: str, terms: Terms) -> bool:
    """Whether any term is the pinyin of a part of the text."""
    written = normal(text)
    return any(term.spelling and _sounding(written, term.spelling) for term in terms.terms)


def excerpt(text: str, terms: Terms, length: int) -> str:
    """At most about `length` characters of a text, with its first hit among them."""
    if len(text) <= length:
        return text
    hits = spans(text, terms)
    start = max(hits[0][0] - BEFORE, 0) if hits else 0
    start = min(start, len(text) - length)
    end = start + length
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _literal(written: str, term: Term) -> list[Span]:
    found = []
    for words in (term.words, *term.synonyms):
        start = written.find(words)
        while start >= 0:
            if _is_whole(written, words, start):
                found.append((start, start + len(words)))
            start = written.find(words, start + len(words))
    return found


def _is_whole(written: str, words: str, start: int) -> bool:
    """Latin words are found from their first letter on only, as the index finds them."""
    if start == 0 or is_han(words[0]) or not words[0].isalnum():
        return True
    before = written[start - 1]
    return is_han(before) or not before.isalnum()


def _sounding(written: str, spelling: str) -> list[Span]:
    """The characters that are spelt so, in full or by initials; the last syllable may be begun."""
    places = [(start, run) for start, run in _pieces(written) if run]
    given = pinyin.syllables(written)
    if len(given) != len(places):  # a character without a sound: nothing can be told apart
        return []
    for letters in (list(given), [one[:1] if one.isalpha() else one for one in given]):
        for first in range(len(letters)):
            spelt = ""
            for last in range(first, len(letters)):
                spelt += letters[last]
                if spelt.startswith(spelling):
                    end, run = places[last]
                    return [(places[first][0], end + len(run))]
                if not spelling.startswith(spelt):
                    break
    return []


def _pieces(written: str) -> list[tuple[int, str]]:
    """What counts as one syllable: each Han character, each Latin word, with its place."""
    found = []
    place = 0
    for run in runs_of(written):
        place = written.index(run, place)
        if is_han(run):
            found += [(place + step, character) for step, character in enumerate(run)]
        else:
            found.append((place, run))
        place += len(run)
    return found[: pinyin.MOST_SYLLABLES]


def _joined(found: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
