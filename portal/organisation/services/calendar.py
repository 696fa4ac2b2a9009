"""Publishing a holiday list: `portal.workdays` keeps it, here it is decided who may, and recorded."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from audit.services import record
from portal.organisation.models import User
from portal.organisation.permissions import may_publish_calendar
from portal.workdays import services as workdays
from portal.workdays.models import HolidayCalendar
from portal.workdays.services import NamedDay


@transaction.atomic
def publish_calendar(
    *,
    year: int,
    holidays: Sequence[NamedDay],
    makeup_days: Sequence[NamedDay],
    source: str,
    by: User,
    region: str = "",
    published_on: dt.date | None = None,
    replaces: int | None = None,
) -> HolidayCalendar:
    """Put a new version of a year's list in force; the parameters are those of `portal.workdays`.

    Deadlines that it moves are counted anew by the next sweep, each with an entry of its own.
    """
    may_publish_calendar(by).enforce()
    calendar = workdays.publish_calendar(
        year=year,
        region=region,
        holidays=holidays,
        makeup_days=makeup_days,
        source=source,
        by=by,
        published_on=published_on,
        replaces=replaces,
    )
    record(
        actor=by,
        action="organisation.calendar.publish",
        target=calendar,
        year=calendar.year,
        region=calendar.region,
        version=calendar.version,
        source=calendar.source,
        holidays=len(holidays),
        makeup_days=len(makeup_days),
    )
    return calendar
