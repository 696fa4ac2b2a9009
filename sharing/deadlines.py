"""The statutory limits of Decree 809 that bind a request, and the clocks computed from them.

Only what the law says is in `LIMITS`: a target that the portal or a department sets itself must
never be computed here, so that it can never be shown as law.
"""

from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet

from catalog.models import Resource, SharingAttribute
from portal.clocks.services import running
from portal.workdays.clocks import RUNNING, Limit, today
from sharing.models import Deadline, DeadlineKind, SharingRequest

__all__ = [
    "ANSWER_CONDITIONAL",
    "ANSWER_UNCONDITIONAL",
    "DELIVER",
    "LIMITS",
    "Limit",
    "answer_limit",
    "cancel",
    "go_on_after_supplement",
    "meet",
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
# Why an answer clock stands.
SUPPLEMENT = "supplement"
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
    clock = Deadline(request=request)
    # Both limits are the provider's: to answer, and to share.
    running.start(clock, limit, holder=request.resource.department, on=on)
    return clock


def stop_for_supplement(*, request: SharingRequest) -> None:
    """Do with the answer clock what the policy says while material is missing.

    The Decree says nothing of it (Art. 21): `settings.SUPPLEMENT_CLOCK` is "restart" (counted anew when
    the request is complete), "pause" (what was left goes on then) or "run" (nothing stops). What has
    lapsed stands for ever, and is not stopped.
    """
    clock = running_answer_clock(request)
    if clock is not None and settings.SUPPLEMENT_CLOCK != "run" and clock.due >= today():
        running.pause(clock, on=today(), why=SUPPLEMENT)


def go_on_after_supplement(*, request: SharingRequest) -> None:
    """Let the answer clock of a request that has been supplemented run, by the same policy."""
    clock = running_answer_clock(request)
    if clock is None:
        return
    if settings.SUPPLEMENT_CLOCK == "restart":
        running.restart(clock, on=today())
    elif clock.paused_on is not None:
        running.resume(clock, on=today())


def running_answer_clock(request: SharingRequest) -> Deadline | None:
    return _running(request, DeadlineKind.ANSWER).first()


def meet(*, request: SharingRequest, kind: DeadlineKind, at: datetime) -> None:
    """The duty is done: stop the clock for good. A clock that stands already keeps its time."""
    _running(request, kind).update(met_at=at)


def cancel(*, request: SharingRequest, kind: DeadlineKind, at: datetime) -> None:
    """The duty has fallen away, since the request was withdrawn or the agreement ended."""
    _running(request, kind).update(cancelled_at=at)


def _running(request: SharingRequest, kind: DeadlineKind) -> QuerySet[Deadline]:
    return Deadline.objects.filter(RUNNING, request=request, kind=kind)
