"""Dates as people read them: in prose with weekday and without this year, in tables as ISO 8601."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

WEEKDAYS: tuple[str | Promise, ...] = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)
MONTHS: tuple[str | Promise, ...] = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)


def local_date(value: date | datetime) -> date:
    """The calendar day of `value` where we are."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


def prose_date(value: date | datetime, *, weekday: bool = True) -> str:
    """11月23日（周一） or Mon 23 Nov; with the year when it is not the current one."""
    day = local_date(value)
    parts = {
        "weekday": WEEKDAYS[day.weekday()],
        "day": day.day,
        "month": MONTHS[day.month - 1],
        "year": day.year,
    }
    if day.year == timezone.localdate().year:
        if weekday:
            return pgettext("date this year", "%(weekday)s %(day)s %(month)s") % parts
        return pgettext("date this year", "%(day)s %(month)s") % parts
    if weekday:
        return pgettext("date", "%(weekday)s %(day)s %(month)s %(year)s") % parts
    return pgettext("date", "%(day)s %(month)s %(year)s") % parts


def weekday_and_day(value: date) -> str:
    """周一 23 or Mon 23, for rulers and axes."""
    return f"{WEEKDAYS[value.weekday()]} {value.day}"


def prose_moment(value: datetime) -> str:
    """11月23日 09:12 or 23 Nov 09:12; "today" and "yesterday" where they hold."""
    here = timezone.localtime(value) if timezone.is_aware(value) else value
    clock = f"{here:%H:%M}"
    age = (timezone.localdate() - here.date()).days
    if age == 0:
        return _("today %(time)s") % {"time": clock}
    if age == 1:
        return _("yesterday %(time)s") % {"time": clock}
    return f"{prose_date(here, weekday=False)} {clock}"


def iso_moment(value: datetime) -> str:
    """2026-11-23 09:12, local time, for tables."""
    here = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{here:%Y-%m-%d %H:%M}"
