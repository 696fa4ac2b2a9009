"""How a department's data is used by others: who, how much, when, under which agreement. Its own alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone

from catalog.models import Resource
from portal.organisation.models import User
from sharing.models import Agreement, Pull, PullResult

SPANS = (30, 90, 365)
BY_MONTH_FROM = 100  # days: more bars than that are no picture


@dataclass(frozen=True, slots=True)
class AgreementUse:
    """One agreement over the span; all agreements that may have been used are told, also unused ones."""

    agreement: Agreement
    calls: int
    refused: int
    rows: int
    bytes: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """`slots` are days, or months of a long span, each with the rows that left, also those without any."""

    lines: list[AgreementUse]
    slots: list[tuple[date, int]]
    is_monthly: bool
    resource: Resource | None

    @property
    def rows(self) -> int:
        return sum(line.rows for line in self.lines)

    @property
    def calls(self) -> int:
        return sum(line.calls for line in self.lines)

    @property
    def users(self) -> int:
        return len({line.agreement.requester_id for line in self.lines if line.calls})


def use_of_ours(user: User, *, days: int, resource_id: int | None = None) -> Use:
    """Of agreements that the person's department gives data under, in the last `days` in Shanghai.

    `resource_id` of somebody else's entry finds nothing. Four queries, however many agreements.
    """
    given = Agreement.objects.permitted(user).filter(provider=user.department_id)
    resource = None
    if resource_id is not None:
        given = given.filter(resource=resource_id)
        ours = Resource.objects.permitted(user, "view_resource")
        resource = ours.filter(pk=resource_id, department=user.department_id).first()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    begin = midnight - timedelta(days=days - 1)
    pulls = Pull.objects.filter(agreement__in=given.values("pk"), started_at__gte=begin).order_by()
    is_monthly = days > BY_MONTH_FROM
    return Use(
        lines=_lines(given, pulls, begin),
        slots=_slots(pulls, begin.date(), days, is_monthly=is_monthly),
        is_monthly=is_monthly,
        resource=resource,
    )


def _lines(
    given: QuerySet[Agreement], pulls: QuerySet[Pull], begin: datetime
) -> list[AgreementUse]:
    counted: dict[int, dict[str, Any]] = {
        row["agreement"]: dict(row)
        for row in pulls.values("agreement").annotate(
            calls=Count("pk"),
            refused=Count("pk", filter=Q(result=PullResult.DENIED)),
            drawn_rows=Sum("rows"),
            drawn_bytes=Sum("bytes"),
            last=Max("started_at"),
        )
    }
    could_be = Q(pk__in=list(counted)) | Q(ended_at=None) | Q(ended_at__gte=begin)
    nothing: dict[str, Any] = {
        "calls": 0,
        "refused": 0,
        "drawn_rows": 0,
        "drawn_bytes": 0,
        "last": None,
    }
    lines = []
    for one in given.filter(could_be).select_related("resource", "requester"):
        row = counted.get(one.pk, nothing)
        lines.append(
            AgreementUse(
                one,
                row["calls"],
                row["refused"],
                row["drawn_rows"],
                row["drawn_bytes"],
                row["last"],
            )
        )
    return sorted(lines, key=lambda line: (-line.rows, -line.calls, line.agreement.number))


def _slots(
    pulls: QuerySet[Pull], first: date, days: int, *, is_monthly: bool
) -> list[tuple[date, int]]:
    cut = TruncMonth("started_at") if is_monthly else TruncDate("started_at")
    counted: dict[date, int] = {}
    for at, rows in pulls.annotate(slot=cut).values_list("slot").annotate(drawn=Sum("rows")):
        day = timezone.localtime(at).date() if isinstance(at, datetime) else at
        counted[day] = rows
    every = [first + timedelta(days=number) for number in range(days)]
    if is_monthly:
        every = sorted({day.replace(day=1) for day in every})
    return [(day, counted.get(day, 0)) for day in every]
