"""What every kind of source can do; each kind is a module of its own behind this protocol."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, Self, runtime_checkable

from catalog.models import Source
from catalog.store.columns import Column

from . import credentials

Into = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is and who asks there. Its text never shows the secret.

    What a kind does not have is empty, the port 0; `settings` are those of the kind. `looks`:
    somebody waits for a page, so that of a file only what is needed is fetched, and nothing is
    copied. `seen`: the versions that a file had when it was last read (`catalog.sources.versions`).
    """

    host: str
    port: int
    database: str
    username: str
    password: str
    settings: Mapping[str, str] = field(default_factory=dict)
    source_id: int = 0
    looks: bool = False
    seen: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Place({self.username}@{self.host}:{self.port}/{self.database})"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view. `estimate`: about how many rows, None when the source cannot say."""

    name: str
    comment: str
    estimate: int | None


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as its source calls it; `family` is the type without length and domain."""

    name: str
    type: str
    family: str
    scale: int | None
    is_key: bool
    comment: str
    is_nullable: bool = True


@dataclass(frozen=True, slots=True)
class Selected:
    """A column of the source that fills a column of the store."""

    column: SourceColumn
    target: Column


@dataclass(frozen=True, slots=True)
class Since:
    """Read the rows whose `column` is at least `low`, or NULL. A number is written in digits."""

    column: SourceColumn
    low: str
    is_number: bool


class Connector(Protocol):
    """An open connection with one snapshot: what `columns` says holds for what `copy` gives.

    Every method raises SourceFailure and nothing else for what is wrong at the source. `is_at_hand`:
    the rows lie on this machine, so that `copy` may be called twice and nobody there is asked again.
    """

    is_at_hand: bool

    @property
    def null(self) -> str:
        """What stands for an empty value in what `copy` gives."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def check(self) -> str:
        """The product and version that answered."""

    def relations(self) -> list[Relation]:
        """The tables and views that may be read, by name."""

    def relation(self, name: str) -> Relation:
        """One of them."""

    def columns(self, relation: str) -> list[SourceColumn]:
        """The columns of the relation in their order."""

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        """Hand all rows to `into`, in blocks of PostgreSQL's COPY text format; return how many.

        A block holds whole rows. Times without a zone stay without one.
        """


@runtime_checkable
class ByWatermark(Connector, Protocol):
    """A connector that can read the rows alone that came or changed since a mark."""

    def highest(self, relation: str, column: SourceColumn) -> str | None:
        """The greatest value of the column, None when there is none; times as UTC or zoneless."""

    def copy_since(
        self, relation: str, selected: Sequence[Selected], into: Into, since: Since
    ) -> int:
        """As `copy`, the rows of `since` alone."""


def place_of(
    source: Source, *, looks: bool = False, seen: Mapping[str, str] | None = None
) -> Place:
    return Place(
        host=source.host,
        port=source.port or 0,
        database=source.database,
        username=source.username,
        password=credentials.unseal(source.sealed_password) if source.sealed_password else "",
        settings=source.settings,
        source_id=source.pk or 0,
        looks=looks,
        seen=seen or {},
    )


def connect(
    source: Source, *, looks: bool = False, seen: Mapping[str, str] | None = None
) -> AbstractContextManager[Connector]:
    """The connector for the source's kind, to be used in a `with`; see `Place` for the rest."""
    from .kinds import kind_of

    return kind_of(source.kind).connector(place_of(source, looks=looks, seen=seen))
