"""Days as a person types them off a notice: one or a span a line, with the occasion behind."""

import datetime as dt
import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.workdays.services import NamedDay

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
LINE = re.compile(rf"({DAY})(?:\s*(?:~|–|—|至)\s*({DAY}))?(?:\s+(\S.*))?")
LONGEST_SPAN = 366


def parsed(text: str) -> list[NamedDay]:
    """The days of all lines; raises ValidationError that names every line it cannot read."""
    found: list[NamedDay] = []
    wrong = []
    for line in filter(None, map(str.strip, text.splitlines())):
        days = _days(line)
        if not days:
            wrong.append(_('Not a day, or a span of days: "%(line)s".') % {"line": line[:60]})
        found += days
    if wrong:
        raise ValidationError(wrong)
    return found


def spans(days: Iterable[NamedDay]) -> list[tuple[dt.date, dt.date, str]]:
    """First and last day of neighbours of one occasion, with the occasion, in order."""
    found: list[tuple[dt.date, dt.date, str]] = []
    for day, name in sorted(days):
        if found and found[-1][2] == name and found[-1][1] + dt.timedelta(1) == day:
            found[-1] = (found[-1][0], day, name)
        else:
            found.append((day, day, name))
    return found


def written(days: Iterable[NamedDay]) -> str:
    """What `parsed` reads back to the same days; neighbours of one occasion make a span."""
    return "\n".join(
        f"{first if first == last else f'{first} ~ {last}'} {name}".strip()
        for first, last, name in spans(days)
    )


def _days(line: str) -> list[NamedDay]:
    matched = LINE.fullmatch(line)
    if matched is None:
        return []
    first_words, last_words, name = matched.groups(default="")
    try:
        first = dt.date.fromisoformat(first_words)
        last = dt.date.fromisoformat(last_words or first_words)
    except ValueError:
        return []
    length = (last - first).days + 1
    if not 1 <= length <= LONGEST_SPAN:
        return []
    return [(first + dt.timedelta(n), name) for n in range(length)]
