"""What the portal does by itself: terms that end, data that is there, clocks that have passed."""

from dataclasses import dataclass

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

import audit.services
from audit.models import Result
from catalog.store.errors import StoreRefusal
from portal.common.errors import DomainError
from sharing import deadlines
from sharing.models import LIVE_AGREEMENT, Agreement, AgreementState, Deadline

from . import agreements

logger = structlog.get_logger(__name__)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    expired: int
    activated: int
    overdue: int
    recomputed: int


def sweep() -> Swept:
    """One round. Each row in a transaction of its own, so one fault holds up nothing else; may run twice."""
    return Swept(
        expired=_expire_over(),
        activated=_activate_ready(),
        overdue=_note_overdue(),
        recomputed=_recompute_provisional(),
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
    ready = Agreement.objects.filter(
        state=AgreementState.PENDING,
        resource__rows_changed_at__isnull=False,
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


def _note_overdue() -> int:
    """Note each passed deadline in the trail, once."""
    passed = Deadline.objects.filter(
        due__lt=deadlines.today(), met_at=None, cancelled_at=None, overdue_noted_at=None
    ).values_list("pk", flat=True)[:BATCH]
    noted = 0
    for pk in passed:
        with transaction.atomic():
            clock = (
                Deadline.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("request__resource")
                .filter(pk=pk, met_at=None, cancelled_at=None, overdue_noted_at=None)
                .first()
            )
            if clock is None:
                continue
            clock.overdue_noted_at = timezone.now()
            clock.save(update_fields=["overdue_noted_at"])
            audit.services.record(
                actor=None,
                action="sharing.deadline.overdue",
                target=clock.request,
                result=Result.FAILED,
                rule=clock.rule,
                kind=clock.kind,
                due=clock.due,
            )
            noted += 1
    return noted


def _recompute_provisional() -> int:
    """Dates that were counted without a published calendar, once it is there.

    In no order, so that those whose calendar is still awaited do not keep the others from their turn.
    """
    provisional = Deadline.objects.filter(
        provisional=True, met_at=None, cancelled_at=None
    ).order_by("?")
    moved = 0
    for pk in provisional.values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            clock = (
                Deadline.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("request__resource")
                .filter(pk=pk, met_at=None, cancelled_at=None)
                .first()
            )
            moved += clock is not None and deadlines.recompute(clock)
    return moved
