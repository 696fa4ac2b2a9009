"""How many working days the clocks took, counted by the database in the statement that reads them."""

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Avg, DateField, Expression, F, Func, IntegerField, Value

from portal.supervision.scope import Period
from portal.workdays.current import calendar_from_memory

# How long before the period a clock that ended in it may have begun.
LONGEST = timedelta(days=400)


class _NumberOf(Func):
    """The element of a list of numbers that belongs to a day; NULL before and after the list."""

    output_field = IntegerField()

    def __init__(self, day: Expression | F, *, first: date, numbers: list[int]) -> None:
        listed = Value(numbers, output_field=ArrayField(IntegerField()))
        super().__init__(listed, day, Value(first, output_field=DateField()))

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        (numbers, its), (day, of_day), (first, of_first) = (
            compiler.compile(one) for one in self.source_expressions
        )
        return f"({numbers}::int[])[{day} - {first}::date + 1]", [*its, *of_day, *of_first]


def mean_days(period: Period) -> Avg:
    """The mean of working days from the start of clocks to their being met (Art. 23).

    Over clocks with their `met_on`, by the national calendar; one that is not met has no part in it.
    Days on which a clock stood are counted: the other side waited them too.
    """
    first = period.first - LONGEST
    numbers = _working_days_up_to(first, period.last)

    def number(day: str) -> _NumberOf:
        return _NumberOf(F(day), first=first, numbers=numbers)

    return Avg(number("met_on") - number("started_on"))


def _working_days_up_to(first: date, last: date) -> list[int]:
    """For each day the number of working days up to and including it, counted from `first`."""
    calendar = calendar_from_memory()
    number, numbers = 0, []
    for step in range((last - first).days + 1):
        number += calendar.is_working_day(first + timedelta(days=step))
        numbers.append(number)
    return numbers
