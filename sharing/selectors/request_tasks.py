"""What waits for a person between a request's receipt and its end (Decree 809, Art. 21 and 28)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from portal.common.tasks import Task
from portal.organisation.models import DutyKind, User
from sharing.models import AnswerExtension, Dispute, RequestState, SharingRequest


def request_act_tasks(user: User) -> Iterator[Task]:
    if user.has_duty(DutyKind.WORK_BODY_HEAD):
        yield from _offers(user)
    if user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent:
        yield from _extensions(user)
        yield from _disputes(user)
    yield from _extended(user)


def _offers(user: User) -> Iterator[Task]:
    waiting = SharingRequest.objects.filter(
        requester=user.department_id, state=RequestState.OFFERED
    ).exclude(applicant=user)
    for request in waiting.select_related("resource__department"):
        yield Task(
            kind="request_offer",
            title=_("Answer the offer: %(resource)s") % {"resource": request.resource},
            detail=f"{request.number} · {request.resource.department}",
            url=request.get_absolute_url(),
            action=_("Decide"),
            consequence=_("There is no agreement before you accept."),
        )


def _extensions(user: User) -> Iterator[Task]:
    asked = AnswerExtension.objects.filter(
        decided_at=None,
        request__state=RequestState.RECEIVED,
        request__resource__department__region=user.department.region_id,
    ).exclude(by=user)
    for one in asked.select_related("request__resource", "by__department"):
        yield Task(
            kind="request_extension",
            title=_("Consent to an extension: %(resource)s") % {"resource": one.request.resource},
            detail=f"{one.request.number} · {one.by.department}",
            url=one.request.get_absolute_url(),
            action=_("Decide"),
            consequence=_("Until you consent the answer is due as before (Art. 21)."),
        )


def _disputes(user: User) -> Iterator[Task]:
    own = user.department_id
    contested = (
        Dispute.objects.filter(
            decided_at=None, request__resource__department__region=user.department.region_id
        )
        .exclude(request__requester=own)
        .exclude(request__resource__department=own)
    )
    for one in contested.select_related("request__resource", "by__department"):
        yield Task(
            kind="request_dispute",
            title=_("Decide the dispute: %(resource)s") % {"resource": one.request.resource},
            detail=f"{one.request.number} · {one.by.department}",
            url=one.request.get_absolute_url(),
            action=_("Decide"),
            consequence=_("The refusal stands until you decide (Art. 28)."),
        )


def _extended(user: User) -> Iterator[Task]:
    told = AnswerExtension.objects.filter(
        request__applicant=user, granted_days__gt=0, acknowledged_at=None
    )
    for one in told.select_related("request__resource__department"):
        yield Task(
            kind="request_extended",
            title=_("The answer takes longer: %(resource)s") % {"resource": one.request.resource},
            detail=f"{one.request.number} · {one.request.resource.department}",
            url=one.request.get_absolute_url(),
            action=_("Acknowledge"),
            consequence=_("The new date holds in any case."),
        )
