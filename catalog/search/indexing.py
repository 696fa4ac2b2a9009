"""Writing what an entry is found by, and the words that suggestions are made of."""

from collections.abc import Iterable, Sequence

from django.contrib.postgres.search import SearchVectorField
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Cast

from catalog.models.item import DataItem
from catalog.models.resource import Resource
from catalog.models.search import SearchWord, WordKind

from . import pinyin
from .text import normal
from .vectors import document, name_document, word_vector

# Raise it when entries are found by something else than before: workers then index all anew.
VERSION = 2
WRITE = (
    "UPDATE catalog_resource SET search = %s::tsvector, name_search = %s::tsvector WHERE id = %s"
)
LONGEST_TEXT = 300

Indexed = tuple[Resource, Sequence[DataItem]]


def index(resource: Resource, items: Sequence[DataItem]) -> None:
    """Write what the entry is found by, in the transaction that changed one of these texts."""
    index_many([(resource, items)])


def index_many(entries: Sequence[Indexed]) -> None:
    """The same for many entries, in few statements."""
    with connection.cursor() as cursor:
        cursor.executemany(
            WRITE,
            [
                (document(resource, items), name_document(resource), resource.pk)
                for resource, items in entries
            ],
        )
    _remember(entries)


def forget_unused_words() -> int:
    """Remove the words that no entry holds any more; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM catalog_searchword AS word WHERE CASE kind
                WHEN 'name' THEN NOT EXISTS (
                    SELECT FROM catalog_resource WHERE name = word.text)
                WHEN 'name_en' THEN NOT EXISTS (
                    SELECT FROM catalog_resource WHERE name_en = word.text AND name_en <> '')
                WHEN 'tag' THEN NOT EXISTS (
                    SELECT FROM catalog_resource WHERE tags @> ARRAY[word.text])
                WHEN 'provider' THEN NOT EXISTS (
                    SELECT FROM organisation_department
                    WHERE word.text IN (name, short_name))
                ELSE NOT EXISTS (
                    SELECT FROM catalog_dataitem WHERE name = word.text)
            END
            """
        )
        return int(cursor.rowcount)


def _remember(entries: Iterable[Indexed]) -> None:
    """Add words that were not known; in one order, so that two writers do not wait in a circle."""
    wanted = sorted(set(_words(entries)))
    texts = {text for _kind, text in wanted}
    known = set(SearchWord.objects.filter(text__in=texts).values_list("kind", "text"))
    SearchWord.objects.bulk_create(
        [_word(kind, text) for kind, text in wanted if (kind, text) not in known],
        ignore_conflicts=True,
        batch_size=1000,
    )


def _words(entries: Iterable[Indexed]) -> Iterable[tuple[str, str]]:
    for resource, items in entries:
        provider = resource.department
        yield WordKind.NAME.value, resource.name[:LONGEST_TEXT]
        if resource.name_en:
            yield WordKind.ENGLISH.value, resource.name_en[:LONGEST_TEXT]
        yield WordKind.PROVIDER.value, provider.name
        yield WordKind.PROVIDER.value, provider.short_name
        for tag in resource.tags:
            yield WordKind.TAG.value, tag
        for item in items:
            yield WordKind.ITEM.value, item.name


def _word(kind: str, text: str) -> SearchWord:
    key = normal(text)
    spelt, initials = pinyin.spellings(key)
    return SearchWord(
        kind=kind,
        text=text,
        key=key[:LONGEST_TEXT],
        pinyin=spelt[:LONGEST_TEXT],
        initials=initials[:LONGEST_TEXT],
        grams=Cast(Value(word_vector(text)), SearchVectorField()),
    )
