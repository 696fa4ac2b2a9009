"""A refusal that is contested goes to the competent department, which decides (Decree 809, Art. 28)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import DomainError, Invalid, WrongState
from portal.organisation.models import Department, User
from sharing import deadlines, permissions
from sharing.models import LIVE, Dispute, DisputeOutcome, SharingRequest
from sharing.services.words import stated
from sharing.workflow import Move, check_version, locked, move


@transaction.atomic
def raise_dispute(
    *, request: SharingRequest, version: int, opinion: str, by: User
) -> SharingRequest:
    """Contest a refusal, with reasons; each refusal once."""
    held = locked(request.pk)
    permissions.may_dispute(by, held).enforce()
    check_version(held, version)
    why = stated(opinion)
    moved = move(held.pk, Move.DISPUTE, by=by, opinion=why)
    before = Dispute.objects.filter(request=moved).first()
    if before is not None and before.is_open:
        raise WrongState(_("The refusal is contested already."))
    if before is not None and before.outcome == DisputeOutcome.UPHELD:
        raise WrongState(_("The competent department has decided that the refusal stands."))
    Dispute.objects.create(request=moved, by=by, words=why)
    return moved


@transaction.atomic
def decide(
    *, request: SharingRequest, version: int, outcome: str, opinion: str, by: User
) -> SharingRequest:
    """The refusal stands, or the provider answers again: then its clock starts anew today."""
    held = locked(request.pk)
    permissions.may_decide_dispute(by, held).enforce()
    check_version(held, version)
    if outcome not in DisputeOutcome.values:
        words = _("Choose how the dispute ends.")
        raise Invalid(_("The decision has errors."), fields={"outcome": [words]})
    why = stated(opinion)
    if outcome == DisputeOutcome.UPHELD:
        moved = move(held.pk, Move.UPHOLD, by=by, opinion=why)
    else:
        moved = _reopen(held, why, by)
    dispute = Dispute.objects.select_for_update().get(request=held, decided_at=None)
    dispute.outcome, dispute.opinion = outcome, why
    dispute.decided_by, dispute.decided_at = by, timezone.now()
    dispute.save()
    return moved


def _reopen(held: SharingRequest, why: str, by: User) -> SharingRequest:
    # A department's applications queue here, as when one is started.
    Department.objects.select_for_update(no_key=True).get(pk=held.requester_id)
    others = SharingRequest.objects.filter(
        resource=held.resource_id, requester=held.requester_id, state__in=LIVE
    )
    if others.exists():
        raise DomainError(
            _("Meanwhile the requester has another request for this resource under way."),
            code="another_request",
        )
    if not held.resource.is_published:
        raise DomainError(_("The resource is not published any more."), code="not_published")
    moved = move(
        held.pk,
        Move.REOPEN,
        by=by,
        opinion=why,
        write={"answered_at": None, "refusal_reason": ""},
    )
    limit = deadlines.answer_limit(moved.resource)
    deadlines.start_clock(request=moved, limit=limit, on=deadlines.today())
    return moved
