"""Full-text search for Chinese without a dictionary: two-character grams in a tsvector.

PostgreSQL does not cut Chinese into words. Every run of Han characters is indexed as its
overlapping pairs, each at its own position, so that a phrase of pairs finds exactly the texts that
contain it; Latin words and numbers stay whole. The last character of a run stands alone beside its
last pair, so that a prefix finds single characters too. Names weigh A; items, provider and code B;
abstracts C.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast, Length

from .models import DataItem, Resource
from .querysets import ResourceQuerySet

MAX_TERMS = 12
LONGEST_WORD = 60
LAST_POSITION = 16383  # PostgreSQL keeps no higher one
GAP = 2  # between two texts, so that no phrase reaches from one into the next

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
RUN_OF_HAN = re.compile(rf"[{HAN}]")
RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
BETWEEN_TERMS = re.compile(r"[\s，、。；：？！（）《》〈〉“”‘’【】]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for, as it was typed, and the grams that must follow one another."""

    words: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person looks for: all terms must be found. Empty when nothing searchable was typed."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def words(self) -> list[str]:
        return [term.words for term in self.terms]

    def as_tsquery(self) -> str:
        return " & ".join(f"({_phrase(term)})" for term in self.terms)


class GramQuery(SearchQuery):
    """A tsquery that is written out already: PostgreSQL only reads it."""

    template = "%(expressions)s::tsquery"

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


def parse(typed: str) -> Terms:
    """The terms of what was typed: white space and Chinese punctuation divide, the rest joins."""
    terms = []
    for typed_term in BETWEEN_TERMS.split(typed):
        words = normal(typed_term)
        runs = tuple(RUN.findall(words))
        if runs:
            terms.append(Term(words=words, runs=runs))
    return Terms(tuple(terms[:MAX_TERMS]))


def normal(text: str) -> str:
    """Full-width letters and digits as half-width ones, capitals as small ones."""
    return unicodedata.normalize("NFKC", text).casefold()


def matching(resources: ResourceQuerySet, terms: Terms) -> ResourceQuerySet:
    return resources.filter(search=GramQuery(terms.as_tsquery()))


def closeness(terms: Terms) -> Case:
    """How close a name comes to the terms: its length when it holds them all, else null."""
    return Case(
        When(Q(name_search=GramQuery(terms.as_tsquery())), then=Length("name")), default=None
    )


def index(resource: Resource, items: Sequence[DataItem]) -> None:
    """Write what the entry is found by, in the transaction that changed one of these texts."""
    Resource.objects.filter(pk=resource.pk).update(
        search=Cast(Value(document(resource, items)), SearchVectorField()),
        name_search=Cast(Value(written([("", resource.name)])), SearchVectorField()),
    )


def document(resource: Resource, items: Sequence[DataItem]) -> str:
    """The tsvector of an entry, written out."""
    provider = resource.department
    texts = [
        ("A", resource.name),
        ("B", resource.code),
        ("B", provider.name),
        ("B", provider.short_name),
        *(("B", text) for item in items for text in (item.name, item.column)),
        ("C", resource.abstract),
    ]
    return written(texts)


def written(texts: Iterable[tuple[str, str]]) -> str:
    """Weighted texts as a tsvector, written out."""
    grams = []
    start = 1
    for weight, text in texts:
        end = start
        for gram, offset in _grams(text):
            end = min(start + offset, LAST_POSITION)
            grams.append(f"'{gram}':{end}{weight}")
        start = end + GAP
    return " ".join(grams)


def _grams(text: str) -> Iterator[tuple[str, int]]:
    """The lexemes of a text with their offsets; a run's last character shares its last pair's."""
    offset = 0
    for run in RUN.findall(normal(text)):
        if not _is_han(run):
            yield run[:LONGEST_WORD], offset
            offset += 1
            continue
        pairs = _pairs(run)
        for step, pair in enumerate(pairs):
            yield pair, offset + step
        yield run[-1], offset + max(len(pairs) - 1, 0)
        offset += max(len(pairs), 1)


def _phrase(term: Term) -> str:
    """The grams of a term in a row. A word at its end may go on, and so may a lone character."""
    lexemes = []
    for run in term.runs:
        if not _is_han(run):
            lexemes.append(_lexeme(run[:LONGEST_WORD]))
        elif len(run) == 1:
            lexemes.append(_lexeme(run, "*"))
        else:
            lexemes += [_lexeme(pair) for pair in _pairs(run)]
    last = term.runs[-1]
    if not _is_han(last):
        lexemes[-1] = _lexeme(last[:LONGEST_WORD], "*")
    return " <-> ".join(lexemes)


def _lexeme(gram: str, prefix: str = "") -> str:
    return f"'{gram}':{prefix}" if prefix else f"'{gram}'"


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _is_han(run: str) -> bool:
    return RUN_OF_HAN.match(run) is not None
