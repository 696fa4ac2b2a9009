"""What a department does with the webhooks of its systems. A secret is shown once and kept sealed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from portal.common.addresses import NoAddress, checked_address
from portal.common.errors import Invalid, NotFound, StaleVersion, WrongState
from portal.common.sealing import seal
from portal.common.webhook_signatures import new_secret
from portal.organisation.models import InformationSystem, User
from portal.organisation.permissions import may_manage_systems
from portal.webhooks.models import CHOSEN, Delivery, DeliveryState, Endpoint
from portal.webhooks.tasks import send_soon

from . import sending
from .publishing import publish_test

OVERLAP = timedelta(days=1)
EVENTS = [value for value, _label in CHOSEN]


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """`secret` signs what is sent; it is never shown again."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@transaction.atomic
def add(*, system: InformationSystem, url: str, events: Iterable[str], by: User) -> NewEndpoint:
    may_manage_systems(by, system.department).enforce()
    held = InformationSystem.objects.select_for_update().get(pk=system.pk)
    if not held.is_active:
        raise WrongState(_("The system is closed."))
    chosen = _sound(held, url, events)
    secret = new_secret()
    made = Endpoint.objects.create(
        system=held, url=url, events=chosen, sealed_secret=seal(secret), created_by=by
    )
    record(actor=by, action="webhooks.endpoint.add", target=made, url=url, events=chosen)
    return NewEndpoint(made, secret)


@transaction.atomic
def change(
    *, endpoint: Endpoint, version: int, url: str, events: Iterable[str], by: User
) -> Endpoint:
    held = _locked(endpoint, by)
    _check(held, version)
    chosen = _sound(held.system, url, events, but=held)
    held.url, held.events = url, chosen
    return _saved(held, by, "change", url=url, events=chosen)


@transaction.atomic
def rotate(*, endpoint: Endpoint, version: int, is_leaked: bool = False, by: User) -> NewEndpoint:
    """A new secret, from the next attempt on.

    The one before signs beside it for `OVERLAP`, so that the receiver can change over without losing
    an event; one that has leaked signs nothing any more.
    """
    held = _locked(endpoint, by)
    _check(held, version)
    secret = new_secret()
    held.earlier_secret = None if is_leaked else held.sealed_secret
    held.earlier_until = None if is_leaked else timezone.now() + OVERLAP
    held.sealed_secret = seal(secret)
    return NewEndpoint(_saved(held, by, "rotate", is_leaked=is_leaked), secret)


@transaction.atomic
def enable(*, endpoint: Endpoint, version: int, by: User) -> Endpoint:
    """Switch it on, also after the portal has switched it off: what has waited goes out now."""
    held = _locked(endpoint, by)
    _check(held, version)
    if held.is_on and held.disabled_at is None:
        raise WrongState(_("It is switched on."))
    held.is_on, held.disabled_at, held.failures = True, None, 0
    Delivery.objects.filter(endpoint=held, state=DeliveryState.WAITING).update(
        next_at=timezone.now(), attempts=0
    )
    return _saved(held, by, "enable")


@transaction.atomic
def disable(*, endpoint: Endpoint, version: int, by: User) -> Endpoint:
    """Switch it off: what happens from now on is not kept for it."""
    held = _locked(endpoint, by)
    _check(held, version)
    if not held.is_on:
        raise WrongState(_("It is switched off."))
    held.is_on = False
    return _saved(held, by, "disable")


@transaction.atomic
def remove(*, endpoint: Endpoint, version: int, by: User) -> None:
    held = _locked(endpoint, by)
    _check(held, version)
    held.removed_at = timezone.now()
    _saved(held, by, "remove")


def test(*, endpoint: Endpoint, by: User) -> Delivery:
    """Send a ping at once and say what came of it."""
    with transaction.atomic():
        held = _locked(endpoint, by)
        delivery = publish_test(held)
        record(actor=by, action="webhooks.endpoint.test", target=held)
    sending.send(delivery_id=delivery.pk, at_any_time=True)
    delivery.refresh_from_db()
    # A test is tried once, while somebody looks.
    Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING).update(
        state=DeliveryState.FAILED
    )
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def replay(*, endpoint: Endpoint, delivery: int, by: User) -> Delivery:
    """Send an event again that was delivered or given up: the same words under the same id."""
    held = _locked(endpoint, by)
    found = Delivery.objects.select_for_update().filter(pk=delivery, endpoint=held).first()
    if found is None:
        raise NotFound(_("There is no such delivery."))
    if found.state == DeliveryState.WAITING:
        raise WrongState(_("It waits to be sent already."))
    found.state, found.attempts, found.next_at = DeliveryState.WAITING, 0, timezone.now()
    found.delivered_at = None
    found.save()
    record(actor=by, action="webhooks.delivery.replay", target=held, event=str(found.event_id))
    send_soon(found.pk)
    return found


def _locked(endpoint: Endpoint, by: User) -> Endpoint:
    held: Endpoint = (
        Endpoint.objects.select_for_update(of=("self",))
        .select_related("system__department")
        .get(pk=endpoint.pk)
    )
    may_manage_systems(by, held.system.department).enforce()
    if held.removed_at is not None:
        raise WrongState(_("The webhook is removed."))
    return held


def _check(held: Endpoint, version: int) -> None:
    if held.version != version:
        raise StaleVersion(_("The webhook has changed since you opened it. Look at it again."))


def _saved(held: Endpoint, by: User, how: str, **facts: Any) -> Endpoint:
    held.version += 1
    held.save()
    record(actor=by, action=f"webhooks.endpoint.{how}", target=held, **facts)
    return held


def _sound(
    system: InformationSystem, url: str, events: Iterable[str], *, but: Endpoint | None = None
) -> list[str]:
    wrong: dict[str, list[str]] = {}
    if words := _fault(url):
        wrong["url"] = [words]
    else:
        same = Endpoint.objects.filter(system=system, url=url, removed_at=None)
        if (same.exclude(pk=but.pk) if but else same).exists():
            wrong["url"] = [_("The system has a webhook with this address already.")]
    chosen = sorted(set(events))
    if not chosen or not set(chosen) <= set(EVENTS):
        wrong["events"] = [_("Choose one event or more.")]
    if wrong:
        raise Invalid(_("The webhook has errors."), fields=wrong)
    return chosen


def _fault(url: str) -> str:
    schemes = ["https"] if settings.WEBHOOK_HTTPS_ONLY else ["http", "https"]
    try:
        URLValidator(schemes=schemes)(url)
        parts = urlsplit(url)
        port = parts.port or 443
    except (ValidationError, ValueError):
        if settings.WEBHOOK_HTTPS_ONLY:
            return _("Give a full address that begins with https://.")
        return _("Give a full address that begins with http:// or https://.")
    if parts.username or parts.password or parts.fragment or len(url) > 500:
        return _("Give an address without a name, a password or a fragment.")
    try:
        checked_address(parts.hostname or "", port, settings.WEBHOOK_ALLOWED_NETWORKS)
    except NoAddress as refusal:
        return {
            "host_unknown": _("There is no host of this name."),
            "unreachable": _("The name server does not answer: try again later."),
            "network_not_allowed": _("The portal may not call into this network."),
        }[refusal.code]
    return ""
