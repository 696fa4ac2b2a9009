"""The lists of 2004 to 2026 as the library `chinesecalendar` has them, for the first migration.

Later years do not come from here: they are published in the portal when the notice comes out.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from chinese_calendar.constants import Holiday, holidays, workdays
from django.db.models import Model

YEARS = range(2004, 2027)
NOTICE_DATES = {2026: dt.date(2025, 11, 4)}
SOURCE = "国务院办公厅关于部分节假日安排的年度通知（数据取自 chinesecalendar 1.11.0）"

# The library's short names, as the notices write them.
OFFICIAL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@dataclass(frozen=True, slots=True)
class PublishedDay:
    day: dt.date
    kind: str
    name: str


def days_of(year: int) -> Iterator[PublishedDay]:
    for kind, days in (("holiday", holidays), ("makeup", workdays)):
        for day, occasion in sorted(days.items()):
            if day.year == year:
                name = Holiday(occasion).chinese
                yield PublishedDay(day, kind, OFFICIAL_NAMES.get(name, name))


def load(calendar_model: type[Model], day_model: type[Model]) -> None:
    """Enter version 1 of each year. Takes the models as the migration knows them."""
    for year in YEARS:
        calendar = calendar_model._default_manager.create(
            year=year, version=1, source=SOURCE, published_on=NOTICE_DATES.get(year)
        )
        day_model._default_manager.bulk_create(
            day_model(calendar=calendar, day=found.day, kind=found.kind, name=found.name)
            for found in days_of(year)
        )
