"""What is derived of an entry, written for all entries at once."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils import timezone

from catalog import search
from catalog.models import Resource, SearchIndexState
from catalog.projection import project

BATCH = 500
LOCK = 0x53524348 << 32  # of the session; "SRCH" in ASCII, beside the locks of sync runs


def derive_all() -> int:
    """Project visibility and index the words of every entry, batch by batch; return how many.

    Each batch is its own transaction and holds its rows, so that entries written meanwhile keep
    what their writer derived.
    """
    number = sum(_derive(keys) for keys in _batches())
    search.forget_unused_words()
    SearchIndexState.objects.update_or_create(
        pk=1, defaults={"version": search.VERSION, "indexed_at": timezone.now()}
    )
    return number


def bring_up_to_date() -> int:
    """Derive everything anew when it was last indexed by an older version of `catalog.search`.

    Beat asks it, so that an upgrade needs no command: until it is through, entries are found by
    what they were found by before. One worker at a time; the others find nothing to do.
    """
    if SearchIndexState.objects.filter(version=search.VERSION).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return derive_all()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _batches() -> Iterator[list[int]]:
    last = 0
    while keys := list(
        Resource.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield keys
        last = keys[-1]


@transaction.atomic
def _derive(keys: list[int]) -> int:
    held = (
        Resource.objects.select_for_update(of=("self",))
        .filter(pk__in=keys)
        .select_related("department")
        .prefetch_related("items")
        .defer("search", "name_search")
        .order_by("pk")
    )
    for resource in held:
        project(resource)
    search.index_many([(resource, list(resource.items.all())) for resource in held])
    return len(held)
