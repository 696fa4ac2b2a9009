"""An entry with its items as plain values, to be kept and compared: JSON's own types only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from typing import Any

from .entry import ENTRY_FIELDS, EntryData, ItemData, item_of
from .models import DataItem, Resource, ResourceVersion

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an entry says. Equal snapshots say the same of the same items in the same order."""

    entry: Values
    items: Sequence[Values]

    def by_column(self) -> Mapping[str, Values]:
        return {item["column"]: item for item in self.items}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same in two snapshots."""

    field: str
    before: Any
    after: Any


def snapshot_of(resource: Resource, items: Sequence[DataItem]) -> Snapshot:
    entry = {name: _plain(getattr(resource, name)) for name in ENTRY_FIELDS}
    return Snapshot(
        entry={"code": resource.code, **entry},
        items=[
            {name: _plain(value) for name, value in asdict(item_of(item)).items()} for item in items
        ],
    )


def snapshot_in(version: ResourceVersion) -> Snapshot:
    return Snapshot(entry=version.entry, items=version.items)


def differing(before: Values, after: Values, defaults: Values) -> Iterator[Difference]:
    """The fields that differ. One that was not yet known when a version was kept has its default."""
    for name in dict.fromkeys([*after, *before]):
        old, new = (one.get(name, defaults.get(name)) for one in (before, after))
        if old != new:
            yield Difference(name, old, new)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def _defaults(kind: type[EntryData] | type[ItemData]) -> Values:
    found = {}
    for one in fields(kind):
        made = one.default_factory() if one.default_factory is not MISSING else one.default
        found[one.name] = "" if made is MISSING else _plain(made)
    return found


ENTRY_DEFAULTS = _defaults(EntryData)
ITEM_DEFAULTS = _defaults(ItemData)
