"""What is derived of an entry, written for all entries at once."""

from collections.abc import Iterator

from django.db import transaction

from catalog import search
from catalog.models import Resource
from catalog.projection import project

BATCH = 500


def derive_all() -> int:
    """Project visibility and index the words of every entry, batch by batch; return how many.

    Each batch is its own transaction and holds its rows, so that entries written meanwhile keep
    what their writer derived.
    """
    return sum(_derive(keys) for keys in _batches())


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
        search.index(resource, list(resource.items.all()))
    return len(held)
