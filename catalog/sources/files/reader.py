"""What every format's reader can do."""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Protocol

from catalog.sources.connector import Selected, SourceColumn

if TYPE_CHECKING:
    from .copy_text import Block

SAMPLE_ROWS = 1000
Sampled = list[dict[str, str | None]]


class Reader(Protocol):
    """Every method raises SourceFailure and nothing else for what is wrong with the file.

    `null` stands for an empty value in the blocks.
    """

    null: str

    def parts(self) -> list[str]:
        """The names of what in it holds rows: the sheets of a workbook; else one, ""."""

    def estimate(self, part: str) -> int | None:
        """How many rows, where the file says so."""

    def columns(self, part: str) -> list[SourceColumn]:
        """Its columns in their order."""

    def blocks(self, part: str, selected: Sequence[Selected]) -> "Generator[Block, None, None]":
        """All rows in blocks of COPY text, and how many rows are in each."""

    def sample(self, part: str) -> Sampled:
        """The first rows, each value as it would be stored, for a proposal to the steward."""


def text_column(name: str) -> SourceColumn:
    """A column whose values say nothing of their type: the item decides, row by row."""
    return SourceColumn(name=name, type="text", family="text", scale=None, is_key=False, comment="")
