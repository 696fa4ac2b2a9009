"""What the indicators count: each a queryset of cases in a scope, and which of them are good ones."""

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.freshness import Freshness, freshness_at
from catalog.models import (
    CatalogueClock,
    CatalogueDeadline,
    Resource,
    ResourceState,
    SharingAttribute,
)
from portal.workdays.clocks import TICKING, today
from sharing.models import (
    Agreement,
    AgreementState,
    Deadline,
    DeadlineKind,
    PullResult,
    RequestState,
    SharingRequest,
)

from .scope import Scope

MET = Q(met_at__isnull=False)
# Agreements under which rows may be drawn, or might be but for a suspension.
IN_USE = (AgreementState.ACTIVE, AgreementState.SUSPENDED, AgreementState.RECTIFYING)


def answers(scope: Scope) -> "QuerySet[Deadline]":
    return _decided(Deadline.objects.filter(kind=DeadlineKind.ANSWER), scope)


def deliveries(scope: Scope) -> "QuerySet[Deadline]":
    return _decided(Deadline.objects.filter(kind=DeadlineKind.DELIVER), scope)


def updates(scope: Scope) -> "QuerySet[CatalogueDeadline]":
    return _decided(CatalogueDeadline.objects.filter(kind=CatalogueClock.UPDATE), scope)


def _decided(clocks: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Clocks of which it is known whether they were kept: met, or past their day; due since it began.

    One met before its day counts at once. One that stands, or fell away, is neither.
    """
    found: QuerySet[Any] = clocks.filter(
        MET | (TICKING & Q(due__lt=today())),
        cancelled_at=None,
        due__gte=scope.period.first,
        holder__in=scope.departments().values("pk"),
    )
    return found.filter(due__lte=scope.period.until) if scope.period.until else found


def met_in_time() -> Q:
    return Q(met_at__isnull=False) & Q(met_on__lte=F("due"))


def with_met_on(clocks: QuerySet[Any]) -> QuerySet[Any]:
    """With `met_on`: the day, as the law counts, on which the duty was done."""
    met_on = TruncDate("met_at", tzinfo=timezone.get_default_timezone())
    found: QuerySet[Any] = clocks.annotate(met_on=met_on)
    return found


def closed_requests(scope: Scope) -> "QuerySet[SharingRequest]":
    """Requests that came to an end in the period: refused, delivered, or ended before delivery.

    What the requester has withdrawn is no answer of anybody's, and not counted.
    """
    began, ended = scope.period.moments
    refused = Q(state=RequestState.REFUSED, answered_at__gte=began, answered_at__lt=ended)
    delivered = Q(agreement__activated_at__gte=began, agreement__activated_at__lt=ended)
    lost = Q(
        agreement__activated_at=None,
        agreement__ended_at__gte=began,
        agreement__ended_at__lt=ended,
    )
    return SharingRequest.objects.filter(
        refused | delivered | lost,
        received_at__isnull=False,
        resource__department__in=scope.departments().values("pk"),
    )


def shareable_entries(scope: Scope) -> "QuerySet[Resource]":
    return (
        Resource.objects.permitted(scope.user, "view_resource")
        .filter(
            state=ResourceState.PUBLISHED,
            department__in=scope.departments().values("pk"),
        )
        .exclude(sharing_attribute=SharingAttribute.NOT_SHARED)
    )


def entries_with_rows(scope: Scope) -> "QuerySet[Resource]":
    return (
        shareable_entries(scope)
        .filter(rows_changed_at__isnull=False)
        .annotate(freshness=freshness_at(timezone.now()))
    )


FRESH = Q(freshness=Freshness.IN_TIME)


def agreements_of_requesters(scope: Scope) -> "QuerySet[Agreement]":
    return Agreement.objects.permitted(scope.user).filter(
        state__in=IN_USE, requester__in=scope.departments().values("pk")
    )


def active_agreements(scope: Scope) -> "QuerySet[Agreement]":
    return agreements_of_requesters(scope).filter(state=AgreementState.ACTIVE)


def was_used(scope: Scope) -> Q:
    """Whether rows were drawn in full under an agreement in the period."""
    began, ended = scope.period.moments
    drawn = Agreement.objects.filter(
        pulls__result=PullResult.OK, pulls__started_at__gte=began, pulls__started_at__lt=ended
    )
    return Q(pk__in=drawn.values("pk"))


def months_of(scope: Scope) -> list[date]:
    """The first day of each month of the period."""
    day, found = scope.period.first.replace(day=1), []
    while day <= scope.period.last:
        found.append(day)
        day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    return found
