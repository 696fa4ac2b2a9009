"""What is wrong with an entry as it was written, by field: one set of rules for forms, API and files."""

from collections.abc import Collection, Sequence
from typing import Protocol

from catalog.entry import BINDINGS, ENTRY_FIELDS, EntryData, ItemData, texts
from catalog.models import DataItem, Resource, ResourceState
from catalog.querysets import EVERY_DEPARTMENT
from catalog.standards import binding, classification
from portal.common.plain_text import fault_of
from portal.common.worded import Worded, refused_fields
from portal.common.worded import gettext as _
from portal.organisation.models import Department, Region

Faults = dict[str, list[Worded]]

NOT_OF_ENTRY = frozenset(one.name for one in Resource._meta.fields) - frozenset(ENTRY_FIELDS)
NOT_OF_ITEM = frozenset({"resource", "position", *BINDINGS})
MOST_ITEMS = 500
MOST_TAGS = 20
MOST_RELATED = 50
LONG_TEXTS = frozenset(
    {"abstract", "sharing_scope", "sharing_purpose", "sharing_conditions", "not_shared_reason"}
)


class Known(Protocol):
    """Answers that a caller with many entries has already, to spare a question for each.

    Each may only say that something is good; what is not known to be is asked of the database.
    """

    @property
    def known_departments(self) -> Collection[int]: ...

    @property
    def known_codes(self) -> Collection[str]: ...

    def knows_node(self, resource: Resource) -> bool: ...

    def knows_name_is_free(self, resource: Resource) -> bool: ...


class Nothing:
    """Of a single entry nothing is known beforehand."""

    known_departments: Collection[int] = ()
    known_codes: Collection[str] = ()

    def knows_node(self, resource: Resource) -> bool:
        return False

    def knows_name_is_free(self, resource: Resource) -> bool:
        return False


NOTHING = Nothing()


def faults(
    resource: Resource,
    entry: EntryData,
    items: Sequence[ItemData],
    written: Sequence[DataItem],
    *,
    known: Known = NOTHING,
) -> Faults:
    """All that is wrong: `resource` and `written` are unsaved, made of `entry` and `items`."""
    errors = _unsound(entry, items)
    _add(errors, refused_fields(resource, but=NOT_OF_ENTRY))
    _add(errors, _contradictions(resource, known))
    if "classification" not in errors and not known.knows_node(resource):
        _add(errors, classification.fault_of_entry(resource))
    if "name" not in errors and not known.knows_name_is_free(resource) and _name_is_taken(resource):
        errors["name"] = [name_taken()]
    if len(written) > MOST_ITEMS:
        errors["items"] = [_("An entry has at most %(most)s data items.") % {"most": MOST_ITEMS}]
        return errors
    _add(errors, binding.settle(written))
    for index, item in enumerate(written):
        refused = refused_fields(item, but=NOT_OF_ITEM)
        _add(errors, {f"items.{index}.{name}": words for name, words in refused.items()})
    _add(errors, _repeated(written, "name", _("Another item has this name already.")))
    _add(errors, _repeated(written, "column", _("Another item has this column already.")))
    return errors


def name_taken() -> Worded:
    return _("Your department has a resource of this name already.")


def _unsound(entry: EntryData, items: Sequence[ItemData]) -> Faults:
    """Texts that are not plain text: tags, control characters, marks that turn the reading round."""
    found: Faults = {}
    for name, text in texts(entry):
        if fault := fault_of(text, of_one_line=name not in LONG_TEXTS):
            found[name] = [fault]
    for index, item in enumerate(items[:MOST_ITEMS]):
        for name, text in texts(item):
            if fault := fault_of(text, of_one_line=True):
                found[f"items.{index}.{name}"] = [fault]
    return found


def _contradictions(resource: Resource, known: Known) -> Faults:
    """What no single field shows."""
    found: Faults = {}
    begins, ends = resource.temporal_from, resource.temporal_to
    if begins and ends and begins > ends:
        found["temporal_to"] = [_("The time covered ends before it begins.")]
    if len(resource.tags) > MOST_TAGS:
        found["tags"] = [_("An entry has at most %(most)s tags.") % {"most": MOST_TAGS}]
    source = resource.source_department_id
    if (
        source is not None
        and source not in known.known_departments
        and not Department.objects.filter(pk=source).exists()
    ):
        found["source_department_id"] = [_("There is no such department.")]
    for name, model in (("audience_departments", Department), ("audience_regions", Region)):
        keys = getattr(resource, name)
        if keys and model.objects.filter(pk__in=keys).count() != len(set(keys)):
            found[name] = [_("Not all of them exist: choose from the list.")]
    if unknown := _unknown_codes(resource, known):
        found["related_codes"] = [
            _("No entry of the catalogue has the code %(codes)s.")
            % {"codes": _(", ").join(unknown)}
        ]
    return found


def _unknown_codes(resource: Resource, known: Known) -> list[str]:
    """Codes that the provider cannot know: they name nothing, or nothing that it may see."""
    given = resource.related_codes
    if not given:
        return []
    if len(given) > MOST_RELATED or resource.code in given:
        return given[:3]
    asked = [code for code in given if code not in known.known_codes]
    if not asked:
        return []
    group = resource.department.group_id
    found = set(
        Resource.objects.filter(
            code__in=asked, visible_to__overlap=[EVERY_DEPARTMENT, group]
        ).values_list("code", flat=True)
    )
    return [code for code in asked if code not in found]


def _add(errors: Faults, more: Faults) -> None:
    for name, words in more.items():
        errors.setdefault(name, []).extend(words)


def _repeated(items: Sequence[DataItem], name: str, words: Worded) -> Faults:
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
