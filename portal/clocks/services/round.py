"""What the portal does with all clocks each minute: count anew what must be, then look how far they are."""

from dataclasses import dataclass

from . import recounting, sweeping


@dataclass(frozen=True, slots=True)
class Round:
    counted: int
    moved: int
    reached: int
    lapsed: int
    told: int


def go_round() -> Round:
    """One round; may run twice at once, and be killed anywhere.

    Dates move before they are judged, so that nothing is noted as late by a date that no longer holds.
    """
    recounted = recounting.recount()
    swept = sweeping.sweep()
    return Round(recounted.counted, recounted.moved, swept.reached, swept.lapsed, swept.told)
