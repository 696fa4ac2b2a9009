"""Writing down what systems are told, in the transaction of what happened."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.webhooks.models import Delivery, Endpoint, Event, EventType
from portal.webhooks.selectors import listeners
from portal.webhooks.tasks import send_soon


def publish(
    *,
    type: EventType,
    subject: str,
    url: str,
    departments: Iterable[int | None],
    **facts: Any,
) -> Event | None:
    """Tell the systems of these departments that listen to `type`; None when there is none.

    `facts` are numbers, codes and states: never rows, and no words of an opinion. Must run in the
    transaction of the act; is sent after its commit, by the sweep at the latest.
    """
    listening = listeners(type).filter(
        system__department__in=[one for one in departments if one is not None]
    )
    return _written(type, subject, url, list(listening), facts)


def publish_test(endpoint: Endpoint) -> Delivery:
    """A ping for one endpoint, whatever it listens to. Who asks for it sends it too."""
    event = _written(EventType.PING, str(endpoint.pk), endpoint.get_absolute_url(), [endpoint], {})
    return Delivery.objects.get(event=event, endpoint=endpoint)


def _written(
    type: EventType, subject: str, url: str, endpoints: list[Endpoint], facts: dict[str, Any]
) -> Event | None:
    if not endpoints:
        return None
    key, at = uuid.uuid4(), timezone.now()
    payload = {
        "id": str(key),
        "type": type.value,
        "at": at.isoformat(),
        "subject": subject,
        "url": f"{settings.PORTAL_URL}{url}",
        "data": facts,
    }
    event = Event.objects.create(id=key, type=type, subject=subject, payload=payload, at=at)
    made = Delivery.objects.bulk_create(
        Delivery(endpoint=one, event=event, next_at=at) for one in endpoints
    )
    if type != EventType.PING:
        for one in made:
            send_soon(one.pk)
    return event
