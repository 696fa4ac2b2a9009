"""Keeps the holiday lists that the migrations load, also after a test that empties all tables."""

from typing import Any

import pytest
from django.db import connection, transaction

from portal.clocks import thresholds
from portal.workdays import current, published_years
from portal.workdays.models import CalendarDay, HolidayCalendar


def enter_published_years() -> None:
    with transaction.atomic():
        published_years.load(HolidayCalendar, CalendarDay)
    hold_in_memory()


def hold_in_memory() -> None:
    """Lists read now, so that pinned query counts do not depend on which test comes first."""
    current.forget()
    current.calendar_from_memory()
    thresholds.forget()
    thresholds.thresholds_of("")


def keep_published_years(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter the lists again whenever the tables were emptied, and never compare by the clock."""
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_and_enter(self: Any, sql_list: list[str]) -> None:
        flush(self, sql_list)
        enter_published_years()

    monkeypatch.setattr(operations, "execute_sql_flush", flush_and_enter)
    monkeypatch.setattr(current, "RECHECK_SECONDS", float("inf"))
    monkeypatch.setattr(thresholds, "RECHECK_SECONDS", float("inf"))
