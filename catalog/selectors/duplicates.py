"""Duplicates, and the register of source departments (Decree 809, Art. 19)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import (
    IN_REVIEW,
    CollectionPlan,
    Duplicate,
    DuplicateState,
    PlanState,
    Resource,
    ResourceState,
    SourceOfItem,
)
from catalog.one_source.finding import Candidate, Found, candidates, duplicates_of, source_of
from catalog.one_source.score import THRESHOLD
from catalog.parties import Party
from portal.common.errors import NotFound
from portal.organisation.models import Department, Region, User

NO_RESOURCE = gettext_lazy("There is no such resource.")

__all__ = [
    "NO_RESOURCE",
    "Candidate",
    "Found",
    "appointment_of",
    "candidates",
    "department_to_appoint",
    "departments_of",
    "duplicates_of",
    "open_duplicates",
    "other_entry",
    "register",
    "source_of",
]


def open_duplicates(
    user: User, *, department: Department | None = None, least: int = THRESHOLD
) -> QuerySet[Duplicate]:
    """The open duplicates that the person sees both sides of, highest score first."""
    seen = Resource.objects.permitted(user, "view_resource").values("pk")
    filed = CollectionPlan.objects.permitted(user).filter(state=PlanState.FILED).values("pk")
    found = Duplicate.objects.filter(
        Q(resource__in=seen, resource__state__in=(*IN_REVIEW, ResourceState.PUBLISHED))
        | Q(plan__in=filed),
        state=DuplicateState.OPEN,
        score__gte=least,
        other__in=seen,
        other__state=ResourceState.PUBLISHED,
    )
    if department is not None:
        found = found.filter(
            Q(resource__department=department)
            | Q(plan__department=department)
            | Q(other__department=department)
        )
    return (
        found.select_related("resource__department", "plan__department", "other__department")
        .defer("resource__search", "resource__name_search", "other__search", "other__name_search")
        .order_by("-score", "-id")
    )


def register(*, q: str = "", region: Region | None = None) -> QuerySet[SourceOfItem]:
    """The appointments in force, by name."""
    found = SourceOfItem.objects.filter(ended_at=None).select_related("department", "region")
    if region is not None:
        found = found.filter(region=region)
    if q:
        found = found.filter(Q(name__icontains=q) | Q(department__name__icontains=q))
    return found.order_by("name", "pk")


def appointment_of(pk: int) -> SourceOfItem:
    """An appointment in force or ended; the register is open to everybody who is signed in."""
    found = SourceOfItem.objects.select_related("department__region").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such appointment."))
    return found


def department_to_appoint(user: User, pk: int) -> Department:
    found = departments_of(user.department.region).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such department in your region."))
    return found


def departments_of(region: Region) -> QuerySet[Department]:
    """Who can be named lead collector in a region."""
    return Department.objects.filter(region=region).order_by("name")


def other_entry(party: Party, pk: int) -> Resource:
    """The entry that a duplicate is linked to or justified against, when the party sees it."""
    found = Resource.objects.permitted(party, "view_resource").filter(pk=pk).first()
    if found is None:
        raise NotFound(NO_RESOURCE)
    return found
