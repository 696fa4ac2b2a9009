"""What the portal does by itself: terms that end, data that is there, changes to tell of."""

from dataclasses import dataclass

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q

from catalog.models import SharedFile, SharingMode
from catalog.store.errors import StoreRefusal
from portal.common.errors import DomainError
from sharing import deadlines
from sharing.models import LIVE_AGREEMENT, Agreement, AgreementState

from . import agreements, notices

logger = structlog.get_logger(__name__)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    expired: int
    activated: int
    told: int


def sweep() -> Swept:
    """One round. Each row in a transaction of its own, so one fault holds up nothing else; may run twice."""
    return Swept(
        expired=_expire_over(),
        activated=_activate_ready(),
        told=notices.tell_of_changes(),
    )


def _expire_over() -> int:
    """End the terms that are over. One that cannot be ended now is tried again in the next round."""
    today = deadlines.today()
    over = Agreement.objects.filter(state__in=LIVE_AGREEMENT, ends_on__lt=today).order_by("?")
    expired = 0
    for agreement in over[:BATCH]:
        try:
            expired += agreements.expire(agreement=agreement, today=today)
        except (DomainError, DatabaseError):
            logger.exception("agreement_not_expired", agreement=agreement.number)
    return expired


def _activate_ready() -> int:
    """Open what was agreed before its rows had come; skip what has been opened meanwhile."""
    has_interface = Q(sharing_mode=SharingMode.INTERFACE, resource__interface__is_open=True)
    files = SharedFile.objects.filter(resource=OuterRef("resource"), withdrawn_at=None)
    has_files = Q(Exists(files), sharing_mode=SharingMode.FILE)
    ready = Agreement.objects.filter(
        Q(resource__rows_changed_at__isnull=False) | has_interface | has_files,
        state=AgreementState.PENDING,
        resource__state="published",
        ends_on__gte=deadlines.today(),
    ).order_by("?")
    opened = 0
    for pk in ready.values_list("pk", flat=True)[:BATCH]:
        try:
            opened += _activate_one(pk)
        except (DomainError, StoreRefusal, DatabaseError):
            logger.exception("agreement_not_activated", agreement_id=pk)
    return opened


@transaction.atomic
def _activate_one(pk: int) -> bool:
    held = agreements.locked(pk)
    if held.state != AgreementState.PENDING:
        return False
    agreements.activate(agreement=held, by=None)
    return True
