"""What the portal's sweep, notices and recounts need to know of the clocks and agreements of this app."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.clocks.registry import ClockTable, Subject
from portal.organisation.models import DutyKind, User

from .deadlines import SUPPLEMENT
from .models import Agreement, Deadline, DeadlineKind, Push, SharingRequest
from .selectors import tasks_for

__all__ = ["NOTICE_SUBJECTS", "TABLES", "tasks_for"]


def permitted(user: User) -> "QuerySet[Deadline]":
    return Deadline.objects.filter(request__in=SharingRequest.objects.permitted(user))


def subjects(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    clocks = permitted(user).filter(pk__in=keys).select_related("request__resource")
    return {
        clock.pk: Subject(
            title=str(clock.request),
            url=clock.request.get_absolute_url(),
            clock=clock,
            duty=clock.get_kind_display(),
        )
        for clock in clocks
    }


def agreements(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    found = Agreement.objects.permitted(user).filter(pk__in=keys).select_related("resource")
    return {one.pk: Subject(title=str(one), url=one.get_absolute_url()) for one in found}


def requests(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    found = SharingRequest.objects.permitted(user).filter(pk__in=keys).select_related("resource")
    return {one.pk: Subject(title=str(one), url=one.get_absolute_url()) for one in found}


def pushes(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    seen = Agreement.objects.permitted(user)
    found = Push.objects.filter(pk__in=keys, agreement__in=seen).select_related(
        "agreement__resource", "target__agreement"
    )
    return {one.pk: Subject(title=str(one), url=one.target.get_absolute_url()) for one in found}


TABLES = [
    ClockTable(
        model=Deadline,
        persons={
            DeadlineKind.ANSWER.value: (DutyKind.WORK_BODY_HEAD,),
            DeadlineKind.DELIVER.value: (DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD),
        },
        permitted=permitted,
        subjects=subjects,
        target=lambda clock: clock.request,
        related=("request__resource",),
        overdue_action="sharing.deadline.overdue",
        recompute_action="sharing.deadline.recompute",
        pauses={SUPPLEMENT: _("the requester supplements the request (Art. 21)")},
    )
]
NOTICE_SUBJECTS = {
    Agreement._meta.label_lower: agreements,
    Push._meta.label_lower: pushes,
    SharingRequest._meta.label_lower: requests,
}
