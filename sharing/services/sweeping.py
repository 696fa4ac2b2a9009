"""What the portal does by itself: terms that end, data that is there, clocks that have passed."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

import audit.services
from audit.models import Result
from sharing import deadlines
from sharing.models import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementState,
    Deadline,
)

from . import agreements

BATCH = 500


@dataclass(frozen=True, slots=True)
class Swept:
    expired: int
    activated: int
    overdue: int
    recomputed: int


def sweep() -> Swept:
    """One round. Each row in a transaction of its own, so one fault holds up nothing else; may run twice."""
    today = deadlines.today()
    over = Agreement.objects.filter(state__in=LIVE_AGREEMENT, ends_on__lt=today)[:BATCH]
    expired = sum(agreements.expire(agreement=one, today=today) for one in over)
    return Swept(
        expired=expired,
        activated=_activate_ready(),
        overdue=_note_overdue(),
        recomputed=_recompute_provisional(),
    )


def _activate_ready() -> int:
    """Open what was agreed before its rows had come; skip what has been opened meanwhile."""
    ready = Agreement.objects.filter(
        state=AgreementState.PENDING,
        resource__rows_changed_at__isnull=False,
        resource__state="published",
        ends_on__gte=deadlines.today(),
    ).values_list("pk", flat=True)[:BATCH]
    opened = 0
    for pk in ready:
        with transaction.atomic():
            held = agreements.locked(pk)
            if held.state == AgreementState.PENDING:
                agreements.activate(agreement=held, by=None)
                opened += 1
    return opened


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
    """Dates that were counted without a published calendar, once it is there."""
    provisional = Deadline.objects.filter(
        provisional=True, met_at=None, cancelled_at=None
    ).values_list("pk", flat=True)[:BATCH]
    moved = 0
    for pk in provisional:
        with transaction.atomic():
            clock = (
                Deadline.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("request__resource")
                .filter(pk=pk, met_at=None, cancelled_at=None)
                .first()
            )
            moved += clock is not None and deadlines.recompute(clock)
    return moved
