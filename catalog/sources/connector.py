"""What every kind of source can do; each kind is a module of its own behind this protocol."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from catalog.models import Source, SourceKind
from catalog.store.columns import Column

from . import credentials

Into = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source is and who asks there. Its text never shows the password."""

    host: str
    port: int
    database: str
    username: str
    password: str

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


@dataclass(frozen=True, slots=True)
class Selected:
    """A column of the source that fills a column of the store."""

    column: SourceColumn
    target: Column


class Connector(Protocol):
    """An open connection with one snapshot: what `columns` says holds for what `copy` gives.

    Every method raises SourceFailure and nothing else for what is wrong at the source.
    """

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


def place_of(source: Source) -> Place:
    return Place(
        host=source.host,
        port=source.port,
        database=source.database,
        username=source.username,
        password=credentials.unseal(source.sealed_password),
    )


def connect(source: Source) -> AbstractContextManager[Connector]:
    """The connector for the source's kind, to be used in a `with`."""
    from .postgresql import PostgreSQL

    match source.kind:
        case SourceKind.POSTGRESQL:
            return PostgreSQL(place_of(source))
    raise ValueError(f"no connector for sources of the kind {source.kind}")
