"""What the rules found among rows: how many are bad, which, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .errors import StoreRefusal
from .rules import Checking, Code, Dimension, Freshness

LONGEST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value; `column` is the name of the item's column."""

    column: str
    code: Code


@dataclass(frozen=True, slots=True)
class BadRow:
    """`number` counts the rows as the source gave them, from one. `values` are cut to 500 letters.

    They are not masked: who keeps them seals them.
    """

    number: int
    faults: tuple[Fault, ...]
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows without a fault of the dimension, of those that were held against a rule of it."""

    part: int
    whole: int


@dataclass(slots=True)
class Inspection:
    """What the rules found. `faults` counts bad rows by fault; one row may be in several.

    `is_partial`: some rows were read alone. Then `apart_again` tells which of the rows that earlier
    readings set apart (`Checking.apart`, by number) this one speaks of, and whether they are bad
    again: it holds nothing of the others.
    """

    read: int
    bad: int = 0
    faults: dict[Fault, int] = field(default_factory=dict)
    dimensions: dict[Dimension, Measured] = field(default_factory=dict)
    rows: list[BadRow] = field(default_factory=list)
    newest: dict[Freshness, datetime | None] = field(default_factory=dict)
    is_partial: bool = False
    apart_again: dict[int, bool] = field(default_factory=dict)

    def is_too_bad(self, checking: Checking) -> bool:
        return self.bad > checking.forgiven and self.bad * 100 > checking.most_bad * self.read


class TooManyBad(StoreRefusal):
    """More rows are bad than the job allows. Carries what was found, for the quarantine."""

    def __init__(self, inspection: Inspection, checking: Checking) -> None:
        super().__init__(
            "too_many_bad",
            bad=inspection.bad,
            rows=inspection.read,
            most=f"{checking.most_bad.normalize():f}",
        )
        self.inspection = inspection


class Shrunk(StoreRefusal):
    """Far fewer `rows` came or would be left than the last time. Carries what the rules found."""

    def __init__(self, inspection: Inspection, checking: Checking, rows: int) -> None:
        super().__init__("shrunk", rows=rows, fewest=checking.fewest or 0)
        self.inspection = inspection
