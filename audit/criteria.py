"""What one looks for in the trail."""

import base64
import binascii
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from audit import actions, related
from audit.models import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All that is given must hold.

    `actor` and `target` are exact ("person:12", "catalog.resource:7"); `about` is a target with what hangs on
    it (see `related`), `seen` leaves only acts by which somebody came to see data; `person`, `department` and
    `text` are words found in names, labels or data; both dates count in full.
    """

    person: str = ""
    department: str = ""
    text: str = ""
    action: str = ""
    result: str = ""
    date_from: date | None = None
    date_to: date | None = None
    request_id: str = ""
    actor: str = ""
    target: str = ""
    department_id: int | None = None
    about: str = ""
    seen: bool = False

    def given(self) -> dict[str, Any]:
        """Only what is looked for, as the trail keeps it."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in every.items() if value not in ("", None, False)}

    @property
    def reads_entries(self) -> bool:
        """Whether words are looked for that no index knows, in entries that no index narrows down."""
        has_words = bool(self.person or self.department or self.text)
        return has_words and not (self.actor or self.target or self.about or self.request_id)

    @property
    def begins(self) -> datetime | None:
        return _midnight(self.date_from) if self.date_from else None

    @property
    def ends(self) -> datetime | None:
        return _midnight(self.date_to + timedelta(days=1)) if self.date_to else None

    def condition(self) -> Q:
        """Needs the annotation `data_text` (see `selectors`) when `text` is given."""
        wanted = Q()
        if self.person:
            wanted &= Q(actor_name__icontains=self.person) | Q(actor_id=self.person)
        if self.department:
            wanted &= Q(department_name__icontains=self.department)
        if self.text:
            wanted &= (
                Q(target_label__icontains=self.text)
                | Q(target_id=self.text)
                | Q(data_text__icontains=self.text)
            )
        for name in ("action", "result", "request_id"):
            if value := getattr(self, name):
                wanted &= Q(**{name: value})
        if self.begins:
            wanted &= Q(at__gte=self.begins)
        if self.ends:
            wanted &= Q(at__lt=self.ends)
        if self.actor:
            kind, _, key = self.actor.partition(":")
            wanted &= Q(actor_kind=kind, actor_id=key)
        if self.target:
            kind, _, key = self.target.partition(":")
            wanted &= Q(target_type=kind, target_id=key)
        if self.about:
            kind, _, key = self.about.partition(":")
            wanted &= related.about(kind, key)
        if self.seen:
            wanted &= Q(action__in=actions.data_seen())
        if self.department_id is not None:
            wanted &= Q(department_ids__contains=[self.department_id])
        return wanted


DATA_TEXT = Cast("data", TextField())


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order of the trail, newest first; `newer` looks back towards the beginning."""

    at: datetime
    id: int
    newer: bool = False

    @classmethod
    def of(cls, entry: Entry, *, newer: bool) -> Self:
        return cls(entry.at, entry.pk, newer)

    @classmethod
    def read(cls, words: str) -> Self | None:
        """The cursor that `str()` made, or None for anything else."""
        try:
            side, at, key = base64.urlsafe_b64decode(words.encode()).decode().split("|")
            moment = datetime.fromisoformat(at)
            return cls(moment, int(key), side == "newer") if timezone.is_aware(moment) else None
        except (ValueError, binascii.Error):
            return None

    def __str__(self) -> str:
        side = "newer" if self.newer else "older"
        words = f"{side}|{timezone.localtime(self.at).isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(words.encode()).decode()

    def condition(self) -> Q:
        """Beyond this place. The first part alone is what the index on (at, id) is entered by."""
        if self.newer:
            return Q(at__gte=self.at) & (Q(at__gt=self.at) | Q(id__gt=self.id))
        return Q(at__lte=self.at) & (Q(at__lt=self.at) | Q(id__lt=self.id))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
