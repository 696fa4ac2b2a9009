"""What differs between two snapshots of entries, field by field and item by item, in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from catalog.entry import BINDINGS, ENTRY_FIELDS, ITEM_FIELDS
from catalog.models import DataItem, Resource, ResourceVersion
from catalog.snapshot import (
    ENTRY_DEFAULTS,
    ITEM_DEFAULTS,
    Difference,
    Snapshot,
    Values,
    differing,
)
from portal.common.text import Text
from portal.organisation.models import Department, Region

DEPARTMENTS = frozenset({"source_department_id", "audience_departments"})
REGIONS = frozenset({"audience_regions"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in words, before and after; empty words where nothing was stated."""

    field: str
    label: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What became of the item of one column: `how` is added, removed or changed."""

    how: str
    column: str
    name: str
    fields: Sequence[FieldChange] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two snapshots; false when nothing does."""

    fields: Sequence[FieldChange]
    items: Sequence[ItemChange]
    is_reordered: bool

    def __bool__(self) -> bool:
        return bool(self.fields or self.items or self.is_reordered)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of departments and regions by their keys."""

    departments: Mapping[int, str]
    regions: Mapping[int, str]


def compare(before: Snapshot, after: Snapshot) -> Comparison:
    """Field by field, item by item. Items are the same when their column is."""
    entry = list(differing(before.entry, after.entry, ENTRY_DEFAULTS))
    names = _names_in(entry)
    old, new = before.by_column(), after.by_column()
    items = []
    for column, item in new.items():
        if column not in old:
            items.append(ItemChange("added", column, item["name"], _stated(item)))
            continue
        found = list(differing(old[column], item, ITEM_DEFAULTS))
        if found:
            items.append(ItemChange("changed", column, item["name"], _told(DataItem, found)))
    items += [
        ItemChange("removed", column, item["name"])
        for column, item in old.items()
        if column not in new
    ]
    return Comparison(
        fields=_told(Resource, entry, names),
        items=items,
        is_reordered=[one for one in old if one in new] != [one for one in new if one in old],
    )


def entry_rows(said: Snapshot) -> list[tuple[Text, str]]:
    """Every field that is stated, in words."""
    stated = [Difference(name, None, said.entry.get(name)) for name in ("code", *ENTRY_FIELDS)]
    return [
        (row.label, row.after) for row in _told(Resource, stated, _names_in(stated)) if row.after
    ]


def _attributes(item: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """What an item said, as attributes of a model: what it was bound to is a key."""
    told = {name: value for name, value in item.items() if name in known}
    return {
        f"{name}_id" if name in BINDINGS else name: (value or None) if name in BINDINGS else value
        for name, value in told.items()
    }


def items_in(version: ResourceVersion) -> list[DataItem]:
    """The items of a version as they were, not saved anywhere else."""
    known = {one.name for one in _fields_of(DataItem)}
    return [
        DataItem(position=position, **_attributes(item, known))
        for position, item in enumerate(version.items, 1)
    ]


def _told(
    model: type[models.Model], found: Sequence[Difference], names: _Names | None = None
) -> list[FieldChange]:
    return [
        FieldChange(
            field=one.field,
            label=label_of(model, one.field),
            before=_words(model, one.field, one.before, names),
            after=_words(model, one.field, one.after, names),
        )
        for one in found
    ]


def _stated(item: Values) -> list[FieldChange]:
    """What a new item says beside its name and column; of the flags those that are set."""
    told = {name: item.get(name) for name in ITEM_FIELDS if name not in ("name", "column")}
    found = [
        Difference(name, None, value)
        for name, value in told.items()
        if value is not False or name == "is_nullable"
    ]
    return [row for row in _told(DataItem, found) if row.after]


def label_of(model: type[models.Model], name: str) -> str:
    """A field as people call it; the name itself of what is no field."""
    known = _field(model, name)
    return capfirst(str(known.verbose_name)) if known else name


def _words(model: type[models.Model], name: str, value: Any, names: _Names | None) -> str:
    """A plain value as people read it; empty when nothing is stated."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(_words(model, name, one, names) for one in value)
    if names and name in DEPARTMENTS:
        return names.departments.get(value, str(value))
    if names and name in REGIONS:
        return names.regions.get(value, str(value))
    choices = dict(getattr(_field(model, name), "flatchoices", None) or _choices(model, name))
    return str(choices.get(value, value))


def _choices(model: type[models.Model], name: str) -> Sequence[tuple[Any, Any]]:
    """Those of the single values of a list."""
    base = getattr(_field(model, name), "base_field", None)
    return list(base.flatchoices) if base is not None else []


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any] | None":
    """None for a field that a kept version knows and the model no longer does."""
    return next((one for one in _fields_of(model) if name in (one.name, one.attname)), None)


def _fields_of(model: type[models.Model]) -> "Sequence[models.Field[Any, Any]]":
    return model._meta.concrete_fields


def _names_in(found: Sequence[Difference]) -> _Names:
    """Those that the differences speak of; at most two queries."""

    def keys(names: frozenset[str]) -> set[int]:
        values = [v for one in found if one.field in names for v in (one.before, one.after)]
        return {
            key
            for value in values
            for key in (value if isinstance(value, list) else [value])
            if key is not None
        }

    def named(model: type[Department] | type[Region], wanted: set[int]) -> dict[int, str]:
        if not wanted:
            return {}
        return dict(model.objects.filter(pk__in=wanted).order_by().values_list("pk", "name"))

    return _Names(named(Department, keys(DEPARTMENTS)), named(Region, keys(REGIONS)))


def listed(words: Iterable[object]) -> str:
    return _(", ").join(str(one) for one in words)
