"""What a steward writes of an entry, as it goes into the services: the whole entry at once."""

from dataclasses import dataclass, field, fields

from .models import DataItem, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemData:
    """One data item. A key is never empty and sensitive information is personal anyway."""

    name: str
    column: str
    type: str
    length: int | None = None
    is_key: bool = False
    is_nullable: bool = True
    is_personal: bool = False
    is_sensitive: bool = False
    description: str = ""

    def as_item(self, position: int) -> DataItem:
        return DataItem(
            position=position,
            name=self.name.strip(),
            column=self.column.strip(),
            type=self.type,
            length=self.length,
            is_key=self.is_key,
            is_nullable=self.is_nullable and not self.is_key,
            is_personal=self.is_personal or self.is_sensitive,
            is_sensitive=self.is_sensitive,
            description=self.description.strip(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryData:
    """All that is described of a resource but its items."""

    name: str
    resource_class: str
    classification: str
    data_format: str
    update_frequency: str
    sharing_attribute: str
    grade: str
    abstract: str = ""
    sharing_scope: str = ""
    sharing_purpose: str = ""
    sharing_conditions: str = ""
    not_shared_reason: str = ""
    basis_kind: str = ""
    basis_title: str = ""
    basis_article: str = ""
    sharing_modes: tuple[str, ...] = field(default=())
    is_synthetic: bool = False

    def write_to(self, resource: Resource) -> dict[str, tuple[object, object]]:
        """Put it on `resource`, unsaved; return what changed, before and after, by field."""
        changed: dict[str, tuple[object, object]] = {}
        for name in ENTRY_FIELDS:
            after = getattr(self, name)
            if isinstance(after, str):
                after = after.strip()
            elif isinstance(after, tuple):
                after = list(after)
            before = getattr(resource, name)
            if before != after:
                changed[name] = (before, after)
                setattr(resource, name, after)
        return changed


ENTRY_FIELDS = tuple(one.name for one in fields(EntryData))
ITEM_FIELDS = tuple(one.name for one in fields(ItemData))
