"""What is wrong with a file, each time with its place: sheet, row, column."""

from dataclasses import asdict, dataclass, field
from typing import Any

from portal.common.worded import Worded

MOST_KEPT = 1000
LONGEST_SHOWN = 60


class Unreadable(Exception):
    """The file as a whole cannot be taken; the words say why and what to do."""

    def __init__(self, message: Worded) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` counts from 1 as the sheet shows it, 0 for the sheet as a whole; `column` is a letter."""

    sheet: str
    row: int
    column: str
    header: str
    value: str
    message: Worded


@dataclass(slots=True)
class Problems:
    """All that was found: every one counted, the first thousand kept."""

    kept: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        message: Worded,
        *,
        sheet: str,
        row: int = 0,
        column: str = "",
        header: str = "",
        value: Any = None,
    ) -> None:
        self.count += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(Problem(sheet, row, column, header, shown(value), message))

    def as_json(self) -> list[dict[str, Any]]:
        """In the order of the file: by sheet as met, then row; the words in every language."""
        order = {
            sheet: place for place, sheet in enumerate(dict.fromkeys(p.sheet for p in self.kept))
        }
        kept = sorted(
            self.kept, key=lambda one: (order[one.sheet], one.row, len(one.column), one.column)
        )
        return [asdict(one) | {"message": one.message.in_every_language()} for one in kept]


def shown(value: Any) -> str:
    """A value as a message may quote it: short, and with every character visible."""
    if value is None:
        return ""
    text = str(value)
    short = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in short)
