"""Reading the calendars: for counting, and for the pages that show and edit them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from .calendar import DayList
from .current import Stamp, calendar_now
from .models import CalendarDay, DayKind, HolidayCalendar
from .regions import canonical


@dataclass(frozen=True, slots=True)
class YearFacts:
    """A year as a region works it, inherited lists included; `version` as in `DueDate`."""

    year: int
    working_days: int
    version: str
    provisional: bool


def stamp() -> Stamp:
    found = HolidayCalendar.objects.aggregate(lists=Count("pk"), newest=Max("pk"))
    return Stamp(lists=found["lists"], newest=found["newest"] or 0)


def lists_in_force() -> Iterator[DayList]:
    """Every list in force, in two queries."""
    # Days by keys, not by a join: published days never change, so both queries tell of one state.
    lists = HolidayCalendar.objects.filter(is_current=True).in_bulk()
    days: dict[tuple[int, str], set[dt.date]] = {}
    of_lists = CalendarDay.objects.filter(calendar__in=lists)
    for calendar, kind, day in of_lists.values_list("calendar_id", "kind", "day"):
        days.setdefault((calendar, kind), set()).add(day)
    for pk, entered in lists.items():
        yield DayList(
            region=entered.region,
            year=entered.year,
            version=entered.version,
            holidays=frozenset(days.get((pk, DayKind.HOLIDAY), ())),
            makeup_days=frozenset(days.get((pk, DayKind.MAKEUP), ())),
        )


def calendars(*, region: str = "") -> QuerySet[HolidayCalendar]:
    """The lists of `region` itself that are in force, newest year first, with `holidays` and
    `makeup_days` counted."""
    return (
        HolidayCalendar.objects.filter(region=canonical(region), is_current=True)
        .annotate(
            holidays=Count("days", filter=Q(days__kind=DayKind.HOLIDAY)),
            makeup_days=Count("days", filter=Q(days__kind=DayKind.MAKEUP)),
        )
        .order_by("-year")
    )


def versions(*, year: int, region: str = "") -> QuerySet[HolidayCalendar]:
    """Every version of the list of `region` for `year`, newest first, its days at hand."""
    return (
        HolidayCalendar.objects.filter(region=canonical(region), year=year)
        .prefetch_related("days")
        .order_by("-version")
    )


def calendar_of(*, year: int, region: str = "") -> HolidayCalendar | None:
    """The list of `region` itself for `year` that is in force, its days at hand."""
    return versions(year=year, region=region).filter(is_current=True).first()


def year_facts(*, year: int, region: str = "") -> YearFacts:
    working = calendar_now().year(year, region)
    return YearFacts(year, working.working_days, working.version, working.provisional)
