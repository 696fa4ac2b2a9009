"""What waits in agreements, beside delivery: for work body heads, and for who suspended sharing."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from portal.common.tasks import Task
from portal.common.text import Text
from portal.organisation.models import DutyKind, User
from sharing.agreement_permissions import is_competent
from sharing.models import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementConfirmation,
    AgreementState,
    EndPlan,
    Side,
    Suspension,
)

CONFIRMED_IN = (AgreementState.AWAITING, AgreementState.PENDING, AgreementState.ACTIVE)
ANSWERED_IN = (AgreementState.PENDING, AgreementState.ACTIVE)


def agreement_tasks(user: User) -> Iterator[Task]:
    """Terms to confirm, what has to be put right, ends to answer on, reports to decide on; two queries."""
    yield from _reported(user)
    if not user.has_duty(DutyKind.WORK_BODY_HEAD):
        return
    ours, theirs = Q(requester=user.department_id), Q(provider=user.department_id)
    confirmations = AgreementConfirmation.objects.filter(version=OuterRef("version_proposed"))
    open_suspensions = Suspension.objects.filter(agreement=OuterRef("pk"), closed_at=None)
    plans = EndPlan.objects.filter(agreement=OuterRef("pk"), closed_at=None, agrees=None)
    to_confirm = Q(state__in=CONFIRMED_IN, version_proposed__isnull=False) & (
        (ours & ~Exists(confirmations.filter(side=Side.REQUESTER)))
        | (theirs & ~Exists(confirmations.filter(side=Side.PROVIDER)))
    )
    to_report = Q(ours, state=AgreementState.RECTIFYING) & Exists(
        open_suspensions.filter(reported_at=None)
    )
    to_answer = Q(ours, state__in=ANSWERED_IN) & Exists(plans)
    found = (
        Agreement.objects.filter(ours | theirs, state__in=LIVE_AGREEMENT)
        .filter(to_confirm | to_report | to_answer)
        .annotate(confirms=to_confirm, reports=to_report, answers=to_answer)
        .select_related("resource", "provider", "requester")
    )
    for agreement in found:
        yield from _of(agreement)


def _reported(user: User) -> Iterator[Task]:
    """What the requester reported to be right again, for who suspended and now decides."""
    mine = Q()
    if user.has_duty(DutyKind.WORK_BODY_HEAD):
        mine |= Q(by_competent=False, agreement__provider=user.department_id)
    if is_competent(user):
        mine |= Q(by_competent=True, by__department=user.department_id)
    if not mine:
        return
    found = Suspension.objects.filter(
        mine,
        closed_at=None,
        reported_at__isnull=False,
        agreement__state=AgreementState.RECTIFYING,
    ).select_related("agreement__resource", "agreement__provider", "agreement__requester")
    for suspension in found:
        agreement = suspension.agreement
        yield Task(
            kind="agreement_restore",
            title=_("Decide on what was put right: %(resource)s")
            % {"resource": agreement.resource},
            detail=f"{agreement.number} · {agreement.provider} → {agreement.requester}",
            url=agreement.get_absolute_url(),
            action=_("Look at the report"),
            consequence=_("Nothing flows until you restore sharing (Art. 27)."),
        )


def _of(agreement: Agreement) -> Iterator[Task]:
    asked: dict[str, tuple[str, Text, Text]] = {
        "confirms": (
            _("Confirm the terms: %(resource)s"),
            _("Read and confirm"),
            _("The terms are not in force until both sides have confirmed."),
        ),
        "reports": (
            _("Put right and report: %(resource)s"),
            _("Report"),
            _("Nothing flows, and the agreement may be terminated (Art. 27)."),
        ),
        "answers": (
            _("Answer on the end of the service: %(resource)s"),
            _("Answer"),
            _("The provider does not end the service before you answer (Art. 27)."),
        ),
    }
    for name, (title, action, consequence) in asked.items():
        if getattr(agreement, name):
            yield Task(
                kind=f"agreement_{name.removesuffix('s')}",
                title=title % {"resource": agreement.resource},
                detail=f"{agreement.number} · {agreement.provider} → {agreement.requester}",
                url=agreement.get_absolute_url(),
                action=action,
                consequence=consequence,
            )
