"""Describing a resource: the draft, and every change of it until it is submitted."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog import search
from catalog.codes import next_code
from catalog.entry import BINDINGS, ENTRY_FIELDS, EntryData, ItemData, derive, item_of, texts
from catalog.models import Assessment, DataItem, Move, Resource, ResourceState, ResourceStep, Work
from catalog.permissions import check_edit, check_move, may_create
from catalog.projection import visible_to_of
from catalog.querysets import EVERY_DEPARTMENT
from catalog.standards import binding, classification
from catalog.workflow import locked
from portal.common.errors import Invalid, StaleVersion
from portal.common.plain_text import fault_of
from portal.organisation.models import Department, Region, User

MOST_ITEMS = 500
MOST_TAGS = 20
MOST_RELATED = 50
LONG_TEXTS = frozenset(
    {"abstract", "sharing_scope", "sharing_purpose", "sharing_conditions", "not_shared_reason"}
)
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
    errors = _unsound(entry, items)
    try:
        resource.clean_fields(
            exclude={one.name for one in Resource._meta.fields} - set(ENTRY_FIELDS)
        )
    except ValidationError as wrong:
        _add(errors, wrong.message_dict)
    _add(errors, _contradictions(resource))
    if "classification" not in errors:
        _add(errors, classification.fault_of_entry(resource))
    if "name" not in errors and _name_is_taken(resource):
        errors["name"] = [_taken()]
    written = [item.as_item(position, entry) for position, item in enumerate(items, start=1)]
    _add(errors, binding.settle(written))
    if len(written) > MOST_ITEMS:
        errors["items"] = [_("An entry has at most %(most)s data items.") % {"most": MOST_ITEMS}]
    for index, item in enumerate(written):
        try:
            item.clean_fields(exclude={"resource", "position", *BINDINGS})
        except ValidationError as wrong:
            _add(
                errors,
                {f"items.{index}.{name}": words for name, words in wrong.message_dict.items()},
            )
    _add(errors, _repeated(written, "name", _("Another item has this name already.")))
    _add(errors, _repeated(written, "column", _("Another item has this column already.")))
    if errors:
        raise Invalid(_("The entry has errors."), fields=errors)
    derive(resource, written)
    return written


def _unsound(entry: EntryData, items: Sequence[ItemData]) -> dict[str, list[str]]:
    """Texts that are not plain text: tags, control characters, marks that turn the reading round."""
    found: dict[str, list[str]] = {}
    for name, text in texts(entry):
        if fault := fault_of(text, of_one_line=name not in LONG_TEXTS):
            found[name] = [fault]
    for index, item in enumerate(items[:MOST_ITEMS]):
        for name, text in texts(item):
            if fault := fault_of(text, of_one_line=True):
                found[f"items.{index}.{name}"] = [fault]
    return found


def _contradictions(resource: Resource) -> dict[str, list[str]]:
    """What no single field shows."""
    found: dict[str, list[str]] = {}
    begins, ends = resource.temporal_from, resource.temporal_to
    if begins and ends and begins > ends:
        found["temporal_to"] = [_("The time covered ends before it begins.")]
    if len(resource.tags) > MOST_TAGS:
        found["tags"] = [_("An entry has at most %(most)s tags.") % {"most": MOST_TAGS}]
    source = resource.source_department_id
    if source is not None and not Department.objects.filter(pk=source).exists():
        found["source_department_id"] = [_("There is no such department.")]
    for name, model in (("audience_departments", Department), ("audience_regions", Region)):
        keys = getattr(resource, name)
        if keys and model.objects.filter(pk__in=keys).count() != len(set(keys)):
            found[name] = [_("Not all of them exist: choose from the list.")]
    if unknown := _unknown_codes(resource):
        found["related_codes"] = [
            _("No entry of the catalogue has the code %(codes)s.")
            % {"codes": _(", ").join(unknown)}
        ]
    return found


def _unknown_codes(resource: Resource) -> list[str]:
    """Codes that the provider cannot know: they name nothing, or nothing that it may see."""
    given = resource.related_codes
    if not given:
        return []
    if len(given) > MOST_RELATED or resource.code in given:
        return given[:3]
    group = resource.department.group_id
    known = set(
        Resource.objects.filter(
            code__in=given, visible_to__overlap=[EVERY_DEPARTMENT, group]
        ).values_list("code", flat=True)
    )
    return [code for code in given if code not in known]


def _add(errors: dict[str, list[str]], more: dict[str, list[str]]) -> None:
    for name, words in more.items():
        errors.setdefault(name, []).extend(words)


def _repeated(items: Sequence[DataItem], name: str, words: str) -> dict[str, list[str]]:
    seen: set[str] = set()
    found = {}
    for index, item in enumerate(items):
        value = getattr(item, name)
        if value and value in seen:
            found[f"items.{index}.{name}"] = [words]
        seen.add(value)
    return found


def _name_is_taken(resource: Resource) -> bool:
    return (
        Resource.objects.filter(
            department=resource.department_id, name=resource.name, revision_of=None
        )
        .exclude(state=ResourceState.WITHDRAWN)
        .exclude(pk=resource.revision_of_id or resource.pk)
        .exists()
    )


def _taken() -> str:
    return _("Your department has a resource of this name already.")


def save_entry(resource: Resource) -> None:
    """Save; of two stewards who give one name at the same moment, the second is told."""
    try:
        with transaction.atomic():
            resource.save()
    except IntegrityError as refused:
        if NAME_TAKEN not in str(refused):
            raise
        raise Invalid(_("The entry has errors."), fields={"name": [_taken()]}) from refused


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
