"""How far a clock has come towards its last day and past it, and who is told at each stage.

The stages only ever go up while a date stands; a date that moves begins again. Working days before
and after the last day are counted by the calendar of the clock's region.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.workdays.calendar import Calendar

from .thresholds import Thresholds


class Stage(models.IntegerChoices):
    NONE = 0, _("nothing to tell yet")
    REMINDER = 1, _("soon due")
    DUE = 2, _("due today")
    LAPSED = 3, _("lapsed")
    HEAD = 4, _("told to the head")
    COMPETENT = 5, _("told to the competent department")


@dataclass(frozen=True, slots=True)
class Cut:
    """The days that part the stages in one region today.

    A clock due up to `remind` is reminded of; one due up to `head`, up to `competent`, is told there.
    """

    region: str
    remind: date
    head: date
    competent: date

    def stage(self, due: date, today: date) -> Stage:
        """The same as the sweep's SQL says: a test holds them against each other."""
        if due > self.remind:
            return Stage.NONE
        if due > today:
            return Stage.REMINDER
        if due == today:
            return Stage.DUE
        if due > self.head:
            return Stage.LAPSED
        return Stage.HEAD if due > self.competent else Stage.COMPETENT


def cuts(
    calendar: Calendar, today: date, thresholds: Iterable[tuple[str, Thresholds]]
) -> list[Cut]:
    return [
        Cut(
            region=region,
            remind=_after(calendar, region, today, held.remind_days),
            head=_before(calendar, region, today, held.head_days),
            competent=_before(calendar, region, today, held.competent_days),
        )
        for region, held in thresholds
    ]


def _after(calendar: Calendar, region: str, today: date, days: int) -> date:
    """The latest day up to which no more than `days` working days are left."""
    return calendar.add(today, days + 1, region).date - timedelta(days=1)


def _before(calendar: Calendar, region: str, today: date, days: int) -> date:
    """The latest day since which `days` working days have passed, today among them."""
    day = today - timedelta(days=1)
    while calendar.between(day, today, region) < days:
        day -= timedelta(days=1)
    return day
