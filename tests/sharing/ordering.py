"""A resource whose items can be indexed, and the marks of its stewards brought about at once."""

from django.db import connection
from django.utils import timezone

from catalog.models import ItemType, Resource, ResourceState
from catalog.services import indexing
from catalog.store.tables import create_missing, table_of
from sharing.services import following
from tests.factories import ResourceFactory


def plain_resource(cast):
    """A key of two columns, and items of several kinds that may all be empty; no rows yet."""
    kinds = {
        "name": (ItemType.CHARACTER, 40),
        "year": (ItemType.INTEGER, None),
        "day": (ItemType.DATE, None),
        "at": (ItemType.DATETIME, None),
        "share": (ItemType.DOUBLE, None),
        "amount": (ItemType.NUMERIC, None),
        "told": (ItemType.MEMO, None),
    }
    key = [
        {"name": "地区", "column": "area", "length": 6, "is_key": True, "is_nullable": False},
        {
            "name": "序号",
            "column": "no",
            "type": ItemType.INTEGER,
            "is_key": True,
            "is_nullable": False,
        },
    ]
    others = [
        {"name": f"项 {column}", "column": column, "type": kind, "length": length}
        for column, (kind, length) in kinds.items()
    ]
    made = ResourceFactory(
        department=cast.civil, state=ResourceState.PUBLISHED, items=[*key, *others]
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
    Resource.objects.filter(pk=made.pk).update(rows_changed_at=timezone.now(), row_count=0)
    made.refresh_from_db()
    return made


def mark(cast, resource, *columns):
    indexing.mark(resource=resource, columns=columns, by=cast.provider_steward)
    assert indexing.follow(resource_id=resource.pk)
    following.follow_orders(resource_id=resource.pk)
