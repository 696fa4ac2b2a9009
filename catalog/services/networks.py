"""The networks that sources may lie in: opened and closed by the security administrator."""

import ipaddress

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import AllowedNetwork
from catalog.sources.network import NEVER
from catalog.sources.permissions import may_open_networks
from portal.common.errors import Invalid, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import User

LONGEST_REASON = 300
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@transaction.atomic
def open_network(*, network: str, reason: str, by: User) -> AllowedNetwork:
    """Let sources lie in this network from now on. Raises Invalid where that must never be."""
    may_open_networks(by).enforce()
    parsed = _parsed(network)
    why = _stated(reason)
    # Of two administrators who open the same network at once, the second waits here and is told.
    list(AllowedNetwork.objects.select_for_update().filter(removed_at__isnull=True))
    if AllowedNetwork.objects.filter(network=str(parsed), removed_at__isnull=True).exists():
        raise _wrong("network", _("This network is open already."))
    made = AllowedNetwork.objects.create(network=str(parsed), reason=why, added_by=by)
    record(actor=by, action="catalog.network.open", target=made, network=str(parsed), reason=why)
    return made


@transaction.atomic
def close_network(*, network: AllowedNetwork, reason: str, by: User) -> AllowedNetwork:
    """Let no connection into this network any more; one under way is not cut."""
    may_open_networks(by).enforce()
    why = _stated(reason)
    held = AllowedNetwork.objects.select_for_update(of=("self",)).get(pk=network.pk)
    if held.removed_at is not None:
        raise WrongState(_("This network was closed already."))
    held.removed_at = timezone.now()
    held.removed_by = by
    held.removal_reason = why
    held.save(update_fields=["removed_at", "removed_by", "removal_reason"])
    record(actor=by, action="catalog.network.close", target=held, network=held.network, reason=why)
    return held


def _parsed(text: str) -> Network:
    try:
        parsed = ipaddress.ip_network(text.strip())
    except ValueError:
        raise _wrong(
            "network", _("Enter a network such as 10.20.0.0/16; an address alone is /32.")
        ) from None
    if not any(_lies_in(parsed, bound) for bound in settings.SOURCE_NETWORKS_BOUND):
        raise _wrong("network", _("The installation allows no sources in this network."))
    if any(parsed.version == one.version and parsed.overlaps(one) for one in NEVER):
        raise _wrong(
            "network",
            _("It holds addresses that no source may have: link-local, multicast or unspecified."),
        )
    return parsed


def _lies_in(inner: Network, bound: str) -> bool:
    outer = ipaddress.ip_network(bound)
    return (
        inner.version == outer.version
        and inner.network_address in outer
        and inner.broadcast_address in outer
    )


def _stated(reason: str) -> str:
    why = " ".join(reason.split())
    if not why:
        raise _wrong("reason", _("State the reason."))
    if len(why) > LONGEST_REASON or fault_of(why):
        raise _wrong("reason", _("Write at most 300 characters of plain text."))
    return why


def _wrong(field: str, words: str) -> Invalid:
    return Invalid(_("The input has errors."), fields={field: [words]})
