"""More time for an answer: at most ten working days, by consent, and the requester is told (Art. 21)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from portal.clocks.services import running
from portal.common.errors import Invalid, WrongState
from portal.organisation.models import User
from sharing import deadlines, permissions
from sharing.models import MOST_EXTENSION_DAYS, AnswerExtension, SharingRequest
from sharing.services.words import said, stated
from sharing.workflow import Move, check_version, locked, move


@transaction.atomic
def ask(
    *, request: SharingRequest, version: int, days: int, opinion: str, by: User
) -> SharingRequest:
    """Ask the competent department, before the answer is due; the clock goes on until it consents."""
    held = locked(request.pk)
    permissions.may_ask_extension(by, held).enforce()
    check_version(held, version)
    _days("days", days, MOST_EXTENSION_DAYS)
    why = stated(opinion)
    moved = move(held.pk, Move.ASK_EXTENSION, by=by, opinion=why, days=days)
    clock = deadlines.running_answer_clock(moved)
    if clock is not None and not (in_time := permissions.may_still_be_extended(clock)):
        raise WrongState(in_time.reason)
    AnswerExtension.objects.create(request=moved, by=by, days=days, words=why)
    return moved


@transaction.atomic
def decide(
    *,
    request: SharingRequest,
    version: int,
    is_granted: bool,
    days: int | None = None,
    opinion: str = "",
    by: User,
) -> SharingRequest:
    """Consent to all the days asked for or fewer, or refuse with reasons. The requester is told."""
    held = locked(request.pk)
    permissions.may_decide_extension(by, held).enforce()
    check_version(held, version)
    asked = AnswerExtension.objects.select_for_update().get(request=held, decided_at=None)
    granted = (asked.days if days is None else days) if is_granted else 0
    if is_granted:
        _days("days", granted, asked.days)
    words = said(opinion) if is_granted else stated(opinion)
    how = Move.EXTEND if is_granted else Move.DENY_EXTENSION
    moved = move(held.pk, how, by=by, opinion=words, days=granted)
    asked.granted_days, asked.opinion = granted, words
    asked.decided_by, asked.decided_at = by, timezone.now()
    asked.save()
    clock = deadlines.running_answer_clock(moved)
    if granted and clock is not None:
        running.extend(clock, granted)
    return moved


@transaction.atomic
def acknowledge(*, request: SharingRequest, version: int | None = None, by: User) -> None:
    """The requester has read that the answer takes longer."""
    held = locked(request.pk)
    permissions.may_dispute(by, held).enforce()
    check_version(held, version)
    told = AnswerExtension.objects.select_for_update().filter(request=held, granted_days__gt=0)
    extension = told.first()
    if extension is None:
        raise WrongState(_("The answer was not extended."))
    if extension.acknowledged_at is None:
        extension.acknowledged_at = timezone.now()
        extension.save(update_fields=["acknowledged_at"])
        audit.services.record(actor=by, action="sharing.request.acknowledge", target=held)


def _days(field: str, days: int, most: int) -> None:
    if not 1 <= days <= most:
        words = _("One to %(most)s working days.") % {"most": most}
        raise Invalid(_("The extension has errors."), fields={field: [words]})
