"""Resources with rows of every kind in the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.db import connection
from django.utils import timezone, translation

from catalog.models import Resource, ResourceProfile
from catalog.services import profiles
from catalog.store.tables import create_missing, table_of
from tests.factories import ResourceFactory


@pytest.fixture(autouse=True)
def _in_english(_language: None) -> Iterator[None]:
    """The words of this room are held against English ones."""
    with translation.override("en"):
        yield


Rows = Sequence[tuple[object, ...]]


@dataclass(frozen=True)
class Shelf:
    """Resources whose first item is the key `code`, numbered by `put`."""

    def put(self, rows: Rows, items: list[dict[str, object]], **fields: object) -> Resource:
        """A published resource with these items after the key, and these rows without it."""
        key = {"name": "编号", "column": "code", "length": 12, "is_key": True, "is_nullable": False}
        resource = ResourceFactory(
            **{
                "state": "published",
                "sharing_attribute": "unconditional",
                "sharing_scope": "",
                "sharing_purpose": "",
                **fields,
            },
            items=[key, *({"length": None, **item} for item in items)],
        )
        self.fill(resource, rows)
        return resource

    def fill(self, resource: Resource, rows: Rows) -> None:
        """Let the store hold these rows alone, as a sync would leave it."""
        with connection.cursor() as cursor:
            create_missing(cursor.cursor, table_of(resource))
            cursor.execute(f"TRUNCATE store.r_{resource.pk}")
            if rows:
                marks = ", ".join(["%s"] * (len(rows[0]) + 1))
                cursor.executemany(
                    f"INSERT INTO store.r_{resource.pk} VALUES ({marks})",
                    [(f"{number:06d}", *row) for number, row in enumerate(rows)],
                )
        Resource.objects.filter(pk=resource.pk).update(
            row_count=len(rows), rows_changed_at=timezone.now()
        )
        resource.refresh_from_db()

    def profile(self, resource: Resource) -> ResourceProfile:
        assert profiles.refresh(resource_id=resource.pk)
        return ResourceProfile.objects.get(resource=resource)


@pytest.fixture
def shelf(db: None) -> Shelf:
    return Shelf()


@pytest.fixture
def column(shelf: Shelf) -> Callable[..., object]:
    """The profile of one column that holds these values."""

    def counted(values: Sequence[object], **item: object) -> object:
        given = {"name": "数据项", "column": "value", **item}
        resource = shelf.put([(value,) for value in values], [given])
        return shelf.profile(resource).columns.get(column="value")

    return counted
