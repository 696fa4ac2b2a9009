"""A provider ends a service only after consulting the requester, and files it (Decree 809, Art. 27)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import WrongState
from portal.organisation.models import User
from sharing import agreement_permissions as may
from sharing.models import Agreement, EndPlan
from sharing.services.agreements import locked
from sharing.services.words import said, stated
from sharing.workflow import AgreementMove, check_revision, check_state, move_agreement


@transaction.atomic
def consult(*, agreement: Agreement, reason: str, revision: int | None = None, by: User) -> EndPlan:
    """Tell the requester that, and why, the service is to end; it answers before anything ends."""
    held = locked(agreement.pk)
    may.may_consult(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.CONSULT)
    if held.end_plans.filter(closed_at=None, agrees=None).exists():
        raise WrongState(
            _("The requester has been consulted already: its answer is awaited."),
            code="consulted",
        )
    words = stated(reason, "reason")
    held.end_plans.filter(closed_at=None).update(closed_at=timezone.now())
    plan = EndPlan.objects.create(agreement=held, by=by, reason=words)
    move_agreement(held, AgreementMove.CONSULT, by=by, opinion=words)
    return plan


@transaction.atomic
def answer(
    *, agreement: Agreement, agrees: bool, answer: str = "", revision: int | None = None, by: User
) -> EndPlan:
    """The requester's head agrees, or objects with reasons; then the competent department decides."""
    held = locked(agreement.pk)
    may.may_answer_end(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.ANSWER)
    plan: EndPlan | None = held.end_plans.filter(closed_at=None, agrees=None).first()
    if plan is None:
        raise WrongState(_("No end is planned that waits for an answer."), code="nothing_planned")
    words = said(answer, "answer") if agrees else stated(answer, "answer")
    plan.agrees, plan.answer = agrees, words
    plan.answered_by, plan.answered_at = by, timezone.now()
    plan.save(update_fields=["agrees", "answer", "answered_by", "answered_at"])
    move_agreement(held, AgreementMove.ANSWER, by=by, opinion=words, agrees=agrees)
    return plan
