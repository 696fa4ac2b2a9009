"""How far sealing and witnessing are behind, and whether data may still leave meanwhile."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import witnesses
from audit.models import Entry, TreeHead, WitnessState
from portal.common.errors import DomainError

RETRY_AFTER = 10

# Committed, and seen by no seal. The oldest transactions come first.
UNSEALED = """
SELECT count(*), min(at) FROM audit_entry
WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(then)s::pg_snapshot)))
   OR xid >= pg_snapshot_xmax(%(then)s::pg_snapshot)
"""

OLDER = """
SELECT EXISTS (
    SELECT FROM audit_entry
    WHERE (xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(then)s::pg_snapshot)))
           OR xid >= pg_snapshot_xmax(%(then)s::pg_snapshot))
      AND at < %(before)s
)
"""
# What a trail without a head has sealed: nothing.
NOTHING = "1:1:"


class TrailBehind(DomainError):
    """Nothing may leave the portal that the trail cannot vouch for."""

    code = "audit_behind"
    status = 503


@dataclass(frozen=True, slots=True)
class Standing:
    """`lag` is how long the oldest unsealed entry has waited, or since the last seal when that is shorter:
    an act that commits after an hour waits from then on. `oldest` is None when nothing waits.
    """

    head: TreeHead | None
    unsealed: int
    oldest: datetime | None
    lag: timedelta


def standing() -> Standing:
    head = TreeHead.objects.order_by("-number").first()
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, {"then": head.snapshot if head else NOTHING})
        unsealed, oldest = cursor.fetchone() or (0, None)
    lag = timedelta()
    if oldest is not None:
        since = max(oldest, head.at) if head else oldest
        lag = max(timezone.now() - since, timedelta())
    return Standing(head, unsealed, oldest, lag)


def enforce_sealed() -> None:
    """Raise `TrailBehind` when the policy says that data may not leave now: see `AUDIT_STOP_AFTER`.

    Costs nothing while the policy is off, and one or two reads of an index while it is on.
    """
    if not settings.AUDIT_STOP_AFTER:
        return
    if why := _behind(timezone.now() - timedelta(seconds=settings.AUDIT_STOP_AFTER)):
        raise TrailBehind(why, retry_after=RETRY_AFTER)


def _behind(before: datetime) -> str:
    """Why nothing may leave, in words; empty when all that is older than `before` is sealed and witnessed."""
    head = TreeHead.objects.order_by("-number").first()
    if head is None or head.at < before:
        with connection.cursor() as cursor:
            given: dict[str, str | datetime] = {
                "then": head.snapshot if head else NOTHING,
                "before": before,
            }
            cursor.execute(OLDER, given)
            if (cursor.fetchone() or (False,))[0]:
                return _(
                    "Data cannot be delivered at the moment: sealing of the audit trail is behind."
                    " It goes on by itself as soon as the trail is sealed."
                )
    for witness in witnesses.configured():
        state = WitnessState.objects.filter(name=witness.name).first()
        if state and state.forked:
            return _(
                "Data cannot be delivered: a witness holds other heads of the audit trail than this portal."
                " The audit administrator must find out why."
            )
        acknowledged = state.head if state else 0
        if TreeHead.objects.filter(number=acknowledged + 1, at__lt=before).exists():
            return _(
                "Data cannot be delivered at the moment: a witness of the audit trail has not confirmed it."
                " It goes on by itself as soon as the witness is reached."
            )
    return ""


def last_verification() -> Entry | None:
    return Entry.objects.filter(action="audit.verify").order_by("-at", "-id").first()
