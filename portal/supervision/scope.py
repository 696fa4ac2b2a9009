"""What is looked at: whose clocks, requests and entries, and of which time.

`departments_of` is the one place that says whose figures a person sees; every count, list, file and
API answer of this package starts from it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import Invalid, NotFound
from portal.organisation.models import Department, RegionLevel, User
from portal.workdays.clocks import today

from .permissions import may_see_figures, oversees

# Digits of a division code that all divisions below share.
DIGITS = {
    RegionLevel.NATION: 0,
    RegionLevel.PROVINCE: 2,
    RegionLevel.CITY: 4,
    RegionLevel.COUNTY: 6,
    RegionLevel.TOWNSHIP: 9,
    RegionLevel.VILLAGE: 12,
}
PERIODS = ("year", "quarter", "month", "twelve")
LEVEL, BELOW = "level", "below"
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both days included, as the law counts days.

    `until` is the last day on which a case of it may be due. None where the period is of today: what
    is due later and done already counts.
    """

    key: str
    first: date
    last: date
    until: date | None = None

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the period, and the first after it."""
        zone = timezone.get_default_timezone()
        after = self.last + timedelta(days=1)
        return (
            timezone.make_aware(datetime.combine(self.first, time.min), zone),
            timezone.make_aware(datetime.combine(after, time.min), zone),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person looks at. `department` is the one chosen of those that they may see."""

    user: User
    period: Period
    reach: str = LEVEL
    department: Department | None = None

    def departments(self) -> QuerySet[Department]:
        found = departments_of(self.user, reach=self.reach)
        return found.filter(pk=self.department.pk) if self.department else found

    def over_twelve_months(self) -> "Scope":
        return replace(self, period=period_of("twelve"))

    def in_month(self, day: date) -> "Scope":
        """The same for the month of a day."""
        return replace(self, period=period_of(day.strftime("%Y-%m")))

    @property
    def oversees(self) -> bool:
        return oversees(self.user)


def departments_of(user: User, *, reach: str = LEVEL) -> QuerySet[Department]:
    """The departments whose figures the person may see.

    For an officer those of the region, with `reach` "below" also those of the regions under it; for
    all others their own. None for who has no duty in a department.
    """
    found = Department.objects.filter(is_active=True).select_related("region")
    if not may_see_figures(user):
        return found.none()
    if not oversees(user):
        return found.filter(pk=user.department_id)
    region = user.department.region
    if reach == BELOW:
        return found.filter(
            region__code__startswith=region.code[: DIGITS[RegionLevel(region.level)]]
        )
    return found.filter(region=region)


def period_of(key: str) -> Period:
    """This year, quarter or month, or the last twelve months, until today; or one month of these."""
    day = today()
    if month := MONTH.fullmatch(key):
        return _month(key, int(month[1]), int(month[2]))
    match key:
        case "year":
            first = day.replace(month=1, day=1)
        case "quarter":
            first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "month":
            first = day.replace(day=1)
        case "twelve":
            first = (day.replace(day=1) - timedelta(days=330)).replace(day=1)
        case _:
            raise not_one_of("period", (*PERIODS, _("a month as YYYY-MM")))
    return Period(key, first, day)


def _month(key: str, year: int, month: int) -> Period:
    first = date(year, month, 1)
    widest = period_of("twelve")
    if not widest.first <= first <= widest.last:
        told = _("A month of the last twelve: %(first)s to %(last)s.") % {
            "first": widest.first.strftime("%Y-%m"),
            "last": widest.last.strftime("%Y-%m"),
        }
        raise Invalid(told, fields={"period": [told]})
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return Period(key, first, last, until=last)


def scope_of(user: User, asked: Mapping[str, str]) -> Scope:
    """The scope that a query string asks for: `period`, `reach`, `department`.

    Raises `NotAllowed` for who sees no figures, `NotFound` for a department outside of theirs and
    `Invalid` for a word that means nothing.
    """
    may_see_figures(user).enforce()
    reach = asked.get("reach") or LEVEL
    if reach not in (LEVEL, BELOW):
        raise not_one_of("reach", (LEVEL, BELOW))
    scope = Scope(user, period_of(asked.get("period") or "year"), reach)
    if chosen := asked.get("department"):
        key = int(chosen) if chosen.isdecimal() and len(chosen) < 10 else 0
        department = departments_of(user, reach=reach).filter(pk=key).first()
        if department is None:
            raise NotFound(_("There is no such department among those you supervise."))
        return replace(scope, department=department)
    return scope


def not_one_of(name: str, words: Iterable[str]) -> Invalid:
    """The refusal of a word in the query string that means nothing here."""
    told = _("%(name)s is one of: %(words)s.") % {"name": name, "words": ", ".join(words)}
    return Invalid(told, fields={name: [told]})
