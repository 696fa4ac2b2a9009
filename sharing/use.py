"""How much was drawn under an agreement."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Sum

from sharing.models import Agreement, Pull, PullResult


@dataclass(frozen=True, slots=True)
class Use:
    """Calls and rows of today, as noted."""

    calls: int
    rows: int


def use_on(agreement: Agreement, moment: datetime) -> Use:
    """What was drawn on the day of `moment`; what was denied is not counted."""
    begin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    found = (
        Pull.objects.filter(
            agreement=agreement, started_at__gte=begin, started_at__lt=begin + timedelta(days=1)
        )
        .exclude(result=PullResult.DENIED)
        .aggregate(calls=Count("pk"), rows=Sum("rows"))
    )
    return Use(found["calls"], found["rows"] or 0)
