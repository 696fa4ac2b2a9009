"""Who drew what under an agreement, when, and how much: for its parties, the provider above all."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from sharing.models import Agreement, Pull, PullKind, PullResult

DAYS = 30


@dataclass(frozen=True, slots=True)
class Drawer:
    """One caller over the days shown."""

    caller: str
    calls: int
    refused: int
    rows: int
    bytes: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """What left in the last days: `by_day` has every day, also those without a call."""

    by_day: list[tuple[date, int]]
    by_caller: list[Drawer]
    by_kind: list[tuple[str, int, int]]  # label, calls, rows

    @property
    def rows(self) -> int:
        return sum(rows for _day, rows in self.by_day)


def drawn(agreement: Agreement) -> Drawn:
    """Of the last thirty days in Shanghai, today among them; rows are those that left."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    begin = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    begin -= timedelta(days=DAYS - 1)
    pulls = Pull.objects.filter(agreement=agreement, started_at__gte=begin).order_by()
    days = dict(
        pulls.annotate(day=TruncDate("started_at"))
        .values_list("day")
        .annotate(rows=Sum("rows"))
        .values_list("day", "rows")
    )
    callers = (
        pulls.values("caller")
        .annotate(
            calls=Count("pk"),
            refused=Count("pk", filter=Q(result=PullResult.DENIED)),
            drawn_rows=Sum("rows"),
            drawn_bytes=Sum("bytes"),
            last=Max("started_at"),
        )
        .order_by("-drawn_rows", "caller")
    )
    kinds = (
        pulls.exclude(result=PullResult.DENIED)
        .values("kind")
        .annotate(calls=Count("pk"), drawn_rows=Sum("rows"))
        .order_by("-drawn_rows", "kind")
    )
    labels = dict(PullKind.choices)
    return Drawn(
        by_day=[
            (day, days.get(day, 0))
            for day in (first + timedelta(days=place) for place in range(DAYS))
        ],
        by_caller=[
            Drawer(
                one["caller"],
                one["calls"],
                one["refused"],
                one["drawn_rows"],
                one["drawn_bytes"],
                one["last"],
            )
            for one in callers
        ],
        by_kind=[(str(labels[one["kind"]]), one["calls"], one["drawn_rows"]) for one in kinds],
    )
