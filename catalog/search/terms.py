"""What a person looks for: terms, what means the same, and how they may be spelt."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .text import LONGEST_WORD, is_han, normal, pairs, runs_of
from .vectors import NAME_SOUND, OTHER_SOUND

MAX_TERMS = 12
MOST_SYNONYMS = 8
BETWEEN_TERMS = re.compile(r"[\s，、。；：？！（）《》〈〉“”‘’【】]+")

Groups = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for, as it was typed, and the grams that must follow one another.

    `synonyms` are other words for it, in normal form.
    """

    words: str
    runs: tuple[str, ...]
    synonyms: tuple[str, ...] = ()

    @property
    def spelling(self) -> str:
        """The term as pinyin, when it can be read so; one letter alone says too little."""
        joined = "".join(self.runs)
        return joined if len(joined) > 1 and joined.isascii() and joined.isalpha() else ""

    def literal(self) -> str:
        return _phrase(self.runs)

    def by_words(self) -> str:
        """The term itself or a synonym."""
        found = [self.literal(), *(_phrase(runs_of(one)) for one in self.synonyms)]
        return " | ".join(f"({one})" for one in found) if len(found) > 1 else found[0]

    def by_words_and_name_sound(self) -> str:
        return self._with_sounds(NAME_SOUND)

    def by_all(self) -> str:
        return self._with_sounds(NAME_SOUND, OTHER_SOUND)

    def _with_sounds(self, *marks: str) -> str:
        spelt = self.spelling[:LONGEST_WORD]
        found = [self.by_words()]
        if spelt:
            found += [f"'{mark}{spelt}':*" for mark in marks]
        return " | ".join(found)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person looks for: all terms must be found. Empty when nothing searchable was typed."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def words(self) -> list[str]:
        return [term.words for term in self.terms]

    @property
    def synonyms(self) -> list[str]:
        return [one for term in self.terms for one in term.synonyms]

    def literal(self) -> str:
        """The terms as they were typed, as a tsquery."""
        return _all(term.literal() for term in self.terms)

    def by_words(self) -> str:
        return _all(term.by_words() for term in self.terms)

    def for_rank(self) -> str:
        """Without the sound of items, so that the name that sounds so comes before them."""
        return _all(term.by_words_and_name_sound() for term in self.terms)

    def as_tsquery(self) -> str:
        return _all(term.by_all() for term in self.terms)


def parse(typed: str, *, synonyms: Groups = ()) -> Terms:
    """The terms of what was typed: white space and Chinese punctuation divide, the rest joins."""
    terms = []
    for typed_term in BETWEEN_TERMS.split(typed):
        words = normal(typed_term)
        runs = runs_of(words)
        if runs:
            terms.append(Term(words=words, runs=runs, synonyms=_synonyms(words, synonyms)))
    return Terms(tuple(terms[:MAX_TERMS]))


def phrase(words: str, *, weights: str = "") -> str:
    """The words in a row as a tsquery, in texts of these weights only; "" when there are none."""
    runs = runs_of(normal(words))
    return _phrase(runs, weights) if runs else ""


def _synonyms(words: str, groups: Groups) -> tuple[str, ...]:
    """The term with each of its words that has synonyms replaced by one of them.

    Latin words have synonyms only as a whole; Chinese ones within a longer term too: 低保对象 is
    最低生活保障对象.
    """
    found: dict[str, None] = {}
    for group in groups:
        for known in sorted(group, key=len, reverse=True):
            if known == words or (known in words and is_han(known)):
                for other in group:
                    is_there = len(other) > len(known) and other in words
                    if other != known and not is_there and runs_of(other):
                        found[words.replace(known, other)] = None
                break
    found.pop(words, None)
    return tuple(found)[:MOST_SYNONYMS]


def _all(queries: Iterable[str]) -> str:
    return " & ".join(f"({one})" for one in queries)


def _phrase(runs: Sequence[str], weights: str = "") -> str:
    """The grams of a term in a row. A word at its end may go on, and so may a lone character."""
    lexemes = []
    for run in runs:
        if not is_han(run):
            lexemes.append(lexeme(run[:LONGEST_WORD], weights))
        elif len(run) == 1:
            lexemes.append(lexeme(run, f"*{weights}"))
        else:
            lexemes += [lexeme(pair, weights) for pair in pairs(run)]
    last = runs[-1]
    if not is_han(last):
        lexemes[-1] = lexeme(last[:LONGEST_WORD], f"*{weights}")
    return " <-> ".join(lexemes)


def lexeme(gram: str, label: str = "") -> str:
    return f"'{gram}':{label}" if label else f"'{gram}'"
