"""What people do about a case: take it up, note, close it as a true or a false alarm, open it again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from portal.common.errors import Invalid, NotFound, StaleVersion
from portal.organisation.models import User
from portal.watching.models import Alert, CaseMove, CaseStep
from portal.watching.permissions import may_work_on
from portal.watching.workflow import CLOSED, WORDS_NEEDED, next_state
from sharing.services.words import said


@transaction.atomic
def look(*, alert: Alert, version: int, words: str = "", by: User) -> Alert:
    """Say that somebody is at it."""
    return _move(alert, CaseMove.LOOK, version, words, by)


@transaction.atomic
def note(*, alert: Alert, version: int, words: str, by: User) -> Alert:
    """Add words to the record; the case stays where it is."""
    return _move(alert, CaseMove.NOTE, version, words, by)


@transaction.atomic
def confirm(*, alert: Alert, version: int, words: str, by: User) -> Alert:
    """Close it as a true alarm. What follows for the agreement is decided there."""
    return _move(alert, CaseMove.CONFIRM, version, words, by)


@transaction.atomic
def dismiss(*, alert: Alert, version: int, words: str, by: User) -> Alert:
    """Close it as a false alarm, with what explains it."""
    return _move(alert, CaseMove.DISMISS, version, words, by)


@transaction.atomic
def reopen(*, alert: Alert, version: int, words: str, by: User) -> Alert:
    return _move(alert, CaseMove.REOPEN, version, words, by)


def _move(alert: Alert, how: CaseMove, version: int, words: str, by: User) -> Alert:
    held = (
        Alert.objects.permitted(by)
        .select_for_update(of=("self",))
        .select_related("agreement")
        .filter(pk=alert.pk)
        .first()
    )
    if held is None:
        raise NotFound(_("There is no such alert."))
    may_work_on(by, held).enforce()
    if version != held.version:
        raise StaleVersion(_("Somebody has worked on the case since. Look at it first."))
    before = held.state
    after = next_state(before, how)
    told = said(words, "words")
    if how in WORDS_NEEDED and not told:
        wrong = _("Write what you found.")
        raise Invalid(wrong, fields={"words": [wrong]})
    held.state = after
    held.version += 1
    if how != CaseMove.NOTE:
        held.closed_at = timezone.now() if after in CLOSED else None
    held.save(update_fields=["state", "version", "closed_at"])
    CaseStep.objects.create(alert=held, move=how, by=by, words=told)
    audit.services.record(
        actor=by,
        action=f"watching.case.{how}",
        target=held,
        rule=held.rule,
        before=before,
        after=after,
        words=told,
    )
    return held
