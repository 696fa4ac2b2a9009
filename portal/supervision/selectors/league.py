"""The league table: what every department's timeliness comes to, in one row each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.organisation.models import Department
from portal.supervision.indicators import INDICATORS
from portal.supervision.scope import Scope, not_one_of

from .days_taken import mean_days
from .figures import Share, by_department, counted_by_department
from .work import work_by_department

# Targets of the platform, printed beneath the table; the Decree sets none.
GOOD_RATE, WATCHED_RATE = 0.95, 0.90
MOST_OVERDUE_WATCHED = 1


class Judgement(TextChoices):
    GOOD = "good", _("good")
    WATCHED = "watched", _("to be watched")
    URGED = "urged", _("to be urged")
    NONE = "none", _("nothing due")


@dataclass(frozen=True, slots=True)
class Standing:
    """One department in the period. `days` is the mean of working days from receipt to answer."""

    department: Department
    shares: dict[str, Share] = field(default_factory=dict)
    days: float | None = None
    overdue: int = 0
    lapsed: int = 0

    @property
    def answers(self) -> Share:
        return self.shares["answers"]

    @property
    def judgement(self) -> Judgement:
        rate = self.answers.rate
        if rate is None and not self.overdue:
            return Judgement.NONE
        known = 1.0 if rate is None else rate
        if known >= GOOD_RATE and not self.overdue:
            return Judgement.GOOD
        if known >= WATCHED_RATE and self.overdue <= MOST_OVERDUE_WATCHED:
            return Judgement.WATCHED
        return Judgement.URGED


SORTS = {
    "rate": lambda one: (
        one.answers.rate is None,
        -(one.answers.rate or 0),
        one.overdue,
        -one.answers.whole,
    ),
    "due": lambda one: -one.answers.whole,
    "days": lambda one: (one.days is None, one.days or 0),
    "overdue": lambda one: -one.overdue,
    "lapsed": lambda one: -one.lapsed,
}


def league(
    scope: Scope, *, sort: str = "rate", keys: Iterable[str] = tuple(INDICATORS)
) -> list[Standing]:
    """Every department of the scope; of equals the one that comes first by name.

    `keys` are the indicators that are wanted beside that of the answers: what a page does not show,
    it does not have counted. Each clock is read once: the mean of days comes with the answers.
    """
    if sort not in SORTS:
        raise not_one_of("sort", SORTS)
    answers = counted_by_department(INDICATORS["answers"], scope, days=mean_days(scope.period))
    shares = {key: by_department(INDICATORS[key], scope) for key in keys if key != "answers"}
    shares["answers"] = {key: share for key, (share, _days) in answers.items()}
    days = {key: more["days"] for key, (_share, more) in answers.items()}
    work = {row.department.pk: row.total for row in work_by_department(scope)}
    found = []
    for department in scope.departments():
        tally = work.get(department.pk)
        found.append(
            Standing(
                department,
                {key: counted.get(department.pk, Share()) for key, counted in shares.items()},
                days.get(department.pk),
                tally.overdue if tally else 0,
                tally.lapsed if tally else 0,
            )
        )
    found.sort(key=attrgetter("department.name"))
    return sorted(found, key=SORTS[sort])
