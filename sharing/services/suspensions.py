"""Suspending sharing, having it put right, and restoring it (Decree 809, Art. 27).

A suspended agreement delivers nothing: right and view go in the transaction of the state, pulls
that run are cut off.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import DomainError, Invalid
from portal.organisation.models import User
from sharing import agreement_permissions as may
from sharing import deadlines
from sharing.models import Agreement, AgreementState, Suspension
from sharing.services.agreements import locked
from sharing.services.flow import begin_flow, end_flow
from sharing.services.words import stated
from sharing.workflow import AgreementMove, check_revision, check_state, move_agreement


@transaction.atomic
def suspend(
    *, agreement: Agreement, reason: str, revision: int | None = None, by: User
) -> Agreement:
    """Stop all delivery, until it is restored."""
    held = locked(agreement.pk)
    may.may_suspend(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.SUSPEND)
    words = stated(reason, "reason")
    Suspension.objects.create(
        agreement=held, by=by, by_competent=may.is_competent(by), reason=words
    )
    move_agreement(held, AgreementMove.SUSPEND, by=by, opinion=words)
    end_flow(held, by=by)
    return held


@transaction.atomic
def rectify(
    *, agreement: Agreement, demand: str, until: date | None, revision: int | None = None, by: User
) -> Agreement:
    """Order what the requester has to put right, and by when: who orders it sets the day."""
    held = locked(agreement.pk)
    may.may_rectify(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.RECTIFY)
    words = stated(demand, "demand")
    if until is None or until < deadlines.today():
        wrong = _("Set a day that has not passed.")
        raise Invalid(_("The order has errors."), fields={"until": [wrong]})
    _open_one(held, demand=words, rectify_until=until)
    move_agreement(held, AgreementMove.RECTIFY, by=by, opinion=words, until=until)
    return held


@transaction.atomic
def report(
    *, agreement: Agreement, report: str, revision: int | None = None, by: User
) -> Agreement:
    """The requester tells what it has put right; a later report replaces the one before."""
    held = locked(agreement.pk)
    may.may_report(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.REPORT)
    words = stated(report, "report")
    _open_one(held, report=words, reported_at=timezone.now())
    move_agreement(held, AgreementMove.REPORT, by=by, opinion=words)
    return held


@transaction.atomic
def restore(
    *, agreement: Agreement, reason: str, revision: int | None = None, by: User
) -> Agreement:
    """Let the data flow again: the suspension is lifted, or what was ordered has been put right."""
    held = locked(agreement.pk)
    may.may_restore(by, held).enforce()
    check_revision(held, revision)
    check_state(held, AgreementMove.RESTORE)
    words = stated(reason, "reason")
    if held.ends_on < deadlines.today():
        raise DomainError(_("The term of the agreement is over."), code="term_passed")
    if (
        held.state == AgreementState.RECTIFYING
        and not held.suspensions.filter(closed_at=None, reported_at__isnull=False).exists()
    ):
        raise DomainError(
            _("The requester has not reported yet what it has put right."), code="no_report"
        )
    _open_one(held, closed_at=timezone.now())
    move_agreement(held, AgreementMove.RESTORE, by=by, opinion=words)
    begin_flow(held, by=by)
    return held


def _open_one(held: Agreement, **written: object) -> None:
    held.suspensions.filter(closed_at=None).update(**written)
