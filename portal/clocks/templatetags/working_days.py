"""`{% load working_days %}`: deadlines and the working days around them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import template
from django.utils import timezone

from portal import workdays
from portal.clocks.thresholds import thresholds_of
from portal.common.due import DueWords, HasDue, describe

register = template.Library()

RULER_DAYS = 10


@dataclass(frozen=True, slots=True)
class RulerDay:
    day: date
    count: int
    is_today: bool
    starts_week: bool


@dataclass(frozen=True, slots=True)
class ClockDay:
    day: date
    is_past: bool
    is_today: bool
    is_last: bool


@register.inclusion_tag("components/due.html")
def due(deadline: HasDue | None) -> dict[str, DueWords | None]:
    """Until when, words first. None says that the law sets no limit."""
    if deadline is None:
        return {"due": None}
    today = timezone.localdate()
    region = getattr(deadline, "region", "")
    left = workdays.working_days_between(today, deadline.due, region)
    words = describe(deadline, days_left=left, today=today, thresholds=thresholds_of(region))
    return {"due": words}


@register.inclusion_tag("components/day_ruler.html")
def day_ruler(due_dates: Iterable[date]) -> dict[str, Any]:
    """The next ten working days, today among them, with how much falls due on each."""
    counts = Counter(due_dates)
    today = timezone.localdate()
    shown = workdays.next_working_days(today - timedelta(days=1), RULER_DAYS)
    weeks = [day.isocalendar().week for day in shown]
    return {
        "days": [
            RulerDay(
                day=day,
                count=counts[day],
                is_today=day == today,
                starts_week=place > 0 and weeks[place] != weeks[place - 1],
            )
            for place, day in enumerate(shown)
        ]
    }


@register.inclusion_tag("components/clock_days.html")
def clock_days(started_on: date, due: date, region: str = "") -> dict[str, Any]:
    """A statutory clock, one segment a working day of `region`: after `started_on` up to `due`."""
    today = timezone.localdate()
    length = max(workdays.working_days_between(started_on, due, region), 0)
    shown = workdays.next_working_days(started_on, length, region)
    return {
        "days": [
            ClockDay(day=day, is_past=day < today, is_today=day == today, is_last=day == due)
            for day in shown
        ]
    }
