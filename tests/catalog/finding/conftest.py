"""A shelf to search on, and synonyms that end with the test."""

from collections.abc import Iterator

import pytest

from catalog import search, synonyms
from catalog.models import Resource, SearchSynonym
from catalog.selectors.catalogue import Query, catalogue_page
from tests.catalog.conftest import cast  # noqa: F401 - fixtures
from tests.factories import ResourceFactory


def put(visible_to: list[int] | None = None, **fields: object) -> Resource:
    """A published entry, indexed; `visible_to` hides it from others."""
    resource = ResourceFactory(**{"state": "published", "abstract": "", "items": [], **fields})
    if visible_to is not None:
        Resource.objects.filter(pk=resource.pk).update(visible_to=visible_to)
    search.index(resource, list(resource.items.all()))
    return resource


def items(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "column": f"c{place}"} for place, name in enumerate(names)]


def names(party: object, q: str, **more: object) -> list[str]:
    """The names on the first page, in their order."""
    page = catalogue_page(party, Query(q=q, **more))
    return [one.resource.name for one in page.page]


@pytest.fixture
def with_synonyms(db: None) -> Iterator[object]:
    """`with_synonyms("户籍 户口", …)` puts groups in force."""

    def put_in_force(*groups: str) -> None:
        for group in groups:
            SearchSynonym.objects.create(terms=group.split())
        synonyms.changed()

    yield put_in_force
    synonyms.changed()


@pytest.fixture(autouse=True)
def _forget_synonyms() -> Iterator[None]:
    yield
    synonyms.changed()
