from dataclasses import dataclass

from django.db.models import QuerySet

from portal.clocks.models import Notice, NoticePreference
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class Counts:
    unread: int
    all: int


def notices_for(user: User, *, unread_only: bool = False) -> "QuerySet[Notice]":
    """The person's own, newest first."""
    found = Notice.objects.filter(recipient=user)
    return found.filter(read_at=None) if unread_only else found


def counts_for(user: User) -> Counts:
    own = Notice.objects.filter(recipient=user).order_by()
    return Counts(unread=own.filter(read_at=None).count(), all=own.count())


def choices_of(user: User) -> dict[str, str | bool]:
    """What the person has chosen of e-mails: how notices come, and whether tasks do."""
    chosen = NoticePreference.objects.filter(user=user).first() or NoticePreference()
    return {"posting": chosen.posting, "tasks": chosen.tasks}
