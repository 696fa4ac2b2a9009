"""Which open clocks other lists concern, and what becomes of a date that is counted anew."""

from datetime import date

from portal.clocks.registry import ClockTable
from portal.workdays.calendar import Calendar
from portal.workdays.clocks import RUNNING, version_now


def outdated(table: ClockTable, calendar: Calendar) -> list[tuple[str, str]]:
    """Region and lists of the open clocks that `calendar` would count by other lists."""
    open_clocks = table.model._default_manager.filter(RUNNING).exclude(calendar_version="")
    found = open_clocks.order_by().values_list("region", "calendar_version").distinct()
    return [
        (region, version)
        for region, version in found
        if version_now(calendar, version, region) != version
    ]


def settled(counted: date, due: date, *, has_lapsed: bool, day: date) -> date:
    """What becomes on `day` of the date `due`, when another list counts it to be `counted`.

    It never moves to a day before `day`: nobody is late by a list that came after. One that has
    passed stays, unless by that list it has not passed yet: the day was no working day.
    """
    if has_lapsed or due < day:
        return counted if counted >= day else due
    return max(counted, min(due, day))
