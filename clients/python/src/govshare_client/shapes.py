"""What the portal answers with, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Row = dict[str, Any]
Format = Literal["csv", "jsonl", "parquet", "arrow"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet", "arrow")


@dataclass(frozen=True, slots=True)
class Resource:
    """An entry of the catalogue; `document` is all that the portal said of it."""

    id: int
    code: str
    name: str
    department: str
    row_count: int | None
    document: Mapping[str, Any]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Resource":
        return cls(
            id=told["id"],
            code=told["code"] or "",
            name=told["name"],
            department=told["department"]["name"],
            row_count=told["row_count"],
            document=told,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """An agreement as it stands; `items` are the agreed columns."""

    number: str
    state: str
    resource: int
    resource_name: str
    provider: str
    requester: str
    items: tuple[str, ...]
    ends_on: str
    verification_only: bool
    document: Mapping[str, Any]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Terms":
        plain = ("number", "state", "resource", "resource_name", "provider", "requester", "ends_on")
        return cls(
            **{name: told[name] for name in plain},
            items=tuple(told["items"]),
            verification_only=told["verification_only"],
            document=told,
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """What is true of one entry; `matched` and `differ` name the columns whose values were sent."""

    found: bool
    matched: tuple[str, ...]
    differ: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """`row` is what the agreement lets out of the row as it is now; of a deleted one, its key."""

    kind: Literal["insert", "update", "delete"]
    at: datetime
    row: Row


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One version of a file that is shared as it is; `address` is where the portal gives it."""

    name: str
    version: int
    media_type: str
    size: int
    sha256: str
    note: str
    address: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "SharedFile":
        plain = ("name", "version", "media_type", "size", "sha256", "note", "address")
        return cls(**{name: told[name] for name in plain})


@dataclass(frozen=True, slots=True)
class Exported:
    """A whole export, held against what the portal noted of it; `changes_cursor` is where it stands."""

    rows: int
    bytes: int
    sha256: str
    changes_cursor: str | None = None
