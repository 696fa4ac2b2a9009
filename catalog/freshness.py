"""Whether an entry's rows are as fresh as its update frequency promises."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, CharField, DateTimeField, Value, When
from django.utils.translation import gettext_lazy as _

from .models.terms import UpdateFrequency

# How old rows may be, in days: the period, and one day in which the update may run.
DAYS: dict[str, int] = {
    UpdateFrequency.REAL_TIME: 1,
    UpdateFrequency.DAILY: 2,
    UpdateFrequency.WEEKLY: 8,
    UpdateFrequency.MONTHLY: 32,
    UpdateFrequency.QUARTERLY: 93,
    UpdateFrequency.HALF_YEARLY: 185,
    UpdateFrequency.YEARLY: 367,
}


class Freshness(models.TextChoices):
    """Rows that come irregularly are never overdue."""

    IN_TIME = "in_time", _("updated in time")
    OVERDUE = "overdue", _("update overdue")
    NO_ROWS = "no_rows", _("no rows yet")


def freshness_at(now: datetime, *, of: str = "") -> Case:
    """The freshness of an entry as an expression over its columns, or those of the relation `of`."""
    place = f"{of}__" if of else ""
    oldest = Case(
        *(
            When(
                **{f"{place}update_frequency": frequency},
                then=Value(now - timedelta(days=days)),
            )
            for frequency, days in DAYS.items()
        ),
        output_field=DateTimeField(),
    )
    return Case(
        When(**{f"{place}rows_changed_at__isnull": True}, then=Value(Freshness.NO_ROWS.value)),
        When(**{f"{place}rows_changed_at__lt": oldest}, then=Value(Freshness.OVERDUE.value)),
        default=Value(Freshness.IN_TIME.value),
        output_field=CharField(),
    )


def freshness_of(frequency: str, rows_changed_at: datetime | None, now: datetime) -> Freshness:
    """The same for one entry that has been read."""
    if rows_changed_at is None:
        return Freshness.NO_ROWS
    days = DAYS.get(frequency)
    if days is not None and rows_changed_at < now - timedelta(days=days):
        return Freshness.OVERDUE
    return Freshness.IN_TIME
