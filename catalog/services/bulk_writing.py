"""Many entries written at once, as `services.resources` writes one: nothing is left out but queries.

Call everything here inside the one transaction of the import.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.db.models import ProtectedError

from audit.services import record_many
from catalog import search
from catalog.codes import next_codes
from catalog.entry import ENTRY_FIELDS, ItemData, entry_of, item_of
from catalog.models import (
    Assessment,
    BulkImport,
    DataItem,
    ImportedEntry,
    Resource,
    ResourceStep,
    Work,
)
from catalog.projection import visible_to_of
from catalog.services.bulk_rules import Planned
from catalog.services.resources import NAME_TAKEN
from portal.common.errors import DomainError
from portal.common.worded import gettext as _
from portal.organisation.models import User

ROWS_AT_ONCE = 1000
ASSESSED = ("kind", "is_present", "is_passed", "findings", "by_id", "at")
# What an import may change of an entry that is there; everything else of the row stays.
REWRITTEN = (*ENTRY_FIELDS, "code", "version", "edited_by", "updated_at")
COLUMNS = tuple(name.removesuffix("_id") for name in REWRITTEN)


def write(planned: Sequence[Planned], *, bulk_import: BulkImport, by: User) -> None:
    """Write new and changed entries with items, words, steps, audit and the way back."""
    new = [one for one in planned if one.is_new]
    changed = [one for one in planned if not one.is_new and not one.is_unchanged]
    _give_codes([*new, *(one for one in changed if _is_moved(one))])
    assessments = _assessments_of([one.resource.pk for one in changed if one.items_changed])
    kept = [_before(one, assessments) for one in changed]
    for one in new:
        one.resource.visible_to = visible_to_of(one.resource)
    for one in changed:
        one.resource.version += 1
        one.resource.edited_by = by
    _save([one.resource for one in new], [one.resource for one in changed])
    renewed = [one for one in changed if one.items_changed]
    _replace_items(renewed)
    _save_items([*new, *renewed])
    search.index_many([(one.resource, one.items) for one in (*new, *changed)])
    _steps([one.resource for one in new], Work.CREATE, bulk_import.file_name, by)
    _steps([one.resource for one in changed], Work.CHANGE, bulk_import.file_name, by)
    _record_new(new, bulk_import, by)
    _record_change(zip(changed, kept, strict=True), bulk_import, by)
    ImportedEntry.objects.bulk_create(
        [
            ImportedEntry(
                bulk_import=bulk_import,
                resource=one.resource,
                row=one.given.row,
                code=one.resource.code,
                name=one.resource.name,
                version=one.resource.version,
                before=before,
            )
            for one, before in [*((one, None) for one in new), *zip(changed, kept, strict=True)]
        ]
    )


def restore(
    entries: Sequence[ImportedEntry],
    held: dict[int, Resource],
    *,
    bulk_import: BulkImport,
    by: User,
) -> None:
    """Make entries again what they were before the import; those that it made are removed."""
    made = [one for one in entries if one.before is None and one.resource_id is not None]
    record_many(
        actor=by,
        action="catalog.resource.remove",
        acts=[(held[_key(one)], {"code": one.code, "bulk_import": bulk_import.pk}) for one in made],
    )
    _remove([_key(one) for one in made])
    changed = [(one.before, held[_key(one)]) for one in entries if one.before is not None]
    for before, resource in changed:
        _take_back(resource, before)
    _save([], [resource for _before, resource in changed])
    with_items = [(before, resource) for before, resource in changed if "items" in before]
    keys = [resource.pk for _before, resource in with_items]
    DataItem.objects.filter(resource__in=keys).delete()
    Assessment.objects.filter(resource__in=keys).delete()
    restored = []
    for before, resource in with_items:
        entry = entry_of(resource)
        for position, told in enumerate(before["items"], 1):
            item = ItemData(**told).as_item(position, entry)
            item.resource = resource
            restored.append(item)
    DataItem.objects.bulk_create(restored, batch_size=ROWS_AT_ONCE)
    Assessment.objects.bulk_create(
        Assessment(resource=resource, **told)
        for before, resource in with_items
        for told in before["assessments"]
    )
    items: dict[int, list[DataItem]] = defaultdict(list)
    written = [resource.pk for _before, resource in changed]
    for item in DataItem.objects.filter(resource__in=written).order_by("resource", "position"):
        items[item.resource_id].append(item)
    search.index_many([(resource, items[resource.pk]) for _before, resource in changed])
    record_many(
        actor=by,
        action="catalog.resource.change",
        acts=[
            (
                resource,
                {
                    "code": resource.code,
                    "version": resource.version,
                    "undone_import": bulk_import.pk,
                },
            )
            for _before, resource in changed
        ],
    )
    words = _("Import undone: %(file)s") % {"file": bulk_import.file_name}
    _steps([resource for _before, resource in changed], Work.CHANGE, words, by)


def _key(one: ImportedEntry) -> int:
    if one.resource_id is None:
        raise ValueError(f"imported entry {one.pk} has no resource")
    return one.resource_id


def _is_moved(one: Planned) -> bool:
    return not {"resource_class", "classification"}.isdisjoint(one.changed)


def _give_codes(planned: Sequence[Planned]) -> None:
    """The codes of each classification at once, in the order of the file."""
    groups: dict[tuple[str, str], list[Planned]] = defaultdict(list)
    for one in planned:
        groups[one.resource.resource_class, one.resource.classification].append(one)
    # In one order for all writers, for each sequence stays locked until the end.
    for (resource_class, classification), members in sorted(groups.items()):
        codes = next_codes(
            resource_class=resource_class, classification=classification, count=len(members)
        )
        for one, code in zip(members, codes, strict=True):
            one.resource.code = code


def _assessments_of(keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for told in Assessment.objects.filter(resource__in=keys).values("resource_id", *ASSESSED):
        # In full: the encoder of a JSON field would cut the microseconds.
        found[told.pop("resource_id")].append(told | {"at": told["at"].isoformat()})
    return found


def _before(one: Planned, assessments: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """What `_take_back` needs of an entry that is about to change."""
    resource = one.resource
    kept: dict[str, Any] = {
        "entry": one.before,
        "edited_by": resource.edited_by_id,
        "code": one.given.code,
    }
    if one.items_changed:
        kept["items"] = [asdict(item_of(item)) for item in one.items_before]
        kept["assessments"] = assessments.get(resource.pk, [])
    return kept


def _take_back(resource: Resource, before: dict[str, Any]) -> None:
    for name, value in before["entry"].items():
        is_day = name in {"temporal_from", "temporal_to"} and value
        setattr(resource, name, date.fromisoformat(value) if is_day else value)
    resource.code = before["code"]
    resource.edited_by_id = before["edited_by"]
    resource.version += 1


def _save(new: Sequence[Resource], changed: Sequence[Resource]) -> None:
    try:
        Resource.objects.bulk_create(new)
        for resource in changed:
            # Not loaded and not written: `search.index` writes them.
            resource.search = resource.name_search = None
        Resource.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS
        )
    except IntegrityError as refused:
        if NAME_TAKEN not in str(refused):
            raise
        raise DomainError(
            _(
                "Meanwhile somebody gave another entry of your department one of the names."
                " Nothing was written: check the file again."
            ),
            code="name_taken",
        ) from refused


def _replace_items(renewed: Sequence[Planned]) -> None:
    """Assessments that were made of other items no longer count, as in `change_draft`."""
    keys = [one.resource.pk for one in renewed]
    DataItem.objects.filter(resource__in=keys).delete()
    Assessment.objects.filter(resource__in=keys).delete()


def _save_items(planned: Sequence[Planned]) -> None:
    items = []
    for one in planned:
        for item in one.items:
            item.resource = one.resource
            items.append(item)
    DataItem.objects.bulk_create(items, batch_size=ROWS_AT_ONCE)


def _remove(keys: Sequence[int]) -> None:
    try:
        Resource.objects.filter(pk__in=keys).delete()
    except ProtectedError as used:
        names = sorted({str(one) for one in used.protected_objects})[:5]
        raise DomainError(
            _("New drafts of this import are in use already: %(names)s. Nothing was undone.")
            % {"names": "、".join(names)},
            code="in_use",
        ) from used


def _steps(written: Sequence[Resource], work: Work, words: str, by: User) -> None:
    ResourceStep.objects.bulk_create(
        ResourceStep(
            resource=resource,
            move=work,
            before=resource.state,
            after=resource.state,
            by=by,
            opinion=words,
        )
        for resource in written
    )


def _record_new(new: Iterable[Planned], bulk_import: BulkImport, by: User) -> None:
    record_many(
        actor=by,
        action="catalog.resource.create",
        acts=[
            (
                one.resource,
                {
                    "code": one.resource.code,
                    "version": one.resource.version,
                    "items": [item.column for item in one.items],
                    "bulk_import": bulk_import.pk,
                },
            )
            for one in new
        ],
    )


def _record_change(
    changed: Iterable[tuple[Planned, dict[str, Any]]], bulk_import: BulkImport, by: User
) -> None:
    record_many(
        actor=by,
        action="catalog.resource.change",
        acts=[(one.resource, _told(one, before, bulk_import)) for one, before in changed],
    )


def _told(one: Planned, before: dict[str, Any], bulk_import: BulkImport) -> dict[str, Any]:
    renewed = one.items_changed
    return {
        "code": one.resource.code,
        "version": one.resource.version,
        "changes": one.changed,
        "items_before": [item.column for item in one.items_before] if renewed else None,
        "items_after": [item.column for item in one.items] if renewed else None,
        "assessments_voided": sorted(told["kind"] for told in before.get("assessments", ())),
        "bulk_import": bulk_import.pk,
    }
