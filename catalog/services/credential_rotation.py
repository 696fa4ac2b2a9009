"""All sealed secrets under the newest key, so that an older one can be thrown away."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Model

from audit.services import record
from catalog.models import PublishedInterface, Source
from portal.common.sealing import SealBroken, resealed
from portal.webhooks.models import Endpoint

Holders = list[tuple[Model, tuple[str, ...]]]
_others: list[Callable[[], Holders]] = []


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were sealed anew, how many were so already, and what no key opens."""

    resealed: int
    current: int
    unreadable: tuple[str, ...]


def also(holders: Callable[[], Holders]) -> None:
    """An app above names what of its own holds secrets, locked, and the fields in which it does."""
    _others.append(holders)


@transaction.atomic
def rotate_credentials() -> Rotated:
    """Seal the secrets of all sources, targets, interfaces and webhooks anew; the trail says whose alone.

    All or nothing, and again without harm. What no key opens stays as it is, for its key may come
    back. Under the locks a secret that is being changed is waited for. Rows in quarantine, of which
    there may be very many, are `quarantine_rotation`'s.
    """
    done = current = 0
    unreadable: list[str] = []
    for held, names in _holders():
        changed = []
        for name in names:
            sealed = getattr(held, name)
            if not sealed:
                continue
            try:
                new = resealed(sealed)
            except SealBroken:
                unreadable.append(f"{held._meta.label} {held.pk}")
                continue
            if new is None:
                current += 1
                continue
            setattr(held, name, new)
            changed.append(name)
        if changed:
            done += len(changed)
            # No version: nothing that anybody has read of it is other than it was.
            held.save(update_fields=changed)
            record(actor=None, action="catalog.credential.reseal", target=held)
    return Rotated(resealed=done, current=current, unreadable=tuple(unreadable))


def _holders() -> Holders:
    """What holds secrets, locked, and the fields in which it does."""
    sources = Source.objects.select_for_update().order_by("pk")
    interfaces = (
        PublishedInterface.objects.select_for_update(of=("self",))
        .select_related("resource")
        .order_by("pk")
    )
    webhooks = Endpoint.objects.select_for_update().order_by("pk")
    return [
        *((source, ("sealed_password",)) for source in sources),
        *(one for others in _others for one in others()),
        *((interface, ("sealed_headers",)) for interface in interfaces),
        *((webhook, ("sealed_secret", "earlier_secret")) for webhook in webhooks),
    ]
