"""Publishing a holiday list. Below the audit trail: the caller records who did it and may do it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.common.dates import prose_date
from portal.common.errors import Invalid, StaleVersion

from .calendar import SATURDAY
from .current import forget_on_commit
from .models import (
    FIRST_YEAR,
    LAST_YEAR,
    NAME_LENGTH,
    SOURCE_LENGTH,
    CalendarDay,
    DayKind,
    HolidayCalendar,
)
from .regions import NATION, canonical

NamedDay: TypeAlias = tuple[dt.date, str]
"""A day and its occasion, as the notice calls it: 2026-02-17, "春节"; "" where it says nothing."""


@transaction.atomic
def publish_calendar(
    *,
    year: int,
    region: str = NATION,
    holidays: Iterable[NamedDay],
    makeup_days: Iterable[NamedDay],
    source: str,
    by: object,
    published_on: dt.date | None = None,
    replaces: int | None = None,
) -> HolidayCalendar:
    """Put a new version of the list of `region` for `year` in force; the old one stays as it was.

    The days are the whole list, not the changes. A national list holds every day off and every
    make-up day that the notice names; a regional one only what differs (`calendar.Calendar`). An
    empty regional list withdraws what the region had; an empty national one is refused.

    A notice that also orders days of the year before (29 December 2007 made up for New Year 2008)
    is two lists: those days belong in a new version of the earlier year.

    `by` is the person, None for the portal itself; whether they may is the caller's question, and
    so is the audit entry. `replaces` is the version that the editor had before them (0 when there
    was none): when somebody has published another since, the answer is `StaleVersion`.

    Deadlines are not touched: whoever keeps them computes anew those whose version differs.
    """
    holidays, makeup_days = list(holidays), list(makeup_days)
    source = source.strip()
    code = _checked(year, region, holidays, makeup_days, source)
    _wait_for_other_publishers()
    latest = HolidayCalendar.objects.filter(region=code, year=year).order_by("-version").first()
    version = latest.version if latest else 0
    if replaces is not None and replaces != version:
        raise StaleVersion(
            _("Version %(version)s of this calendar has been published since. Look at it first.")
            % {"version": version}
        )
    HolidayCalendar.objects.filter(region=code, year=year, is_current=True).update(is_current=False)
    calendar = HolidayCalendar.objects.create(
        region=code,
        year=year,
        version=version + 1,
        source=source,
        published_on=published_on,
        entered_by="" if by is None else str(by),
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=calendar, day=day, kind=kind, name=name)
        for kind, days in ((DayKind.HOLIDAY, holidays), (DayKind.MAKEUP, makeup_days))
        for day, name in sorted(days)
    )
    forget_on_commit()
    return calendar


def _checked(
    year: int,
    region: str,
    holidays: Sequence[NamedDay],
    makeup_days: Sequence[NamedDay],
    source: str,
) -> str:
    """The canonical code of `region`; raises Invalid, with all that is wrong, at each field."""
    off, worked = [day for day, _name in holidays], [day for day, _name in makeup_days]
    wrong: dict[str, list[str]] = {
        "year": _wrong_year(year),
        "holidays": [*_outside(year, off), *_repeated(off)],
        "makeup_days": [*_outside(year, worked), *_repeated(worked), *_on_weekdays(worked)],
    }
    wrong["makeup_days"] += [
        _("%(day)s is both a holiday and a make-up day.") % {"day": prose_date(day)}
        for day in sorted(set(off) & set(worked))
    ]
    if not source:
        wrong["source"] = [_("Name the notice that orders these days.")]
    code = NATION
    try:
        code = canonical(region)
    except ValueError:
        wrong["region"] = [_("This is not a division code.")]
    else:
        if code == NATION and not holidays:
            wrong["holidays"].append(_("A national calendar has holidays."))
    for field, days in (("holidays", holidays), ("makeup_days", makeup_days)):
        wrong[field] += _overlong(days)
    if len(source) > SOURCE_LENGTH:
        wrong["source"] = [_("At most %(limit)s characters.") % {"limit": SOURCE_LENGTH}]
    fields = {field: reasons for field, reasons in wrong.items() if reasons}
    if fields:
        raise Invalid(_("The calendar was not published."), fields=fields)
    return code


def _wrong_year(year: int) -> list[str]:
    if FIRST_YEAR <= year <= LAST_YEAR:
        return []
    return [
        _("The year lies between %(first)s and %(last)s.")
        % {"first": FIRST_YEAR, "last": LAST_YEAR}
    ]


def _outside(year: int, days: Iterable[dt.date]) -> list[str]:
    return [
        _("%(day)s does not lie in %(year)s.") % {"day": day.isoformat(), "year": year}
        for day in sorted(set(days))
        if day.year != year
    ]


def _repeated(days: Iterable[dt.date]) -> list[str]:
    return [
        _("%(day)s is named more than once.") % {"day": prose_date(day)}
        for day, times in sorted(Counter(days).items())
        if times > 1
    ]


def _on_weekdays(days: Iterable[dt.date]) -> list[str]:
    return [
        _("%(day)s is a working day anyway: only a Saturday or Sunday can be a make-up day.")
        % {"day": prose_date(day)}
        for day in sorted(set(days))
        if day.weekday() < SATURDAY
    ]


def _overlong(days: Iterable[NamedDay]) -> list[str]:
    return [
        _("The occasion of %(day)s is longer than %(limit)s characters.")
        % {"day": prose_date(day), "limit": NAME_LENGTH}
        for day, name in days
        if len(name) > NAME_LENGTH
    ]


def _wait_for_other_publishers() -> None:
    """One publication at a time: two that ran at once would give one number to two versions.

    Readers are not held up. The lock ends with the transaction.
    """
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(HolidayCalendar._meta.db_table)
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
