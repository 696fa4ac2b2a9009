from dataclasses import dataclass

from django.db.models import QuerySet

from portal.clocks.models import Notice, NoticePreference, Posting
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


def posting_of(user: User) -> str:
    chosen = NoticePreference.objects.filter(user=user).values_list("posting", flat=True).first()
    return chosen or Posting.AT_ONCE
