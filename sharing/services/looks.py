"""The audit administrator reads every request and agreement, and acts on none. Each look is an entry."""

from django.db import transaction

import audit.services
from portal.organisation.models import User
from sharing.models import Agreement, SharingRequest


@transaction.atomic
def note_request(*, request: SharingRequest, page: str, by: User) -> None:
    """`by` has looked at this page of a request that is none of their department's business."""
    audit.services.record(actor=by, action="sharing.request.read", target=request, page=page)


@transaction.atomic
def note_agreement(*, agreement: Agreement, page: str, by: User) -> None:
    audit.services.record(actor=by, action="sharing.agreement.read", target=agreement, page=page)
