"""What the services would say of many entries, with a few questions for all of them.

The rules are those of `services.entry_rules`. Only their questions to the database are answered
beforehand for all entries, and asked again where an answer would be a refusal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.bulk.cells import Departments
from catalog.bulk.layout import normal
from catalog.bulk.problems import Problems
from catalog.bulk.reading import GivenEntry, Reading
from catalog.entry import ENTRY_FIELDS, EntryData, ItemData, derive, entry_of, item_of
from catalog.models import UNFINISHED, Classification, DataItem, Resource, ResourceState
from catalog.querysets import EVERY_DEPARTMENT
from catalog.services.entry_rules import Faults, faults
from portal.common.worded import Worded
from portal.common.worded import gettext as _
from portal.organisation.models import Department, User

BATCH = 500
CODES_ASKED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Own:
    """An entry that the department has already."""

    pk: int
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class House:
    """What is asked once for a whole file: the department's entries, names taken, codes known."""

    department: Department
    by: User
    departments: Departments
    by_code: Mapping[str, Own]
    by_name: Mapping[str, int]
    known_codes: frozenset[str] = frozenset()
    nodes: frozenset[tuple[str, str]] = frozenset()
    divided: frozenset[str] = frozenset()

    @property
    def known_departments(self) -> frozenset[int]:
        return self.departments.keys

    def knows_name_is_free(self, resource: Resource) -> bool:
        """Whether no other entry of the department had the name when the file was begun."""
        return self.by_name.get(resource.name, resource.pk) == resource.pk

    def knows_node(self, resource: Resource) -> bool:
        """Whether its classification is known to be good: a live node, or of a class without any."""
        of_class = resource.resource_class
        return of_class not in self.divided or (of_class, resource.classification) in self.nodes


@dataclass(slots=True)
class Planned:
    """An entry of the file as it will be written; `before` is None when it is new."""

    given: GivenEntry
    resource: Resource
    items: list[DataItem]
    before: dict[str, Any] | None
    items_before: list[DataItem] = field(default_factory=list)
    changed: dict[str, list[Any]] = field(default_factory=dict)
    items_changed: bool = False

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_unchanged(self) -> bool:
        return not self.is_new and not self.changed and not self.items_changed


def departments_for(department: Department) -> Departments:
    """All departments by what files may call them; of one name that of the own region counts."""
    near: dict[str, int | None] = {}
    far: dict[str, int | None] = {}
    keys = set()
    for pk, name, short, uscc, region in Department.objects.values_list(
        "pk", "name", "short_name", "uscc", "region_id"
    ):
        known = near if region == department.region_id else far
        for word in {normal(name), normal(short)}:
            known[word] = None if word in known else pk
        near[normal(uscc)] = pk
        keys.add(pk)
    return Departments(far | near, frozenset(keys))


def house_of(by: User, department: Department, departments: Departments) -> House:
    """Of all entries of the department what a file needs; one query.

    Changes of published entries bear their codes and names, and are written on their pages alone.
    """
    by_code, by_name = {}, {}
    for pk, code, name, state, version in Resource.objects.filter(
        department=department, revision_of=None
    ).values_list("pk", "code", "name", "state", "version"):
        by_code[code] = Own(pk, state, version)
        if state != ResourceState.WITHDRAWN:
            by_name[name] = pk
    return House(department, by, departments, by_code, by_name)


def with_known_codes(house: House, reading: Reading) -> House:
    """The house that knows which of the related codes of a file name something it may see."""
    wanted = sorted(
        {code for one in reading.entries for code in one.fields.get("related_codes", ())}
    )
    known: set[str] = set()
    for start in range(0, len(wanted), CODES_ASKED_AT_ONCE):
        known.update(
            Resource.objects.filter(
                code__in=wanted[start : start + CODES_ASKED_AT_ONCE],
                visible_to__overlap=[EVERY_DEPARTMENT, house.department.group_id],
            ).values_list("code", flat=True)
        )
    nodes = Classification.objects.values_list("resource_class", "code", "retired_at")
    return replace(
        house,
        known_codes=frozenset(known),
        nodes=frozenset((of_class, code) for of_class, code, retired in nodes if retired is None),
        divided=frozenset(of_class for of_class, _code, _retired in nodes),
    )


def refusal_of(state: str) -> Worded | None:
    """Why an entry in this state takes nothing from a file; None when it does."""
    if state in UNFINISHED:
        return None
    if state == ResourceState.PUBLISHED:
        return _("The entry is published: change it on its page.")
    if state == ResourceState.WITHDRAWN:
        return _("The entry has been withdrawn. Describe the data in a new entry.")
    return _("The entry is under review. It can be changed again when it is sent back.")


