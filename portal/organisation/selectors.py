"""What pages and other rooms ask about regions, departments, people and systems."""

from dataclasses import dataclass

from django.db.models import BinaryField, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from portal.common.composed import Composed, Placeholder
from portal.common.text import Text
from portal.workdays.clocks import today
from portal.workdays.models import DayKind, HolidayCalendar

from .models import (
    ApiKey,
    Department,
    Duty,
    DutyKind,
    InformationSystem,
    Region,
    Substitution,
    User,
)
from .models.person import ADMINISTRATORS
from .named_days import written


def departments() -> QuerySet[Department]:
    """All active departments with their region, for lists and select boxes."""
    return Department.objects.filter(is_active=True).select_related("region", "parent")


def regions() -> QuerySet[Region]:
    return Region.objects.select_related("parent")


def people_for(user: User, *, text: str = "") -> QuerySet[User]:
    """Administrators see everybody, all others the people of their own department."""
    found = User.objects.select_related("department").prefetch_related("duty_set")
    if not user.has_duty(DutyKind.SYSTEM_ADMIN, DutyKind.SECURITY_ADMIN, DutyKind.AUDIT_ADMIN):
        found = found.filter(department=user.department_id)
    if text:
        found = found.filter(
            Q(name__icontains=text)
            | Q(username__icontains=text)
            | Q(job_number__icontains=text)
            | Q(department__name__icontains=text)
        )
    return found.order_by("department__region__code", "department__name", "username")


def people_with_duties(user: User, department: Department) -> QuerySet[User]:
    """Who holds a duty in the department, as far as `user` may see its people."""
    return (
        people_for(user)
        .filter(department=department, is_active=True, duty_set__isnull=False)
        .distinct()
    )


def systems_for(user: User) -> QuerySet[InformationSystem]:
    """The systems of the person's own department; the system administrator sees all."""
    found = InformationSystem.objects.select_related("department", "application")
    if not user.has_duty(DutyKind.SYSTEM_ADMIN):
        found = found.filter(department=user.department_id)
    return found.order_by("department__name", "name")


def holders(department: Department, kind: str) -> QuerySet[User]:
    """Who holds a duty in the department today, and who stands in for them."""
    held = Duty.objects.filter(kind=kind, department=department)
    stood_in_for = Substitution.objects.on(today()).filter(absent__in=held.values("user"))
    return User.objects.filter(
        Q(pk__in=held.values("user")) | Q(pk__in=stood_in_for.values("substitute")),
        department=department,
        is_active=True,
    ).order_by("pk")


@dataclass(frozen=True, slots=True)
class SubstitutionLine:
    """A substitution and where it stands today."""

    substitution: Substitution
    words: Text
    tone: str
    is_open: bool


def substitutions_of(person: User) -> list[SubstitutionLine]:
    """Who stands, stood or will stand in for the person, newest first."""
    found = Substitution.objects.filter(absent=person).select_related("substitute")
    return [_line(one) for one in found]


def stands_in_for(user: User) -> list[Substitution]:
    """For whom the person stands in today."""
    return list(user.substitutions.on(today()).select_related("absent"))


def colleagues_of(person: User) -> QuerySet[User]:
    """Who could stand in for the person: the department's people that are no administrators."""
    return (
        User.objects.filter(department=person.department_id, is_active=True)
        .exclude(pk=person.pk)
        .exclude(duty_set__kind__in=sorted(ADMINISTRATORS))
        .order_by("name", "pk")
    )


def _line(one: Substitution) -> SubstitutionLine:
    day = today()
    if one.ended_at is not None:
        return SubstitutionLine(one, _("ended early"), "rest", is_open=False)
    if one.last < day:
        return SubstitutionLine(one, _("over"), "rest", is_open=False)
    if one.first > day:
        return SubstitutionLine(one, _("to come"), "wait", is_open=True)
    return SubstitutionLine(one, _("stands in today"), "go", is_open=True)


def competent_department_of(region: Region) -> Department | None:
    """The competent department of the same level (Decree 809, Art. 16)."""
    return Department.objects.filter(region=region, is_competent=True, is_active=True).first()


def heads_of(department: Department) -> list[tuple[str, User]]:
    """The department's heads with the label of their duty."""
    kinds = (DutyKind.DEPARTMENT_HEAD, DutyKind.WORK_BODY_HEAD)
    duties = department.duties.filter(kind__in=kinds).select_related("user").order_by("kind")
    return [(duty.get_kind_display(), duty.user) for duty in duties]


def duty_kind(value: str) -> DutyKind:
    """The duty of that name; raises Http404 for another word, since it came in an address."""
    try:
        return DutyKind(value)
    except ValueError:
        raise Http404(value) from None


def calendar_draft(year: int, region: str = "") -> dict[str, object]:
    """What the form to publish a year starts from: the list in force, or the version 0 of none."""
    found = (
        HolidayCalendar.objects.filter(is_current=True, region=region, year=year)
        .prefetch_related("days")
        .first()
    )
    if found is None:
        return {"year": year, "region": region, "replaces": 0}
    days = [(one.kind, (one.day, one.name)) for one in found.days.all()]
    return {
        "year": year,
        "region": region,
        "holidays": written(day for kind, day in days if kind == DayKind.HOLIDAY),
        "makeup_days": written(day for kind, day in days if kind == DayKind.MAKEUP),
        "source": found.source,
        "published_on": found.published_on,
        "replaces": found.version,
    }


def calendar_years() -> list[HolidayCalendar]:
    """The national lists in force with their days, newest year first."""
    return list(
        HolidayCalendar.objects.filter(is_current=True, region="")
        .prefetch_related("days")
        .order_by("-year")
    )


def lists_of_year(year: int) -> list[HolidayCalendar]:
    """Every version of every list of the year with its days: the nation first, newest first."""
    return list(
        HolidayCalendar.objects.filter(year=year)
        .prefetch_related("days")
        .order_by("region", "-version")
    )


def system_of_client(application: int | None) -> InformationSystem | None:
    """The active system that an OAuth2 application belongs to, with its department."""
    return (
        InformationSystem.objects.select_related("department")
        .filter(application=application, application__isnull=False, is_active=True)
        .first()
    )


def system_of_client_id(client_id: str) -> InformationSystem | None:
    return (
        InformationSystem.objects.select_related("department")
        .filter(application__client_id=client_id)
        .first()
    )


def key_of_digest(digest: bytes) -> ApiKey | None:
    """The key with this SHA-256, live or not, with its system and department."""
    return next(iter(_KEYS.rows(digest=digest)), None)


def _key_of_digest() -> QuerySet[ApiKey]:
    keys = ApiKey.objects.select_related("system__department")
    # Ordered by nothing: a digest is a single key's.
    return keys.filter(digest=Placeholder("digest", BinaryField())).order_by()


_KEYS = Composed(_key_of_digest)
