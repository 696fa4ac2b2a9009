from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.common.tasks import Task
from portal.organisation.models import DutyKind, User
from sharing.models import (
    Agreement,
    AgreementState,
    Deadline,
    DeadlineKind,
    RequestState,
    SharingRequest,
)
from sharing.selectors.agreement_tasks import agreement_tasks
from sharing.selectors.request_tasks import request_act_tasks


def tasks_for(user: User) -> list[Task]:
    """What waits for this person in requests and agreements."""
    if not user.is_active:
        return []
    found = [*_returned(user), *request_act_tasks(user), *agreement_tasks(user)]
    if user.has_duty(DutyKind.WORK_BODY_HEAD):
        found += _to_decide(user)
        found += _to_answer(user)
    if user.has_duty(DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD):
        found += _to_deliver(user)
    return found


def _returned(user: User) -> Iterator[Task]:
    mine = SharingRequest.objects.filter(
        applicant=user, state__in=(RequestState.RETURNED, RequestState.SUPPLEMENT)
    )
    for request in mine.select_related("resource__department"):
        yield Task(
            kind="request_returned",
            title=_("Revise the request: %(resource)s") % {"resource": request.resource},
            detail=f"{request.number} · {request.resource.department}",
            url=request.get_absolute_url(),
            action=_("Revise"),
            consequence=_("The request goes no further."),
        )


def _to_decide(user: User) -> Iterator[Task]:
    waiting = SharingRequest.objects.filter(
        requester=user.department_id, state=RequestState.INTERNAL_REVIEW
    ).exclude(applicant=user)
    for request in waiting.select_related("resource__department", "applicant"):
        yield Task(
            kind="request_decide",
            title=_("Decide on the request: %(resource)s") % {"resource": request.resource},
            detail=f"{request.number} · {request.applicant}",
            url=request.get_absolute_url(),
            action=_("Decide"),
            consequence=_("The provider does not receive it."),
        )


def _to_answer(user: User) -> Iterator[Task]:
    clocks = Deadline.objects.filter(
        kind=DeadlineKind.ANSWER,
        met_at=None,
        cancelled_at=None,
        request__state=RequestState.RECEIVED,
        request__resource__department=user.department_id,
    ).exclude(request__applicant=user)
    for clock in clocks.select_related("request__resource", "request__requester"):
        request = clock.request
        yield Task(
            kind="request_answer",
            title=_("Answer the request: %(resource)s") % {"resource": request.resource},
            detail=_("%(number)s · from %(requester)s")
            % {"number": request.number, "requester": request.requester},
            url=request.get_absolute_url(),
            action=_("Answer"),
            due=clock.due,
            legal=True,
            provisional=clock.provisional,
            region=clock.region,
            consequence=_("Late answers count against the on-time answer rate (Art. 21)."),
        )


def _to_deliver(user: User) -> Iterator[Task]:
    pending = Agreement.objects.filter(
        provider=user.department_id, state=AgreementState.PENDING
    ).select_related("resource", "requester")
    clocks = {
        clock.request_id: clock
        for clock in Deadline.objects.filter(
            kind=DeadlineKind.DELIVER,
            met_at=None,
            cancelled_at=None,
            request__agreement__in=pending,
        )
    }
    for agreement in pending:
        clock = clocks.get(agreement.request_id)
        yield Task(
            kind="agreement_deliver",
            title=_("Share the data: %(resource)s") % {"resource": agreement.resource},
            detail=_("%(number)s · for %(requester)s")
            % {"number": agreement.number, "requester": agreement.requester},
            url=agreement.get_absolute_url(),
            action=_("Look at it"),
            due=clock.due if clock else None,
            legal=True,
            provisional=bool(clock and clock.provisional),
            region=clock.region if clock else "",
            consequence=_("Late delivery counts against the on-time delivery rate (Art. 22)."),
        )
