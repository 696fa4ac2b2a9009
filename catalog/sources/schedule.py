"""When a sync job runs by itself, as people choose it, and when that is next."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models.source import Timing
from portal.workdays import is_working_day

ZONE = ZoneInfo("Asia/Shanghai")
LAST_DAY = 28  # every month has it
MOST_SPREAD = 120  # minutes
SPREAD = 10
# A week or month whose day was none to work on may be due as late as after the longest holidays.
DAYS_BACK = 15
MOST_DAYS = 80


class Zone(models.TextChoices):
    SHANGHAI = "Asia/Shanghai", gettext_lazy("Beijing time")
    URUMQI = "Asia/Urumqi", gettext_lazy("Ürümqi time")


class Rhythm(models.TextChoices):
    OFF = "off", gettext_lazy("by hand only")
    HOURLY = "hourly", gettext_lazy("every hour")
    DAILY = "daily", gettext_lazy("every day")
    WEEKLY = "weekly", gettext_lazy("every week")
    MONTHLY = "monthly", gettext_lazy("every month")


class Weekday(models.IntegerChoices):
    """As crontab counts."""

    MONDAY = 1, gettext_lazy("Monday")
    TUESDAY = 2, gettext_lazy("Tuesday")
    WEDNESDAY = 3, gettext_lazy("Wednesday")
    THURSDAY = 4, gettext_lazy("Thursday")
    FRIDAY = 5, gettext_lazy("Friday")
    SATURDAY = 6, gettext_lazy("Saturday")
    SUNDAY = 0, gettext_lazy("Sunday")


@dataclass(frozen=True, slots=True)
class Schedule:
    """`at` is time of the zone; of the hourly rhythm it gives the minute. `spread` is in minutes."""

    rhythm: Rhythm = Rhythm.OFF
    at: time = time(6, 0)
    weekday: int = Weekday.MONDAY
    day: int = 1
    zone: str = Zone.SHANGHAI
    working_days: bool = False
    spread: int = SPREAD

    def __post_init__(self) -> None:
        if not 1 <= self.day <= LAST_DAY:
            raise ValueError(f"day {self.day} is not in every month")
        if not 0 <= self.spread <= MOST_SPREAD:
            raise ValueError(f"a spread of {self.spread} minutes")
        Weekday(self.weekday)
        Zone(self.zone)

    def next_after(self, moment: datetime, *, salt: int, region: str | None = None) -> datetime:
        """The first moment after this one at which the job is due, in UTC.

        `salt`, the job's number, sets how far behind its time the job begins, always the same: so
        thousands that are set to one time spread over `spread` minutes. Days that are no working
        days are left out where the schedule says so; of a week or month the next working day
        counts. `region` is whose calendar that is.
        """
        if self.rhythm is Rhythm.OFF:
            raise ValueError("a schedule that is off is never due")
        zone = ZoneInfo(self.zone)
        behind = timedelta(seconds=crc32(str(salt).encode()) % (self.spread * 60 + 1))
        moves = self.working_days and self.rhythm in {Rhythm.WEEKLY, Rhythm.MONTHLY}
        back = timedelta(days=DAYS_BACK if moves else 1)
        first = (moment - behind).astimezone(zone).date() - back
        for ahead in range(MOST_DAYS):
            day = first + timedelta(days=ahead)
            for at in self._times(day, region):
                due = datetime.combine(*at, tzinfo=zone) + behind
                if due > moment:
                    return due.astimezone(UTC)
        raise ValueError(f"{self} is not due within {MOST_DAYS} days")

    def _times(self, day: date, region: str | None) -> list[tuple[date, time]]:
        """When it is due because of this day."""
        match self.rhythm:
            case Rhythm.WEEKLY if day.isoweekday() % 7 != self.weekday:
                return []
            case Rhythm.MONTHLY if day.day != self.day:
                return []
        if self.working_days:
            if self.rhythm in {Rhythm.WEEKLY, Rhythm.MONTHLY}:
                while not is_working_day(day, region):
                    day += timedelta(days=1)
            elif not is_working_day(day, region):
                return []
        if self.rhythm is Rhythm.HOURLY:
            return [(day, time(hour, self.at.minute)) for hour in range(24)]
        return [(day, self.at)]

    @property
    def facts(self) -> dict[str, str | int]:
        """For the audit trail: in no language."""
        if self.rhythm is Rhythm.OFF:
            return {"rhythm": self.rhythm}
        facts: dict[str, str | int] = {"rhythm": self.rhythm, "at": f"{self.at:%H:%M}"}
        if self.zone != Zone.SHANGHAI:
            facts["zone"] = self.zone
        if self.working_days:
            facts["working_days"] = "yes"
        if self.rhythm is Rhythm.WEEKLY:
            facts["weekday"] = int(self.weekday)
        if self.rhythm is Rhythm.MONTHLY:
            facts["day"] = self.day
        return facts

    def __str__(self) -> str:
        words = {
            Rhythm.OFF: _("by hand only"),
            Rhythm.HOURLY: _("every hour, at minute %(minute)s"),
            Rhythm.DAILY: _("every day at %(at)s"),
            Rhythm.WEEKLY: _("every %(weekday)s at %(at)s"),
            Rhythm.MONTHLY: _("every month on day %(day)s at %(at)s"),
        }[self.rhythm]
        told = words % {
            "minute": self.at.minute,
            "at": f"{self.at:%H:%M}",
            "weekday": Weekday(self.weekday).label,
            "day": self.day,
        }
        if self.zone != Zone.SHANGHAI:
            told = f"{told} ({Zone(self.zone).label})"
        if self.working_days and self.rhythm is not Rhythm.OFF:
            told = _("%(when)s, on working days") % {"when": told}
        return told


def schedule_of(timed: Model) -> Schedule:
    """The schedule that `timed`, by its `timing`, runs by; one that is off when it has none."""
    held: Timing | None = getattr(timed, "timing", None)
    if held is None:
        return Schedule()
    return Schedule(
        Rhythm(held.rhythm),
        at=held.at,
        weekday=held.weekday,
        day=held.day,
        zone=held.zone,
        working_days=held.working_days,
        spread=held.spread,
    )


def timing_of(schedule: Schedule, *, salt: int, region: str) -> dict[str, Any]:
    """The fields of the row that keeps the schedule, due at its next time from now on."""
    return {
        "rhythm": schedule.rhythm,
        "at": schedule.at,
        "weekday": int(schedule.weekday),
        "day": schedule.day,
        "zone": schedule.zone,
        "working_days": schedule.working_days,
        "spread": schedule.spread,
        "next_due_at": schedule.next_after(timezone.now(), salt=salt, region=region),
    }
