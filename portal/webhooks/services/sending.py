"""Sending what waits: each delivery by one worker at a time, tried again until it is given up."""

import json
import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

import audit.services
from audit.models import Result
from portal.common import webhook_signatures as signing
from portal.common.calling import Answer, post
from portal.common.sealing import SealBroken, unseal
from portal.webhooks.models import Delivery, DeliveryState, Endpoint, Event

logger = structlog.get_logger(__name__)
LEASE = timedelta(minutes=2)
AT_ONCE = 500
# Between the attempts; after the last one the delivery is given up.
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60)
)


def due() -> list[int]:
    """The deliveries that may be tried now, oldest first."""
    found = Delivery.objects.filter(
        state=DeliveryState.WAITING,
        next_at__lte=timezone.now(),
        endpoint__is_on=True,
        endpoint__disabled_at=None,
        endpoint__removed_at=None,
        endpoint__system__is_active=True,
    )
    return list(found.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def send(*, delivery_id: int, at_any_time: bool = False) -> Delivery | None:
    """Try one delivery, unless it is somebody else's at the moment, done, or not due yet.

    `at_any_time` is for a test that a person waits for: it is tried whatever the endpoint's state.
    """
    held = _claim(delivery_id, at_any_time=at_any_time)
    if held is None:
        return None
    answer = _call(held)
    return _settle(held, answer)


def purge() -> int:
    """Forget events older than `WEBHOOK_KEPT_DAYS`, with their deliveries; how many events."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_KEPT_DAYS)
    _rows, kinds = Event.objects.filter(at__lt=before).delete()
    return kinds.get(Event._meta.label, 0)


@transaction.atomic
def _claim(delivery_id: int, *, at_any_time: bool) -> Delivery | None:
    now = timezone.now()
    found = Delivery.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "endpoint__system", "event"
    )
    found = found.filter(pk=delivery_id, state=DeliveryState.WAITING, next_at__lte=now)
    if not at_any_time:
        found = found.filter(
            endpoint__is_on=True,
            endpoint__disabled_at=None,
            endpoint__removed_at=None,
            endpoint__system__is_active=True,
        )
    held = found.first()
    if held is not None:
        held.attempts += 1
        held.next_at = now + LEASE
        held.save(update_fields=["attempts", "next_at"])
    return held


def _call(held: Delivery) -> Answer:
    try:
        secrets = [unseal(one) for one in held.endpoint.secrets_at(timezone.now())]
    except SealBroken:
        return Answer(None, "secret_unreadable", 0)
    body = json.dumps(held.event.payload, ensure_ascii=False).encode()
    now, key = int(time.time()), str(held.event_id)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "government-data-sharing-portal",
        "webhook-id": key,
        "webhook-timestamp": str(now),
        "webhook-signature": signing.signatures(secrets, event_id=key, timestamp=now, body=body),
    }
    return post(held.endpoint.url, body, headers)


@transaction.atomic
def _settle(held: Delivery, answer: Answer) -> Delivery:
    now = timezone.now()
    held.status, held.error, held.milliseconds = answer.status, answer.error, answer.milliseconds
    held.tried_at = now
    endpoint = (
        Endpoint.objects.select_for_update(of=("self",))
        .select_related("system")
        .get(pk=held.endpoint_id)
    )
    if not answer.error:
        held.state, held.delivered_at = DeliveryState.DELIVERED, now
        Endpoint.objects.filter(pk=endpoint.pk).exclude(failures=0).update(failures=0)
    else:
        _wait(held, endpoint)
        _count_failure(endpoint)
    held.save()
    return held


def _wait(held: Delivery, endpoint: Endpoint) -> None:
    if held.attempts <= len(WAITS):
        held.next_at = timezone.now() + WAITS[held.attempts - 1]
        return
    held.state = DeliveryState.FAILED
    audit.services.record(
        actor=None,
        action="webhooks.delivery.fail",
        target=endpoint,
        result=Result.FAILED,
        event=str(held.event_id),
        attempts=held.attempts,
    )


def _count_failure(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=F("failures") + 1)
    failures = endpoint.failures + 1
    if failures < settings.WEBHOOK_MOST_FAILURES or endpoint.disabled_at is not None:
        return
    Endpoint.objects.filter(pk=endpoint.pk).update(
        disabled_at=timezone.now(), version=F("version") + 1
    )
    logger.warning("webhook_disabled", endpoint=endpoint.pk, failures=failures)
    audit.services.record(
        actor=None,
        action="webhooks.endpoint.fail",
        target=endpoint,
        result=Result.FAILED,
        failures=failures,
    )
