"""Describing a resource: the draft, and every change of it until it is submitted."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog import search
from catalog.codes import next_code
from catalog.entry import ENTRY_FIELDS, EntryData, ItemData, derive, item_of
from catalog.models import Assessment, DataItem, Move, Resource, ResourceStep, Work
from catalog.permissions import check_edit, check_move, may_create
from catalog.projection import visible_to_of
from catalog.services.entry_rules import faults, name_taken
from catalog.workflow import locked
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import User

NAME_TAKEN = "one_resource_per_name_and_department"


@transaction.atomic
def create_draft(*, entry: EntryData, items: Sequence[ItemData] = (), by: User) -> Resource:
    """A new entry of the steward's department, with its code; it may still be incomplete."""
    may_create(by).enforce()
    resource = Resource(department=by.department, edited_by=by)
    written = _written(resource, entry, items)
    resource.code = next_code(
        resource_class=resource.resource_class, classification=resource.classification
    )
    resource.visible_to = visible_to_of(resource)
    save_entry(resource)
    _save_items(resource, written)
    search.index(resource, written)
    _step(resource, Work.CREATE, by)
    record(
        actor=by,
        action="catalog.resource.create",
        target=resource,
        code=resource.code,
        version=resource.version,
        items=[item.column for item in written],
    )
    return resource


@transaction.atomic
def change_draft(
    *, resource: Resource, version: int, entry: EntryData, items: Sequence[ItemData], by: User
) -> Resource:
    """Write the whole entry anew, as `by` wrote it on the grounds of `version`.

    Raises StaleVersion when somebody saved in between: nothing of theirs is overwritten. A change
    of class or classification gives a draft a new code; a published entry keeps its own, by which
    it is quoted elsewhere. When the items change, assessments that were made of other items no
    longer count and are removed.
    """
    held = locked(resource.pk)
    check_edit(by, held)
    if held.version != version:
        raise stale(held)
    before = list(held.items.order_by("position"))
    told_before = _told(held, ENTRY_FIELDS)
    written = _written(held, entry, items)
    told_after = _told(held, ENTRY_FIELDS)
    changed = {
        name: [told_before[name], told_after[name]]
        for name in ENTRY_FIELDS
        if told_before[name] != told_after[name]
    }
    items_changed = [item_of(item) for item in before] != [item_of(item) for item in written]
    if not changed and not items_changed:
        return held
    if {"resource_class", "classification"} & changed.keys() and not held.is_change:
        held.code = next_code(
            resource_class=held.resource_class, classification=held.classification
        )
    held.version += 1
    held.edited_by = by
    save_entry(held)
    voided: list[str] = []
    if items_changed:
        held.items.all().delete()
        _save_items(held, written)
        voided = sorted(held.assessments.values_list("kind", flat=True))
        Assessment.objects.filter(resource=held).delete()
    search.index(held, written)
    _step(held, Work.CHANGE, by)
    record(
        actor=by,
        action="catalog.resource.change",
        target=held,
        code=held.code,
        version=held.version,
        changes=changed,
        items_before=[item.column for item in before] if items_changed else None,
        items_after=[item.column for item in written] if items_changed else None,
        assessments_voided=voided,
    )
    return held


def checked(resource: Resource, how: Move, *, version: int, by: User) -> Resource:
    """The entry under lock, once `by` may do this with it and has seen it as it is."""
    held = locked(resource.pk)
    check_move(by, held, how)
    if held.version != version:
        raise stale(held)
    return held


def stale(resource: Resource) -> StaleVersion:
    """Tell the second of two stewards who was first."""
    return StaleVersion(
        _(
            'While you were editing, %(person)s saved another version of "%(name)s".'
            " Nothing of yours was written. Look at the saved version and enter your changes again."
        )
        % {"person": resource.edited_by or _("somebody"), "name": resource.name}
    )


def _written(resource: Resource, entry: EntryData, items: Sequence[ItemData]) -> list[DataItem]:
    """Put entry and items on `resource`, unsaved; raises Invalid with all that is wrong."""
    entry.write_to(resource)
    written = [item.as_item(position, entry) for position, item in enumerate(items, start=1)]
    errors = faults(resource, entry, items, written)
    if errors:
        raise Invalid(_("The entry has errors."), fields=errors)
    derive(resource, written)
    return written


def save_entry(resource: Resource) -> None:
    """Save; of two stewards who give one name at the same moment, the second is told."""
    try:
        with transaction.atomic():
            resource.save()
    except IntegrityError as refused:
        if NAME_TAKEN not in str(refused):
            raise
        raise Invalid(_("The entry has errors."), fields={"name": [name_taken()]}) from refused


def _save_items(resource: Resource, items: Sequence[DataItem]) -> None:
    for item in items:
        item.resource = resource
    DataItem.objects.bulk_create(items)


def _step(resource: Resource, work: Work, by: User) -> None:
    ResourceStep.objects.create(
        resource=resource, move=work, before=resource.state, after=resource.state, by=by
    )


def _told(one: Resource, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(one, name) for name in names}
