"""Pushes: asked for by a person or their schedule, sent to workers, found again when one has died."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

import audit.services
from catalog.sources import lock
from catalog.sources.schedule import schedule_of
from portal.common.errors import NotAllowed, NotFound, WrongState
from portal.organisation.models import User
from sharing import permissions
from sharing.models import (
    PUSHES_UNDER_WAY,
    Agreement,
    AgreementState,
    Push,
    PushMode,
    PushSchedule,
    PushState,
    PushTarget,
    WhyWhole,
)

TASK = "sharing.push"
LOST_AFTER = timedelta(minutes=2)
MOST_AT_ONCE = 200


@transaction.atomic
def start(*, agreement: Agreement, by: User, is_whole: bool = False) -> Push:
    """Ask for a push now; `is_whole`: of all rows, whatever the mode. Raises WrongState beside another."""
    permissions.may_set_up_push(by, agreement).enforce()
    ended = permissions.why_ended(agreement)
    if ended is not None:
        raise NotAllowed(ended.reason)
    target = locked_target(agreement)
    if target.pushes.filter(state__in=PUSHES_UNDER_WAY).exists():
        raise WrongState(_("A push into this table is under way already."), code="push_under_way")
    return _queue(target, by=by, is_whole=is_whole)


@transaction.atomic
def tick(*, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Queue the pushes that are due, of agreements that let rows out; how many schedules were due.

    One whose last push is still under way is due again at its next time. May run twice, and beside
    itself.
    """
    due = list(
        PushSchedule.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(next_due_at__lte=now)
        .select_related("target__agreement__requester__region")
        .order_by("next_due_at")[:most]
    )
    for timing in due:
        target = timing.target
        region = target.agreement.requester.region.code
        timing.next_due_at = schedule_of(target).next_after(now, salt=target.pk, region=region)
        timing.save(update_fields=["next_due_at"])
        held = PushTarget.objects.select_for_update(of=("self",)).get(pk=target.pk)
        is_open = target.agreement.state == AgreementState.ACTIVE and held.removed_at is None
        if is_open and not held.pushes.filter(state__in=PUSHES_UNDER_WAY).exists():
            _queue(held, by=None)
    return len(due)


@transaction.atomic
def left_behind(*, now: datetime) -> Sequence[int]:
    """The pushes that need a new message for a worker, marked as sent now."""
    before = now - LOST_AFTER
    found = list(
        Push.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(
            Q(state=PushState.WAITING, sent_at__lte=before)
            | Q(state=PushState.RUNNING)
            | Q(state=PushState.RETRYING, next_attempt_at__lte=before, sent_at__lte=before)
        )
        .exclude(target__in=lock.held_now(kind=lock.PUSHES))
        .values_list("pk", flat=True)
    )
    Push.objects.filter(pk__in=found).update(sent_at=now)
    return found


def locked_target(agreement: Agreement) -> PushTarget:
    """The agreement's target, its row locked. Raises NotFound without one."""
    found = (
        PushTarget.objects.select_for_update(of=("self",))
        .filter(agreement=agreement, removed_at=None)
        .select_related("agreement__requester__region")
        .first()
    )
    if found is None:
        raise NotFound(_("No table is registered into which the rows could be pushed."))
    return found


def _queue(target: PushTarget, *, by: User | None, is_whole: bool = False) -> Push:
    target.last_number += 1
    target.save(update_fields=["last_number"])
    push = Push.objects.create(
        agreement=target.agreement,
        target=target,
        place=str(target),
        count=target.last_number,
        kind=PushMode.FULL if is_whole else target.mode,
        why_whole=WhyWhole.ASKED if is_whole and target.mode != PushMode.FULL else "",
        started_by=by,
    )
    audit.services.record(
        actor=by,
        action="sharing.push.start",
        target=target.agreement,
        push=str(push.number),
        kind=push.kind,
        place=push.place,
    )
    # A broker that is away must not fail what is committed: the sweep sends the push again.
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[push.pk]), robust=True)
    return push
