"""The figures: counted in the database, one query each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile
from typing import Any

from django.db.models import Aggregate, Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from portal.common.errors import NotFound
from portal.supervision.cases import months_of
from portal.supervision.indicators import INDICATORS, Indicator
from portal.supervision.scope import Scope, not_one_of

# A row, not its key: an index that holds all but the key then answers alone.
ROW = Value(1)
PARTS = ("all", "good", "missed")


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; nothing of nothing is no rate at all."""

    part: int = 0
    whole: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def missed(self) -> int:
        return self.whole - self.part

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Figure:
    indicator: Indicator
    share: Share


@dataclass(frozen=True, slots=True)
class Month:
    """The first day of a month with the share of each indicator asked for, in their order."""

    month: date
    shares: list[Share]


def indicator_of(key: str) -> Indicator:
    if key not in INDICATORS:
        raise NotFound(_("There is no such indicator."))
    return INDICATORS[key]


@dataclass(frozen=True, slots=True)
class Board:
    """All figures of a scope, and the last twelve months of those that have a day."""

    figures: list[Figure]
    months: dict[str, dict[date, Share]]

    def by_month(self, indicators: Sequence[Indicator], scope: Scope) -> list[Month]:
        """The months from the first in which something was due."""
        found = (
            Month(day, [self.months[one.key].get(day, Share()) for one in indicators])
            for day in months_of(scope.over_twelve_months())
        )
        return list(dropwhile(lambda month: not any(one.whole for one in month.shares), found))


def board(scope: Scope) -> Board:
    """Every figure in one reading of each table.

    A period is made of whole months up to today, so what is counted by month for the course of a
    year gives the period's figure too.
    """
    wide = scope.over_twelve_months()
    dated = [one for one in INDICATORS.values() if one.day]
    months = {one.key: _monthly(one, wide) for one in dated}
    found = []
    for one in INDICATORS.values():
        if one.day:
            until = scope.period.until or date.max
            counted = (
                share
                for day, share in months[one.key].items()
                if scope.period.first <= day <= until
            )
            share = sum(counted, Share())
        else:
            share = share_of(one, scope)
        found.append(Figure(one, share))
    return Board(found, months)


def figures(scope: Scope) -> list[Figure]:
    return board(scope).figures


def share_of(indicator: Indicator, scope: Scope) -> Share:
    counted = indicator.of(scope).aggregate(
        whole=Count(ROW), part=Count(ROW, filter=indicator.good(scope))
    )
    return Share(counted["part"], counted["whole"])


def by_department(indicator: Indicator, scope: Scope) -> dict[int, Share]:
    """The share of each department that has a case, by its key."""
    return {key: share for key, (share, _more) in counted_by_department(indicator, scope).items()}


def counted_by_department(
    indicator: Indicator, scope: Scope, **more: Aggregate
) -> dict[int, tuple[Share, dict[str, Any]]]:
    """As `by_department`, with what else is asked of the same cases, in the same reading of them."""
    counted = (
        indicator.of(scope)
        .order_by()
        .values(indicator.department)
        .annotate(whole=Count(ROW), part=Count(ROW, filter=indicator.good(scope)), **more)
    )
    return {
        row[indicator.department]: (
            Share(row["part"], row["whole"]),
            {name: row[name] for name in more},
        )
        for row in counted
    }


def cases_of(indicator: Indicator, scope: Scope, *, part: str = "all") -> QuerySet[Any]:
    """The cases behind a figure, newest first: all, the good ones or those that missed."""
    if part not in PARTS:
        raise not_one_of("part", PARTS)
    # A case and not a filter turned round: a comparison with NULL is neither true nor false.
    is_good = Case(When(indicator.good(scope), then=Value(value=True)), default=Value(value=False))
    found = indicator.of(scope).annotate(is_good=is_good)
    if part != "all":
        found = found.filter(is_good=part == "good")
    listed: QuerySet[Any] = found.order_by(*indicator.newest)
    return listed


def _monthly(indicator: Indicator, scope: Scope) -> dict[date, Share]:
    good: Q = indicator.good(scope)
    rows = (
        indicator.of(scope)
        .order_by()
        .values(month=TruncMonth(indicator.day))
        .annotate(whole=Count(ROW), part=Count(ROW, filter=good))
    )
    return {row["month"]: Share(row["part"], row["whole"]) for row in rows}
