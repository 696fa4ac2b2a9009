"""What information systems of both sides are told of requests and agreements, as they move."""

from typing import Any

from portal.webhooks.models import EventType
from portal.webhooks.services.publishing import publish
from sharing.models import Agreement, AgreementState, ChangeNotice, RequestState, SharingRequest

REQUEST_EVENTS = {
    RequestState.RECEIVED: EventType.REQUEST_RECEIVED,
    RequestState.SUPPLEMENT: EventType.REQUEST_SUPPLEMENT,
    RequestState.OFFERED: EventType.REQUEST_OFFERED,
    RequestState.AGREED: EventType.REQUEST_AGREED,
    RequestState.REFUSED: EventType.REQUEST_REFUSED,
    RequestState.WITHDRAWN: EventType.REQUEST_WITHDRAWN,
}
AGREEMENT_EVENTS = {
    AgreementState.AWAITING: EventType.AGREEMENT_AWAITING,
    AgreementState.PENDING: EventType.AGREEMENT_PENDING,
    AgreementState.ACTIVE: EventType.AGREEMENT_ACTIVE,
    AgreementState.SUSPENDED: EventType.AGREEMENT_SUSPENDED,
    AgreementState.RECTIFYING: EventType.AGREEMENT_RECTIFYING,
    AgreementState.TERMINATED: EventType.AGREEMENT_TERMINATED,
    AgreementState.EXPIRED: EventType.AGREEMENT_EXPIRED,
}


def tell_of_request(request: SharingRequest) -> None:
    """Both sides once the provider has received it; before that it is the requester's own business."""
    event = REQUEST_EVENTS.get(RequestState(request.state))
    if event is None:
        return
    provider = request.resource.department_id if request.received_at else None
    publish(
        type=event,
        subject=request.number,
        url=request.get_absolute_url(),
        departments=[request.requester_id, provider],
        state=request.state,
        resource=request.resource.code,
    )


def tell_of_agreement(agreement: Agreement, *, is_amended: bool = False) -> None:
    event = AGREEMENT_EVENTS[AgreementState(agreement.state)]
    _of_agreement(EventType.AGREEMENT_AMENDED if is_amended else event, agreement)


def tell_of_change(notice: ChangeNotice) -> None:
    """Items or frequency of the entry have changed; columns by what became of them."""
    _of_agreement(
        EventType.SCHEMA_CHANGED,
        notice.agreement,
        items=notice.items,
        frequency_before=notice.frequency_before,
        frequency_after=notice.frequency_after,
        version=notice.version.number,
    )


def tell_of_changed_rows(agreement: Agreement) -> None:
    """The requester's systems alone: how often rows change under it is nobody else's matter."""
    publish(
        type=EventType.AGREEMENT_CHANGES,
        subject=agreement.number,
        url=agreement.get_absolute_url(),
        departments=[agreement.requester_id],
        state=agreement.state,
        resource=agreement.resource.code,
    )


def _of_agreement(event: EventType, agreement: Agreement, **facts: Any) -> None:
    publish(
        type=event,
        subject=agreement.number,
        url=agreement.get_absolute_url(),
        departments=[agreement.requester_id, agreement.provider_id],
        state=agreement.state,
        resource=agreement.resource.code,
        **facts,
    )
