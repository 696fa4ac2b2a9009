"""A legal clock as a row: computed once, kept with all that it was computed from.

Whoever runs clocks makes a table of them from `Clock`; the arithmetic is in this package alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .calendar import Calendar, DueDate
from .current import calendar_now

RUNNING = Q(met_at=None, cancelled_at=None)
# What may be due: a clock that is stopped has no last day until it goes on.
TICKING = RUNNING & Q(paused_on=None)


class Unit(models.TextChoices):
    """What a limit is counted in. The Decree counts in working days alone."""

    WORKING_DAY = "working_day", _("working days")
    DAY = "day", _("days")


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: so many days, in such an article; an article of None is a target of the platform."""

    rule: str
    kind: str
    working_days: int
    article: int | None
    unit: str = Unit.WORKING_DAY


class Pause(TypedDict):
    """A time in which a clock stood: ISO dates, `until` None while it stands, and why."""

    since: str
    until: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Span:
    """All that a due date is counted from, but the calendar. `pauses` are over and in order."""

    start: date
    days: int
    unit: str = Unit.WORKING_DAY
    region: str = ""
    pauses: tuple[tuple[date, date], ...] = ()


def due_date(calendar: Calendar, span: Span) -> DueDate:
    """The last day of the limit.

    The day on which a clock is stopped still counts, like any day before; the day on which it goes
    on does not, like every day on which something is received. So a pause moves the date by the days
    after its first up to and including its last. One that began after the last day moves nothing.
    """
    days = span.days
    end = _end(calendar, span, days)
    for since, until in span.pauses:
        if since < end.date:
            begun = max(since, span.start)
            days += max(_between(calendar, span, begun, until), 0)
            end = _end(calendar, span, days)
    return end


def _end(calendar: Calendar, span: Span, days: int) -> DueDate:
    if span.unit == Unit.DAY:
        return DueDate(span.start + timedelta(days=days), "", provisional=False)
    return calendar.add(span.start, days, span.region)


def _between(calendar: Calendar, span: Span, since: date, until: date) -> int:
    if span.unit == Unit.DAY:
        return (until - since).days
    return calendar.between(since, until, span.region)


def closed(pauses: Iterable[Pause]) -> tuple[tuple[date, date], ...]:
    """The pauses that are over, as `Span` takes them."""
    return tuple(
        sorted(
            (date.fromisoformat(one["since"]), date.fromisoformat(one["until"]))
            for one in pauses
            if one["until"] is not None
        )
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """What a clock was counted to before it was counted anew."""

    due: date
    calendar_version: str


class Clock(models.Model):
    """One running of a limit; day 0 is `started_on`, `due` is the last day of the limit.

    `region` is the division code whose days were counted. `pauses` are `Pause`s in order, each over
    but perhaps the last; while that one lasts, `paused_on` is its first day and `due` is void.
    """

    article = models.PositiveSmallIntegerField(
        _("article"), null=True, blank=True, help_text=_("Of the Decree; empty: a platform target.")
    )
    started_on = models.DateField(_("clock started"))
    limit_days = models.PositiveSmallIntegerField(_("working days"))
    unit = models.CharField(
        _("counted in"),
        max_length=12,
        choices=Unit,
        default=Unit.WORKING_DAY,
        db_default=Unit.WORKING_DAY,
    )
    region = models.CharField(
        _("counted by the days of"), max_length=12, blank=True, default="", db_default=""
    )
    extension_days = models.PositiveSmallIntegerField(
        _("extension, working days"), default=0, db_default=0
    )
    pauses = models.JSONField(_("pauses"), default=list, db_default=[], blank=True)
    paused_on = models.DateField(_("stands since"), null=True, blank=True, editable=False)
    calendar_version = models.CharField(_("calendar"), max_length=200)
    due = models.DateField(_("due"))
    provisional = models.BooleanField(_("provisional"), default=False, db_default=False)
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("no longer runs"), null=True, blank=True)
    lapsed_at = models.DateTimeField(
        _("lapsed"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the portal noted that the last day had passed."),
    )

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
        """Whether the law sets the limit; a platform target says no."""
        return self.article is not None

    @property
    def span(self) -> Span:
        return Span(
            start=self.started_on,
            days=self.limit_days + self.extension_days,
            unit=self.unit,
            region=self.region,
            pauses=closed(self.pauses),
        )

    def count(self) -> Counted | None:
        """Set the due date by the calendar in force; return what stood before when that differs.

        Unsaved. None as well for a clock that was never counted.
        """
        end = due_date(calendar_now(), self.span)
        before = None
        if self.calendar_version and self.calendar_version != end.calendar_version:
            before = Counted(self.due, self.calendar_version)
        self.due = end.date
        self.calendar_version = end.calendar_version
        self.provisional = end.provisional
        return before


def today() -> date:
    """The day by which the law counts: that of the portal's own time zone, Asia/Shanghai."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def legal_day(at: datetime) -> date:
    """The day on which `at` lies, as the law counts."""
    return timezone.localdate(at, timezone=timezone.get_default_timezone())


def years_of(calendar_version: str) -> Sequence[int]:
    """The years that a date was counted through; see `DueDate`."""
    return [int(part[:4]) for part in calendar_version.split("+") if part]


def version_now(calendar: Calendar, calendar_version: str, region: str) -> str:
    """What the string would say by `calendar`, for the same years."""
    return "+".join(calendar.year(year, region).version for year in years_of(calendar_version))
