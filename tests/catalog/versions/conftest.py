"""A published entry and a change of it, at every station of its way."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone, translation

from catalog.entry import entry_of, item_of
from catalog.models import Resource
from catalog.services import resources, review, versions
from catalog.store.tables import create_missing, table_of
from tests.catalog.conftest import Cast, assess_both, published


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Words are asserted as they stand in the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def live(cast: Cast) -> Resource:
    return published(cast)


def begun(cast: Cast, live: Resource) -> Resource:
    return versions.start_revision(resource=live, version=live.version, by=cast.steward)


def written(cast: Cast, change: Resource, *, items: list | None = None, **about) -> Resource:
    """Write the change anew: these fields, these items; assessed again."""
    kept = [item_of(item) for item in change.items.order_by("position")]
    saved = resources.change_draft(
        resource=change,
        version=change.version,
        entry=replace(entry_of(change), **about),
        items=kept if items is None else items,
        by=cast.steward,
    )
    personal = saved.items.filter(is_personal=True).exists()
    assess_both(saved, cast.steward, personal=personal)
    return saved


def handed_on(cast: Cast, change: Resource) -> Resource:
    """Submitted and approved: it waits for the competent department."""
    change = review.submit(resource=change, version=change.version, by=cast.steward)
    return review.approve(resource=change, version=change.version, by=cast.head)


def waiting(cast: Cast, live: Resource, **about) -> Resource:
    about = about or {"abstract": "新的摘要。"}
    return handed_on(cast, written(cast, begun(cast, live), **about))


def changed(cast: Cast, live: Resource, **about) -> Resource:
    """The entry after a change of it was published."""
    change = waiting(cast, live, **about)
    return review.publish(resource=change, version=change.version, by=cast.officer)


def items_of(resource: Resource) -> list:
    return [item_of(item) for item in resource.items.order_by("position")]


def filled(resource: Resource, rows: int = 3) -> Resource:
    """Rows as a sync would have brought them."""
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(resource))
        cursor.execute(
            f"INSERT INTO store.r_{resource.pk} (code, name)"
            " SELECT i::text, '名称' || i FROM generate_series(1, %s) i",
            [rows],
        )
    Resource.objects.filter(pk=resource.pk).update(row_count=rows, rows_changed_at=timezone.now())
    resource.refresh_from_db(fields=["row_count", "rows_changed_at"])
    return resource


def columns_in_store(resource: Resource) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'store' AND table_name = %s ORDER BY ordinal_position",
            [f"r_{resource.pk}"],
        )
        return [name for (name,) in cursor.fetchall()]


def numbers(resource: Resource) -> list[int]:
    return list(resource.versions.order_by("number").values_list("number", flat=True))
