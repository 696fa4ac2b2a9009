"""Moments in queries: ISO 8601 or NOW, with Solr's date arithmetic (NOW/DAY, NOW-7DAYS)."""

import calendar
import re
from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_date, parse_datetime

from .refusals import SearchError

SPOKEN = re.compile(r"(?P<start>NOW|.*?Z|[^/+]*?)(?P<steps>(?:/[A-Z]+|[+-][0-9]{1,5}[A-Z]+)*)")
STEP = re.compile(r"/(?P<unit>[A-Z]+)|(?P<count>[+-][0-9]{1,5})(?P<units>[A-Z]+)")
LENGTHS = {
    "MILLI": timedelta(milliseconds=1),
    "MILLISECOND": timedelta(milliseconds=1),
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "DATE": timedelta(days=1),
}
# What becomes of the parts of a moment that is rounded down to a unit.
BELOW = {
    "YEAR": {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "MONTH": {"day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "DAY": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "DATE": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
    "HOUR": {"minute": 0, "second": 0, "microsecond": 0},
    "MINUTE": {"second": 0, "microsecond": 0},
    "SECOND": {"microsecond": 0},
}


def moment(text: str, *, now: datetime) -> datetime:
    """The moment in UTC; without an offset it is meant so. SearchError when it is none."""
    spoken = SPOKEN.fullmatch(text)
    if spoken is None:
        raise _invalid(text)
    found = now.astimezone(UTC) if spoken["start"] == "NOW" else _iso(spoken["start"], text)
    try:
        for step in STEP.finditer(spoken["steps"]):
            found = _stepped(found, step)
    except (KeyError, OverflowError, ValueError) as error:
        raise _invalid(text) from error
    return found


def _iso(start: str, text: str) -> datetime:
    try:
        day = parse_date(start)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(start)
    except ValueError:
        found = None
    if found is None:
        raise _invalid(text)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise _invalid(text) from None


def _stepped(at: datetime, step: "re.Match[str]") -> datetime:
    if step["unit"]:
        return at.replace(**BELOW[step["unit"].removesuffix("S")])  # type: ignore[arg-type]
    count, unit = int(step["count"]), step["units"].removesuffix("S")
    if unit in LENGTHS:
        return at + count * LENGTHS[unit]
    months = at.year * 12 + at.month - 1 + count * {"MONTH": 1, "YEAR": 12}[unit]
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))


def _invalid(text: str) -> SearchError:
    return SearchError(f"SOLR returned an error running query: Invalid Date String:'{text[:60]}'")
