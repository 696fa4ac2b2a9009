"""A sheet as rows of raw cells, whatever kind of file it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[int, Sequence[Any]]
Progress = Callable[[str, int, int], None]  # phase, done, of how many (0: not known)

READING, CHECKING, WRITING = "reading", "checking", "writing"
EVERY = 500


@dataclass(frozen=True, slots=True)
class Table:
    """`sheet` is what it means (layout.ENTRIES or ITEMS), `title` what the file calls it.

    The rows come with their numbers, from 1, the header's first; a row of empty cells may be left
    out. Reading them may raise Unreadable.
    """

    sheet: str
    title: str
    rows: Iterator[Row]


def unwatched(phase: str, done: int, total: int) -> None:
    """A progress that nobody looks at."""
