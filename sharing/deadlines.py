"""The statutory limits of Decree 809 that bind a request, and the clocks computed from them.

Only what the law says is in `LIMITS`: a target that the portal or a department sets itself must
never be computed here, so that it can never be shown as law.
"""

from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet

import audit.services
from catalog.models import Resource, SharingAttribute
from portal.workdays import working_days_between
from portal.workdays.clocks import Limit, today
from sharing.models import Deadline, DeadlineKind, SharingRequest

__all__ = [
    "ANSWER_CONDITIONAL",
    "ANSWER_UNCONDITIONAL",
    "DELIVER",
    "LIMITS",
    "Limit",
    "answer_limit",
    "cancel",
    "extend",
    "go_on_after_supplement",
    "meet",
    "recompute",
    "running_answer_clock",
    "start_clock",
    "stop_for_supplement",
    "today",
]


# Day 0 is the day of receipt, or of the agreeing answer; the due date is the last day of the limit.
LIMITS: dict[str, Limit] = {
    limit.rule: limit
    for limit in (
        Limit("D3", DeadlineKind.ANSWER, working_days=1, article=21),
        Limit("D4", DeadlineKind.ANSWER, working_days=10, article=21),
        Limit("D6", DeadlineKind.DELIVER, working_days=20, article=22),
    )
}
ANSWER_UNCONDITIONAL = LIMITS["D3"]
ANSWER_CONDITIONAL = LIMITS["D4"]
DELIVER = LIMITS["D6"]


def answer_limit(resource: Resource) -> Limit:
    """How long the provider of `resource` has to answer a request for it."""
    match resource.sharing_attribute:
        case SharingAttribute.UNCONDITIONAL:
            return ANSWER_UNCONDITIONAL
        case SharingAttribute.CONDITIONAL:
            return ANSWER_CONDITIONAL
    raise ValueError(f"no request can be made for {resource.code}: {resource.sharing_attribute}")


def start_clock(*, request: SharingRequest, limit: Limit, on: date) -> Deadline:
    """Start the clock of `limit` for `request` on day 0, `on`. Runs in the move that starts it."""
    clock = Deadline(
        request=request,
        kind=limit.kind,
        rule=limit.rule,
        started_on=on,
        limit_days=limit.working_days,
    )
    clock.count()
    clock.save()
    return clock


def stop_for_supplement(*, request: SharingRequest, at: datetime) -> int:
    """Do with the answer clock what the policy says while material is missing; working days left.

    The Decree says nothing of it (Art. 21): `settings.SUPPLEMENT_CLOCK` is "restart" (counted anew when
    the request is complete), "pause" (what was left goes on then) or "run" (nothing stops).
    """
    clock = _running(request, DeadlineKind.ANSWER).first()
    if clock is None or settings.SUPPLEMENT_CLOCK == "run":
        return 0
    cancel(request=request, kind=DeadlineKind.ANSWER, at=at)
    return max(0, working_days_between(today(), clock.due))


def go_on_after_supplement(*, request: SharingRequest, days_left: int) -> None:
    """Start the answer clock of a request that has been supplemented, by the same policy."""
    limit = answer_limit(request.resource)
    match settings.SUPPLEMENT_CLOCK:
        case "restart":
            start_clock(request=request, limit=limit, on=today())
        case "pause":
            left = replace(limit, working_days=days_left)
            start_clock(request=request, limit=left, on=today())


def running_answer_clock(request: SharingRequest) -> Deadline | None:
    return _running(request, DeadlineKind.ANSWER).first()


def extend(*, clock: Deadline, days: int) -> None:
    """Add working days that were consented to; the date is counted by the calendar in force."""
    clock.extension_days += days
    clock.count()
    clock.save(update_fields=["extension_days", "due", "calendar_version", "provisional"])


def meet(*, request: SharingRequest, kind: DeadlineKind, at: datetime) -> None:
    """The duty is done: stop the clock for good. A clock that stands already keeps its time."""
    _running(request, kind).update(met_at=at)


def cancel(*, request: SharingRequest, kind: DeadlineKind, at: datetime) -> None:
    """The duty has fallen away, since the request was withdrawn or the agreement ended."""
    _running(request, kind).update(cancelled_at=at)


def recompute(deadline: Deadline) -> bool:
    """Compute a running clock again when the calendar has changed since; return whether it had.

    Call it with the row locked. The move of the date is recorded: nobody may find it changed in silence.
    """
    before = deadline.count()
    if before is None:
        return False
    deadline.save(update_fields=["due", "calendar_version", "provisional"])
    audit.services.record(
        actor=None,
        action="sharing.deadline.recompute",
        target=deadline.request,
        rule=deadline.rule,
        kind=deadline.kind,
        before={"due": before.due, "calendar_version": before.calendar_version},
        due=deadline.due,
        calendar_version=deadline.calendar_version,
        provisional=deadline.provisional,
    )
    return True


def _running(request: SharingRequest, kind: DeadlineKind) -> QuerySet[Deadline]:
    return Deadline.objects.filter(
        request=request, kind=kind, met_at__isnull=True, cancelled_at__isnull=True
    )
