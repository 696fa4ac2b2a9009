"""A legal clock as a row: computed once, kept with all that it was computed from.

Whoever runs clocks makes a table of them from `Clock`; the arithmetic is in this package alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.workdays import add_working_days

BATCH = 500
RUNNING = Q(met_at=None, cancelled_at=None)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as the Decree states it: so many working days, in such an article."""

    rule: str
    kind: str
    working_days: int
    article: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a clock was counted to before it was counted anew."""

    due: date
    calendar_version: str


class Clock(models.Model):
    """One running of a statutory limit; day 0 is `started_on`, `due` is the last day of the limit."""

    started_on = models.DateField(_("clock started"))
    limit_days = models.PositiveSmallIntegerField(_("working days"))
    extension_days = models.PositiveSmallIntegerField(_("extension, working days"), default=0)
    calendar_version = models.CharField(_("calendar"), max_length=200)
    due = models.DateField(_("due"))
    provisional = models.BooleanField(_("provisional"), default=False)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("no longer runs"), null=True, blank=True)
    overdue_noted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_met(self) -> bool:
        return self.met_at is not None

    @property
    def is_running(self) -> bool:
        return self.met_at is None and self.cancelled_at is None

    @property
    def is_met_late(self) -> bool:
        """Whether the duty was done, but after its last day."""
        return self.met_at is not None and legal_day(self.met_at) > self.due

    @property
    def legal(self) -> bool:
        """Whether the law sets the limit; a platform target would say no."""
        return True

    def count(self) -> Counted | None:
        """Set the due date by the calendar in force; return what stood before when that differs.

        Unsaved. None as well for a clock that was never counted.
        """
        end = add_working_days(self.started_on, self.limit_days + self.extension_days)
        before = None
        if self.calendar_version and self.calendar_version != end.calendar_version:
            before = Counted(self.due, self.calendar_version)
        self.due = end.date
        self.calendar_version = end.calendar_version
        self.provisional = end.provisional
        return before


C = TypeVar("C", bound=Clock)


def today() -> date:
    """The day by which the law counts: that of the portal's own time zone, Asia/Shanghai."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def legal_day(at: datetime) -> date:
    """The day on which `at` lies, as the law counts."""
    return timezone.localdate(at, timezone=timezone.get_default_timezone())


def note_overdue(clocks: "QuerySet[C]", *, note: Callable[[C], None]) -> int:
    """Mark each passed clock once and call `note` in the same transaction; return how many.

    Each in a transaction of its own, so a sweep that is killed goes on where it stopped; a clock that
    another holds is left for the next round.
    """
    passed = clocks.filter(RUNNING, due__lt=today(), overdue_noted_at=None)
    noted = 0
    for pk in list(passed.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            clock = _held(clocks.filter(overdue_noted_at=None), pk)
            if clock is None:
                continue
            clock.overdue_noted_at = timezone.now()
            clock.save(update_fields=["overdue_noted_at"])
            note(clock)
            noted += 1
    return noted


def recount_provisional(clocks: "QuerySet[C]", *, recount: Callable[[C], bool]) -> int:
    """Dates that were counted without a published calendar, once it is there; return how many moved.

    In no order, so that those whose calendar is still awaited do not keep the others from their turn.
    """
    provisional = clocks.filter(RUNNING, provisional=True).order_by("?")
    moved = 0
    for pk in list(provisional.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            clock = _held(clocks, pk)
            moved += clock is not None and recount(clock)
    return moved


def _held(clocks: "QuerySet[C]", pk: int) -> C | None:
    running = clocks.select_for_update(of=("self",), skip_locked=True)
    return running.filter(RUNNING, pk=pk).first()
