"""Counting working days by lists of holidays and make-up days: knows no table and no clock."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, count, islice

from .regions import NATION, lineage

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a limit, with the calendars it was counted by.

    `calendar_version` names, for each year that was counted, the list in force: "2026.1" is
    version 1 of 2026, "2027.-" a year without a national list, "2026.1@640000.2" the national list
    with version 2 of region 640000 on top. Years are joined by "+". The same string means the
    same days for ever, so two dates of one start and limit differ only when it does.
    """

    date: dt.date
    calendar_version: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class DayList:
    """The published days of one region and year: all that differs from the regions above it."""

    region: str
    year: int
    version: int
    holidays: frozenset[dt.date]
    makeup_days: frozenset[dt.date]


@dataclass(frozen=True, slots=True)
class WorkingYear:
    """One year as one region works it.

    `worked[i]` is the number of working days among its first i days, so that counting is a look-up
    however long the limit; `eve` is the ordinal of 31 December before.
    """

    year: int
    version: str
    provisional: bool
    worked: tuple[int, ...]
    eve: int

    @property
    def working_days(self) -> int:
        return self.worked[-1]

    def up_to(self, day: dt.date) -> int:
        """The working days from 1 January up to and including `day`."""
        return self.worked[day.toordinal() - self.eve]

    def nth(self, number: int) -> dt.date:
        """The day on which the working day `number` of this year falls, counted from 1."""
        return dt.date.fromordinal(self.eve + bisect_left(self.worked, number))

    def is_working_day(self, day: dt.date) -> bool:
        place = day.toordinal() - self.eve
        return self.worked[place] > self.worked[place - 1]


@dataclass(frozen=True)
class Calendar:
    """All lists in force at one moment.

    A region's own list holds only the days on which it differs from what it inherits, so for each
    day the nearest list that names it decides: village, township, county, city, province, nation;
    a day that no list names is a working day from Monday to Friday. A region therefore need not
    repeat the nation's holidays, and follows when the nation publishes a new version.
    """

    lists: dict[tuple[str, int], DayList]
    _years: dict[tuple[tuple[str, ...], int], WorkingYear] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lists: Iterable[DayList]) -> "Calendar":
        return cls({(days.region, days.year): days for days in lists})

    def year(self, year: int, region: str | None = None) -> WorkingYear:
        """`year` as `region` works it; worked out once, then kept."""
        # Thousands of regions share the years of the few above them that have a list of their own.
        regions = tuple(code for code in _lineage(region or NATION) if (code, year) in self.lists)
        known = self._years.get((regions, year))
        if known is None:
            known = self._years[regions, year] = self._work_out(regions, year)
        return known

    def add(self, start: dt.date, days: int, region: str | None = None) -> DueDate:
        """See `portal.workdays.add_working_days`."""
        if days < 1:
            raise ValueError(f"a limit has at least one working day, not {days}")
        year = self.year(start.year, region)
        left = days + year.up_to(start)
        # After 31 December nothing of that year is counted, and its list cannot move the date.
        counted = [year] if start < dt.date(start.year, 12, 31) else []
        while left > year.working_days:
            left -= year.working_days
            year = self.year(year.year + 1, region)
            counted.append(year)
        return DueDate(
            date=year.nth(left),
            calendar_version="+".join(year.version for year in counted),
            provisional=any(year.provisional for year in counted),
        )

    def between(self, start: dt.date, end: dt.date, region: str | None = None) -> int:
        """See `portal.workdays.working_days_between`."""
        if end < start:
            return -self.between(end, start, region)
        whole = sum(self.year(year, region).working_days for year in range(start.year, end.year))
        return (
            whole
            + self.year(end.year, region).up_to(end)
            - self.year(start.year, region).up_to(start)
        )

    def is_working_day(self, day: dt.date, region: str | None = None) -> bool:
        return self.year(day.year, region).is_working_day(day)

    def following(self, start: dt.date, n: int, region: str | None = None) -> list[dt.date]:
        """See `portal.workdays.next_working_days`."""
        if n < 0:
            raise ValueError(f"cannot name {n} days")
        later = (start + dt.timedelta(days=step) for step in count(1))
        return list(islice((day for day in later if self.is_working_day(day, region)), n))

    def _work_out(self, regions: tuple[str, ...], year: int) -> WorkingYear:
        layers = [self.lists[region, year] for region in regions]
        first, last = dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal()
        all_days = [dt.date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
        works = {day: day.weekday() < SATURDAY for day in all_days}
        for layer in layers:
            works.update(dict.fromkeys(layer.holidays, False))
            works.update(dict.fromkeys(layer.makeup_days, True))
        national = (NATION, year) in self.lists
        own = [layer for layer in layers if layer.region != NATION]
        return WorkingYear(
            year=year,
            version=f"{year}.{layers[0].version if national else '-'}"
            + "".join(f"@{layer.region}.{layer.version}" for layer in own),
            provisional=not national,
            worked=(0, *accumulate(works[day] for day in all_days)),
            eve=first - 1,
        )


@lru_cache(maxsize=10_000)
def _lineage(region: str) -> tuple[str, ...]:
    return lineage(region)
