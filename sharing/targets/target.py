"""What every kind of target can do; each kind is a module of its own behind this protocol."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol, Self

from psycopg import sql

from catalog.store.columns import Column

# Beside the table: which push was last, and where the changes go on after it.
BOOKS = "portal_pushes"
# Of a row that is staged: whether it is to be there or to go.
FLAG = "_portal_kind"
STAGE = "_portal_stage"
KEEP, GO = "keep", "delete"


@dataclass(frozen=True, slots=True)
class Counts:
    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Number and checksum of rows, whatever their order."""

    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What the target keeps of the last push, written in the transaction of its rows."""

    push: str
    cursor: str
    kind: str
    rows: int
    bytes: int
    sha256: str
    counts: Counts
    agreed: Sum

    def receipt(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def mark_of(receipt: str) -> Mark:
    """Raises ValueError, KeyError or TypeError for what the portal has not written."""
    given = json.loads(receipt)
    counts, agreed = Counts(**given.pop("counts")), Sum(**given.pop("agreed"))
    return Mark(**given, counts=counts, agreed=agreed)


@dataclass(frozen=True, slots=True)
class Found:
    """A column of the target's table; `kind` is the type in the database's own words."""

    name: str
    kind: str
    is_filled_by_itself: bool
    length: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Target(Protocol):
    """An open connection to the requester's database.

    Every method raises SourceFailure and nothing else for what is wrong there. What `stage` to
    `keep` do is one transaction, which `commit` ends; leaving the `with` before takes it all back.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def check(self) -> str:
        """The product and version that answered."""

    def prepare(self, columns: Sequence[Column], *, makes_table: bool) -> None:
        """See that the table takes these columns and that the user may write it."""

    def statement(self, columns: Sequence[Column]) -> str:
        """What makes the table, for the administrator of the target."""

    def sent(self, column: Column) -> sql.Composable:
        """The column of the agreement's view as the target reads it."""

    def compared(self, columns: Sequence[Column]) -> list[Column]:
        """Those whose values both databases spell alike."""

    def mark(self, agreement: str) -> Mark | None:
        """What is kept of the last push into this table; None before the first."""

    def stage(self, columns: Sequence[Column], blocks: Iterable[bytes]) -> None:
        """Take the rows in, in blocks of PostgreSQL's COPY text: FLAG first, then the columns."""

    def merge(self, columns: Sequence[Column], *, is_whole: bool) -> Counts:
        """Bring the table up to what is staged. `is_whole`: what is not staged goes."""

    def keep(self, agreement: str, mark: Mark) -> None: ...

    def commit(self) -> None: ...

    def summed(self, columns: Sequence[Column]) -> Sum: ...

    def hashes(self, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
        """Hash of the key and of the row, in the order of the first."""

    def by_column(self, columns: Sequence[Column]) -> list[str]:
        """A checksum for each column."""
