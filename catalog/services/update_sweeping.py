"""What the portal does by itself for the clocks of Art. 17: passed ones, and provisional ones."""

from dataclasses import dataclass

import audit.services
from audit.models import Result
from catalog import deadlines
from catalog.models import CatalogueDeadline
from portal.workdays import clocks


@dataclass(frozen=True, slots=True)
class Swept:
    overdue: int
    recomputed: int


def sweep() -> Swept:
    """One round. Each row in a transaction of its own; may run twice, and be killed in between.

    Dates move before they are judged, so that nothing is noted as late by a date that no longer holds.
    """
    found = CatalogueDeadline.objects.select_related("duty")
    recomputed = clocks.recount_provisional(found, recount=deadlines.recompute)
    return Swept(overdue=clocks.note_overdue(found, note=_late), recomputed=recomputed)


def _late(clock: CatalogueDeadline) -> None:
    audit.services.record(
        actor=None,
        action="catalog.deadline.overdue",
        target=clock.duty,
        result=Result.FAILED,
        rule=clock.rule,
        kind=clock.kind,
        entry=clock.entry_id,
        due=clock.due,
    )
