"""Holiday lists as people read them: spans of days, and what each version changed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.common.text import Text
from portal.organisation.named_days import spans
from portal.workdays.models import HOLIDAY_NAMES, CalendarDay, DayKind, HolidayCalendar


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Neighbouring days of one kind and occasion; `occasion` in the reader's language, or empty."""

    first: dt.date
    last: dt.date
    occasion: Text
    kind: Text

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class ListVersion:
    """A version with its days; `added` and `removed` say nothing of the first one."""

    calendar: HolidayCalendar
    holidays: Sequence[DaySpan]
    makeup_days: Sequence[DaySpan]
    added: Sequence[DaySpan] = ()
    removed: Sequence[DaySpan] = ()
    is_first: bool = True


def with_changes(lists: Sequence[HolidayCalendar]) -> list[ListVersion]:
    """`lists` in their order, each beside the version before it where that is among them.

    A day whose kind changed is removed and added.
    """
    known = {(one.region, one.year, one.version): one for one in lists}
    return [_version(one, known.get((one.region, one.year, one.version - 1))) for one in lists]


def _version(now: HolidayCalendar, before: HolidayCalendar | None) -> ListVersion:
    days = list(now.days.all())
    holidays, makeup_days = _spans(days, DayKind.HOLIDAY), _spans(days, DayKind.MAKEUP)
    if before is None:
        return ListVersion(now, holidays, makeup_days)
    earlier = list(before.days.all())
    return ListVersion(
        now,
        holidays,
        makeup_days,
        added=_differing(days, earlier),
        removed=_differing(earlier, days),
        is_first=False,
    )


def _differing(days: Iterable[CalendarDay], others: Iterable[CalendarDay]) -> list[DaySpan]:
    known = {(one.day, one.kind) for one in others}
    left = [one for one in days if (one.day, one.kind) not in known]
    return [span for kind in DayKind for span in _spans(left, kind)]


def _spans(days: Iterable[CalendarDay], kind: DayKind) -> list[DaySpan]:
    of_kind = ((one.day, one.name) for one in days if one.kind == kind)
    return [
        DaySpan(first, last, HOLIDAY_NAMES.get(name, name), kind.label)
        for first, last, name in spans(of_kind)
    ]
