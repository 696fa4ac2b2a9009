"""The limits of Decree 809, Art. 17, and the clocks computed from them.

Only what the law says is in `LIMITS`. An entry that was sent back has no limit of its own: the
Decree names none, and none must be shown as law.
"""

from datetime import date, datetime

from django.db.models import QuerySet

from catalog.models import (
    MOST_EXTENSION_DAYS,
    CatalogueClock,
    CatalogueDeadline,
    UpdateDuty,
    UpdateDutyEntry,
)
from portal.clocks.services import running
from portal.organisation.models import Department
from portal.organisation.selectors import competent_department_of
from portal.workdays.clocks import RUNNING, Limit, legal_day, today

__all__ = [
    "IN_FORCE",
    "LIMITS",
    "MOST_EXTENSION_DAYS",
    "REVIEW",
    "UPDATE",
    "Limit",
    "extend",
    "legal_day",
    "meet_review",
    "meet_update",
    "start_review",
    "start_update",
    "today",
]

# Art. 44: what changed before that day started no clock.
IN_FORCE = date(2025, 8, 1)

# Day 0 is the day of the change, or of receipt by the competent department.
LIMITS: dict[str, Limit] = {
    limit.rule: limit
    for limit in (
        Limit("D1", CatalogueClock.UPDATE, working_days=10, article=17),
        Limit("D2", CatalogueClock.REVIEW, working_days=2, article=17),
    )
}
UPDATE = LIMITS["D1"]
REVIEW = LIMITS["D2"]


def start_update(*, duty: UpdateDuty) -> CatalogueDeadline:
    """Ten working days from the day of the change, whenever it is recorded."""
    return _start(UPDATE, duty, None, duty.happened_on)


def start_review(*, entry: UpdateDutyEntry, received_at: datetime) -> CatalogueDeadline:
    """Two working days from the receipt of the updated entry; one that runs already goes on."""
    running = _reviews(entry).first()
    if running is not None:
        return running
    return _start(REVIEW, entry.duty, entry, legal_day(received_at))


def meet_update(*, duty: UpdateDuty, at: datetime) -> None:
    """The update has been submitted: stop the clock for good. One that stands keeps its time."""
    CatalogueDeadline.objects.filter(RUNNING, duty=duty, kind=CatalogueClock.UPDATE).update(
        met_at=at
    )


def meet_review(*, entry: UpdateDutyEntry, at: datetime) -> None:
    """The review is over: published, or sent back with reasons."""
    _reviews(entry).update(met_at=at)


def extend(clock: CatalogueDeadline, days: int) -> None:
    """Add the consented days. Call it with the row locked.

    A clock that had passed meanwhile and runs again is noted anew when it passes again.
    """
    running.extend(clock, days)


def _start(
    limit: Limit, duty: UpdateDuty, entry: UpdateDutyEntry | None, on: date
) -> CatalogueDeadline:
    clock = CatalogueDeadline(duty=duty, entry=entry)
    running.start(clock, limit, holder=_holder(limit, duty), on=on)
    return clock


def _holder(limit: Limit, duty: UpdateDuty) -> Department:
    """The update is the provider's, the review the competent department's of the same level."""
    if limit is REVIEW:
        return competent_department_of(duty.department.region) or duty.department
    return duty.department


def _reviews(entry: UpdateDutyEntry) -> QuerySet[CatalogueDeadline]:
    return CatalogueDeadline.objects.filter(RUNNING, entry=entry, kind=CatalogueClock.REVIEW)
