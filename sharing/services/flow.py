"""What hangs on the state of an agreement: the requester's right and the view, begun and ended together.

Always in the transaction that moves the state: see docs/adr/0010-agreement-bound-delivery.md.
"""

from catalog.services import visibility
from catalog.workflow import locked as lock_resource
from portal.organisation.models import User
from sharing import outlet
from sharing.models import Agreement, AgreementState


def begin_flow(agreement: Agreement, *, by: User | None) -> None:
    """Grant the right to draw, and open the view."""
    visibility.grant_pull(resource=agreement.resource, department=agreement.requester, by=by)
    outlet.open_view(agreement)


def end_flow(agreement: Agreement, *, by: User | None) -> None:
    """Take the right back unless another agreement needs it, and the view; pulls that run stop."""
    # Openings and closings on one resource queue here: each sees what the one before left.
    lock_resource(agreement.resource_id)
    others = Agreement.objects.filter(
        resource=agreement.resource,
        requester=agreement.requester,
        state=AgreementState.ACTIVE,
    ).exclude(pk=agreement.pk)
    if not others.exists():
        visibility.take_back_pull(
            resource=agreement.resource, department=agreement.requester, by=by
        )
    outlet.close_view(agreement)


def reopen_view(agreement: Agreement) -> None:
    """Let out what the terms say now; pulls of what they said before stop."""
    lock_resource(agreement.resource_id)
    outlet.close_view(agreement)
    outlet.open_view(agreement)
