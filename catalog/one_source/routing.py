"""Where a datum is asked for: at its source department, and nowhere else (Decree 809, Art. 19)."""

from collections.abc import Sequence

from django.db.models import F, Func

from catalog.models import ItemSynonym, Resource, ResourceState, SourceOfItem
from catalog.one_source.finding import source_of
from catalog.parties import Party


def provided_by_its_source(
    resource: Resource, names: Sequence[str], *, party: Party
) -> dict[str, Resource]:
    """For each of the names that another department is the source of, the entry to ask for it.

    Only where that department has published an entry with the datum that the party sees: a source
    that offers nothing yet must not keep anybody from what another department has.
    """
    found = {}
    for name, source in source_of(names, resource.department.region).items():
        if source.department_id != resource.department_id:
            entry = _entry_of(source, party)
            if entry is not None:
                found[name] = entry
    return found


def _entry_of(source: SourceOfItem, party: Party) -> Resource | None:
    alike = ItemSynonym.objects.filter(canonical=source.normal).values_list("normal", flat=True)
    return (
        Resource.objects.permitted(party, "view_resource")
        .filter(department=source.department_id, state=ResourceState.PUBLISHED, revision_of=None)
        .annotate(datum=Func(F("items__name"), function="catalog_item_normal"))
        .filter(datum__in=[source.normal, *alike])
        .select_related("department")
        .order_by("pk")
        .first()
    )
