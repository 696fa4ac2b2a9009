"""What an entry is found by, as tsvectors that are written out."""

from collections.abc import Iterable, Iterator, Sequence

from catalog.models.item import DataItem
from catalog.models.resource import Resource

from . import pinyin
from .text import LONGEST_WORD, is_han, normal, pairs, runs_of

LAST_POSITION = 16383  # PostgreSQL keeps no higher one
GAP = 2  # between two texts, so that no phrase reaches from one into the next
# Before a spelling, so that it is never taken for a word: of the name; of a tag or the provider.
# Spellings have no position, which PostgreSQL ranks as weight D.
NAME_SOUND = "~"
OTHER_SOUND = "^"


def document(resource: Resource, items: Sequence[DataItem]) -> str:
    """The tsvector of an entry, written out."""
    provider = resource.department
    texts = [
        ("A", resource.name),
        ("A", resource.name_en),
        ("B", resource.code),
        ("B", resource.classification),
        ("B", provider.name),
        ("B", provider.short_name),
        *(("B", tag) for tag in resource.tags),
        *(("B", text) for item in items for text in (item.name, item.column)),
        ("C", resource.abstract),
    ]
    # Not of the items: that would make the vectors, and every search, a third slower.
    others = (*resource.tags, provider.short_name)
    return f"{written(texts)} {_sounds(resource.name, others)}".strip()


def name_document(resource: Resource) -> str:
    """The tsvector of its names alone: with it the closest names come first."""
    return written([("", resource.name), ("", resource.name_en)])


def word_vector(text: str) -> str:
    """The tsvector of a known word: its grams, and its sound from each syllable on."""
    return f"{written([('', text)])} {_sounds(text, ())}".strip()


def written(texts: Iterable[tuple[str, str]]) -> str:
    """Weighted texts as a tsvector, written out."""
    found = []
    start = 1
    for weight, text in texts:
        end = start
        for gram, offset in grams(text):
            end = min(start + offset, LAST_POSITION)
            found.append(f"'{gram}':{end}{weight}")
        start = end + GAP
    return " ".join(found)


def grams(text: str) -> Iterator[tuple[str, int]]:
    """The lexemes of a text with their offsets; a run's last character shares its last pair's."""
    offset = 0
    for run in runs_of(normal(text)):
        if not is_han(run):
            yield run[:LONGEST_WORD], offset
            offset += 1
            continue
        found = pairs(run)
        for step, pair in enumerate(found):
            yield pair, offset + step
        yield run[-1], offset + max(len(found) - 1, 0)
        offset += max(len(found), 1)


def _sounds(name: str, others: Iterable[str]) -> str:
    """Spellings: of the name from each of its syllables on, of the others from the first."""
    found = {NAME_SOUND + spelt[:LONGEST_WORD] for spelt in pinyin.suffixes(normal(name))}
    for text in others:
        found |= {
            OTHER_SOUND + spelt[:LONGEST_WORD]
            for spelt in pinyin.spellings(normal(text))
            if len(spelt) > 1
        }
    return " ".join(f"'{spelt}'" for spelt in sorted(found))
