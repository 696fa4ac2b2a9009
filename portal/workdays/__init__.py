"""Working days as the law counts them: from holiday lists in a table, by region, with versions.

Days are days in Asia/Shanghai: whoever has an instant turns it into a date there first.

Two kinds of question, two kinds of answer. `add_working_days` makes dates that are stored and bind
people, so each call asks the database whether a newer list has come. The others feed what a page
shows for a moment and answer from memory; see `portal.workdays.current`.
"""

import datetime as dt

from .calendar import DueDate
from .current import calendar_from_memory, calendar_now

__all__ = [
    "DueDate",
    "add_working_days",
    "is_working_day",
    "next_working_days",
    "working_days_between",
]


def add_working_days(start: dt.date, days: int, region: str | None = None) -> DueDate:
    """The end of a limit of `days` working days whose clock starts on `start`.

    `start` is day 0, whether or not it is a working day, and day 1 is the next working day; the
    limit ends with its last day. Make-up days count, holidays do not. A year without a published
    national list counts Monday to Friday, and the answer is `provisional`.

    `region` is a division code: its own lists and those of the regions above it apply as well.
    """
    return calendar_now().add(start, days, region)


def working_days_between(start: dt.date, end: dt.date, region: str | None = None) -> int:
    """The working days after `start` up to and including `end`; negative when `end` is earlier."""
    return calendar_from_memory().between(start, end, region)


def is_working_day(day: dt.date, region: str | None = None) -> bool:
    return calendar_from_memory().is_working_day(day, region)


def next_working_days(start: dt.date, n: int, region: str | None = None) -> list[dt.date]:
    """The first `n` working days after `start`."""
    return calendar_from_memory().following(start, n, region)
