"""A DCAT catalogue as a source: it describes datasets, and has no rows to read."""

from collections.abc import Sequence
from typing import Self

from catalog.store.trust import NULL

from .connector import Into, Place, Relation, Selected, SourceColumn
from .failures import SourceFailure
from .harvest import dcat


class DcatCatalogue:
    """Answers the test of the connection; whoever asks it for rows is told that it has none."""

    is_at_hand = False
    null = NULL

    def __init__(self, place: Place) -> None:
        self.place = place

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is held open."""

    def check(self) -> str:
        graph = dcat.page_at(self.place, self.place.settings["address"])
        return f"DCAT · {dcat.title_of(graph)}".rstrip(" ·")

    def relations(self) -> list[Relation]:
        return []

    def relation(self, name: str) -> Relation:
        raise SourceFailure("no_rows_there")

    def columns(self, relation: str) -> list[SourceColumn]:
        raise SourceFailure("no_rows_there")

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        raise SourceFailure("no_rows_there")
