from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from portal.organisation.models import User
from sharing import deadlines
from sharing.models import (
    LIVE,
    Agreement,
    AgreementState,
    Deadline,
    DeadlineKind,
    Pull,
    PullResult,
    SharingRequest,
)

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the home page says of the person's department; every one counted from rows.

    `answers_on_time` of `answers_due` are the answers of this year whose limit has come or that were
    given: on time when given by the due date.
    """

    active_agreements: int
    agreements_ending_soon: int
    open_requests: int
    overdue_requests: int
    pulls_this_month: int
    answers_on_time: int
    answers_due: int


def figures_for(user: User) -> Figures:
    today = deadlines.today()
    month = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ours = Agreement.objects.permitted(user).filter(requester=user.department_id)
    active = ours.filter(state=AgreementState.ACTIVE)
    requests = SharingRequest.objects.filter(requester=user.department_id, state__in=LIVE)
    answers = Deadline.objects.filter(
        request__resource__department=user.department_id,
        kind=DeadlineKind.ANSWER,
        cancelled_at=None,
        due__year=today.year,
    )
    due = answers.filter(Q(met_at__isnull=False) | Q(due__lt=today))
    return Figures(
        active_agreements=active.count(),
        agreements_ending_soon=active.filter(ends_on__lte=today + SOON).count(),
        open_requests=requests.count(),
        overdue_requests=requests.filter(
            deadlines__due__lt=today,
            deadlines__met_at=None,
            deadlines__cancelled_at=None,
        ).count(),
        pulls_this_month=Pull.objects.filter(
            agreement__requester=user.department_id,
            started_at__gte=month,
            result=PullResult.OK,
        ).count(),
        answers_on_time=due.filter(met_at__date__lte=F("due")).count(),
        answers_due=due.count(),
    )
