"""When a sync job runs by itself, as people choose it and as beat keeps it."""

from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ZONE = ZoneInfo("Asia/Shanghai")
LAST_DAY = 28  # every month has it


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
    """`at` is Beijing time; of the hourly rhythm it gives the minute."""

    rhythm: Rhythm = Rhythm.OFF
    at: time = time(6, 0)
    weekday: int = Weekday.MONDAY
    day: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.day <= LAST_DAY:
            raise ValueError(f"day {self.day} is not in every month")
        Weekday(self.weekday)

    @property
    def crontab(self) -> dict[str, Any]:
        """The fields of a `django_celery_beat` CrontabSchedule."""
        if self.rhythm is Rhythm.OFF:
            raise ValueError("no crontab runs never")
        hourly = self.rhythm is Rhythm.HOURLY
        return {
            "minute": str(self.at.minute),
            "hour": "*" if hourly else str(self.at.hour),
            "day_of_week": str(int(self.weekday)) if self.rhythm is Rhythm.WEEKLY else "*",
            "day_of_month": str(self.day) if self.rhythm is Rhythm.MONTHLY else "*",
            "month_of_year": "*",
            "timezone": ZONE,
        }

    @property
    def facts(self) -> dict[str, str | int]:
        """For the audit trail: in no language."""
        if self.rhythm is Rhythm.OFF:
            return {"rhythm": self.rhythm}
        facts: dict[str, str | int] = {"rhythm": self.rhythm, "at": f"{self.at:%H:%M}"}
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
        return words % {
            "minute": self.at.minute,
            "at": f"{self.at:%H:%M}",
            "weekday": Weekday(self.weekday).label,
            "day": self.day,
        }


def schedule_of(task: Any | None) -> Schedule:
    """The schedule that a `django_celery_beat` PeriodicTask stands for."""
    if task is None or not task.enabled:
        return Schedule()
    crontab = task.crontab
    minute = int(crontab.minute)
    if crontab.hour == "*":
        return Schedule(Rhythm.HOURLY, at=time(0, minute))
    at = time(int(crontab.hour), minute)
    if crontab.day_of_week != "*":
        return Schedule(Rhythm.WEEKLY, at=at, weekday=int(crontab.day_of_week))
    if crontab.day_of_month != "*":
        return Schedule(Rhythm.MONTHLY, at=at, day=int(crontab.day_of_month))
    return Schedule(Rhythm.DAILY, at=at)
