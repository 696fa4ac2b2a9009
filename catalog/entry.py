"""What a steward writes of an entry, as it goes into the services: the whole entry at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date

from .models import STRICTNESS, DataItem, NationalGrade, Resource, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """One data item. A key is never empty; children's information is sensitive, sensitive personal.

    An empty `sharing_attribute` or `grade` is the one stated for the entry. `code_list` and
    `data_element` are identifiers of the standards library.
    """

    name: str
    column: str
    type: str
    length: int | None = None
    code_list: str = ""
    data_element: str = ""
    is_key: bool = False
    is_nullable: bool = True
    is_personal: bool = False
    is_sensitive: bool = False
    is_minor: bool = False
    identifier_kind: str = ""
    masking_rule: str = ""
    sharing_attribute: str = ""
    grade: str = ""
    description: str = ""

    def as_item(self, position: int, entry: "EntryData") -> DataItem:
        return DataItem(
            position=position,
            name=self.name.strip(),
            column=self.column.strip(),
            type=self.type,
            length=self.length,
            code_list_id=self.code_list.strip() or None,
            data_element_id=self.data_element.strip() or None,
            is_key=self.is_key,
            is_nullable=self.is_nullable and not self.is_key,
            is_personal=self.is_personal or self.is_sensitive or self.is_minor,
            is_sensitive=self.is_sensitive or self.is_minor,
            is_minor=self.is_minor,
            identifier_kind=self.identifier_kind,
            masking_rule=self.masking_rule,
            sharing_attribute=self.sharing_attribute or entry.sharing_attribute,
            grade=self.grade or entry.grade,
            description=self.description.strip(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryData:
    """All that is described of a resource but its items.

    `sharing_attribute` and `grade` are those of the items that state none of their own; what the
    entry gets is derived. State and work secrets stay outside the catalogue (Decree 809, Art. 3):
    there is no field that could say that an entry holds some.
    """

    name: str
    resource_class: str
    classification: str
    data_format: str
    update_frequency: str
    sharing_attribute: str
    grade: str
    name_en: str = ""
    abstract: str = ""
    tags: tuple[str, ...] = field(default=())
    source_department_id: int | None = None
    source_system: str = ""
    collection_basis: str = ""
    spatial_code: str = ""
    temporal_from: date | None = None
    temporal_to: date | None = None
    sharing_scope: str = ""
    sharing_purpose: str = ""
    sharing_conditions: str = ""
    not_shared_reason: str = ""
    basis_kind: str = ""
    basis_title: str = ""
    basis_article: str = ""
    sharing_modes: tuple[str, ...] = field(default=())
    visibility: str = Visibility.DEPARTMENTS
    audience_departments: tuple[int, ...] = field(default=())
    audience_regions: tuple[int, ...] = field(default=())
    is_open: bool = False
    open_conditions: str = ""
    national_grade: str = NationalGrade.GENERAL
    related_codes: tuple[str, ...] = field(default=())
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    is_synthetic: bool = False

    def write_to(self, resource: Resource) -> None:
        """Put it on `resource`, unsaved."""
        for name in ENTRY_FIELDS:
            value = getattr(self, name)
            if isinstance(value, str):
                value = value.strip()
            elif isinstance(value, tuple):
                value = list(dict.fromkeys(filter(None, map(_clean, value))))
            setattr(resource, name, value)


def _clean(value: str | int) -> str | int:
    return value.strip() if isinstance(value, str) else value


ENTRY_FIELDS = tuple(one.name for one in fields(EntryData))
ITEM_FIELDS = tuple(one.name for one in fields(ItemData))
LISTS = (
    "tags",
    "sharing_modes",
    "audience_departments",
    "audience_regions",
    "related_codes",
)
BINDINGS = ("code_list", "data_element")


def entry_of(resource: Resource) -> EntryData:
    """The entry as it could be written again."""
    told = {name: getattr(resource, name) for name in ENTRY_FIELDS}
    return EntryData(**told | {name: tuple(told[name]) for name in LISTS})


def item_of(item: DataItem) -> ItemData:
    """The item as it could be written again. Never asks for its list or element."""
    told = {name: getattr(item, name) for name in ITEM_FIELDS if name not in BINDINGS}
    return ItemData(**told | {name: getattr(item, f"{name}_id") or "" for name in BINDINGS})


def items_left_to(resource: Resource, items: Sequence[DataItem]) -> list[ItemData]:
    """The items with what they share with the entry left to it.

    So a change of the entry's attribute or grade changes these items too.
    """
    return [
        replace(
            item_of(item),
            sharing_attribute=_own(item.sharing_attribute, resource.sharing_attribute),
            grade=_own(item.grade, resource.grade),
        )
        for item in items
    ]


def _own(value: str, of_entry: str) -> str:
    return "" if value == of_entry else value


def derive(resource: Resource, items: Sequence[DataItem]) -> None:
    """Give the entry what follows from its items: the strictest attribute, the highest grade.

    Without items it keeps what was stated.
    """
    if items:
        resource.sharing_attribute = max(
            (item.sharing_attribute for item in items), key=STRICTNESS.index
        )
        resource.grade = max(item.grade for item in items)


def texts(data: EntryData | ItemData) -> Iterator[tuple[str, str]]:
    """Every text that a person or a file has given, with the name of its field."""
    for one in fields(data):
        value = getattr(data, one.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                yield one.name, text