def plan(
    batch: Sequence[GivenEntry], house: House, reading: Reading, problems: Problems
) -> list[Planned]:
    """Check some entries of the file as the services check one; three queries for all of them.

    Entries with problems are told and left out.
    """
    existing = {one.code: own for one in batch if (own := house.by_code.get(one.code))}
    held = _held(existing.values(), house)
    planned = []
    for given in batch:
        before = problems.count
        own = existing.get(given.code)
        if given.code and own is None and "code" not in given.faulty:
            problems.add(
                _("Your department has no entry of this code. Leave it empty for a new entry."),
                **reading.place(given, "code"),
                value=given.code,
            )
            given.faulty.add("code")
        if own is not None and (refusal := refusal_of(own.state)):
            problems.add(refusal, **reading.place(given, "code"), value=given.code)
        one = _plan_one(given, held.get(own.pk) if own else None, house)
        for name, words in _faults(one, house).items():
            if name in given.faulty:
                continue
            for word in words:
                problems.add(word, **reading.place(given, name), value=_value_at(one, name))
        if problems.count == before and not given.faulty:
            planned.append(one)
    return planned


def _held(own: Iterable[Own], house: House) -> dict[int, tuple[Resource, list[DataItem]]]:
    keys = [one.pk for one in own]
    if not keys:
        return {}
    found = {}
    for resource in (
        Resource.objects.filter(pk__in=keys)
        .select_related("edited_by")
        .prefetch_related("items")
        .defer("search", "name_search")
    ):
        resource.department = house.department
        found[resource.pk] = (resource, sorted(resource.items.all(), key=lambda one: one.position))
    return found


def _plan_one(
    given: GivenEntry, held: tuple[Resource, list[DataItem]] | None, house: House
) -> Planned:
    if held is None:
        resource = Resource(department=house.department, edited_by=house.by)
        entry, items = given.entry(None if not given.code else _nothing()), given.items or []
        entry.write_to(resource)
        return Planned(given, resource, _as_items(items, entry), before=None)
    resource, items_before = held
    before = _told(resource, ENTRY_FIELDS)
    entry = _with_line_ends_kept(given.entry(entry_of(resource)), before)
    items = [item_of(item) for item in items_before] if given.items is None else given.items
    entry.write_to(resource)
    written = _as_items(items, entry)
    one = Planned(given, resource, written, before=before, items_before=items_before)
    return one


def _nothing() -> EntryData:
    """What an entry of an unknown code is checked upon: the code alone is told to be wrong."""
    return EntryData(
        name="",
        resource_class="1",
        classification="00000",
        data_format="1",
        update_frequency="1",
        sharing_attribute="unconditional",
        grade="L1",
    )


def _as_items(items: Sequence[ItemData], entry: EntryData) -> list[DataItem]:
    return [item.as_item(position, entry) for position, item in enumerate(items, start=1)]


def _faults(one: Planned, house: House) -> Faults:
    """All that is wrong, by field; when nothing is, what follows from the items is derived."""
    entry = entry_of(one.resource)
    items = [item_of(item) for item in one.items]
    errors = faults(one.resource, entry, items, one.items, known=house)
    if not errors:
        derive(one.resource, one.items)
        _compare(one)
    return errors


def _compare(one: Planned) -> None:
    if one.before is None:
        return
    after = _told(one.resource, ENTRY_FIELDS)
    one.changed = {
        name: [one.before[name], after[name]]
        for name in ENTRY_FIELDS
        if one.before[name] != after[name]
    }
    one.items_changed = [item_of(item) for item in one.items_before] != [
        item_of(item) for item in one.items
    ]


def _with_line_ends_kept(entry: EntryData, before: Mapping[str, Any]) -> EntryData:
    """A spreadsheet has one kind of line end; a text that differs in nothing else is the same."""
    same: dict[str, Any] = {
        name: old
        for name, old in before.items()
        if isinstance(old, str)
        and "\r" in old
        and old.replace("\r\n", "\n").replace("\r", "\n").strip() == getattr(entry, name)
    }
    return replace(entry, **same) if same else entry


def _value_at(one: Planned, name: str) -> Any:
    kind, _dot, rest = name.partition(".")
    number, _dot, of_item = rest.partition(".")
    if kind == "items" and number.isdigit():
        return getattr(item_of(one.items[int(number)]), of_item, None)
    value = getattr(one.resource, name, None) if name in ENTRY_FIELDS else None
    return "、".join(value) if isinstance(value, list) else value


def _told(one: Resource, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names}
