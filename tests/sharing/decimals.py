"""Resources whose key has decimal numbers, their rows, and a walk over the pages of them."""

import json
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from catalog.models import ItemType, Resource, ResourceState
from catalog.store.tables import create_missing, table_of
from sharing.delivery import pages
from tests.factories import ResourceFactory

ROWS = 20_000
TEXT, NUMBER, MONEY = (ItemType.CHARACTER, 6), (ItemType.NUMERIC, None), (ItemType.CURRENCY, None)


def resource_by(cast, kinds):
    """A resource with such a key, a part and a name; no rows yet."""
    key = [
        {
            "name": f"键 {column}",
            "column": column,
            "type": kind,
            "length": length,
            "is_key": True,
            "is_nullable": False,
        }
        for column, (kind, length) in kinds.items()
    ]
    others = [
        {"name": "分区", "column": "part", "length": 1},
        {"name": "名称", "column": "name", "length": 20},
    ]
    made = ResourceFactory(
        department=cast.civil, state=ResourceState.PUBLISHED, items=[*key, *others]
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
    Resource.objects.filter(pk=made.pk).update(rows_changed_at=timezone.now(), row_count=0)
    made.refresh_from_db()
    return made


def many(resource):
    """Row i has the number i; areas and years come seven in turn, parts two."""
    written = {"no": "i", "area": "mod(i, 7)::text", "year": "2000 + mod(i, 7)"}
    key = [column.name for column in table_of(resource).key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{resource.pk} ({', '.join(key)}, part, name)"
            f" SELECT {', '.join(written[name] for name in key)}, mod(i, 2)::text, 'name ' || i"
            f" FROM generate_series(1, {ROWS}) i"
        )
        cursor.execute(f"ANALYZE store.r_{resource.pk}")


def place_in(resource, number):
    names = [column.name for column in table_of(resource).key]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'{name}::text' for name in names)} FROM store.r_{resource.pk}"
            f" ORDER BY {', '.join(names)} OFFSET {number} LIMIT 1"
        )
        return list(cursor.fetchone())


def walked(agreement, party, names, *, limit, is_down):
    found, after = [], None
    while True:
        asked = {"limit": [str(limit)]}
        if is_down:
            asked["order"] = [f"-{names[0]}"]
        if after is not None:
            asked["after"] = [after]
        page = json.loads(
            pages.rows(number=agreement.number, party=party, asked=asked), parse_float=Decimal
        )
        for row in page["rows"]:
            place = tuple(Decimal(row[n]) if n == "no" else row[n] for n in names)
            found.append(place)
        after = page["next"]
        if after is None:
            return found
