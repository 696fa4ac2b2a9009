"""Refusals by reason, and extensions by what became of them (Art. 17 and 21)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from catalog.models import UpdateDuty, UpdateExtension
from portal.supervision.scope import Scope, not_one_of
from sharing.models import AnswerExtension, Dispute, RefusalReason, RequestState, SharingRequest

KINDS = ("answer", "update")
OUTCOMES: dict[str, Q] = {
    "open": Q(decided_at=None),
    "granted": Q(granted_days__gt=0),
    "denied": Q(granted_days=0),
}


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many refusals gave a reason, and how many of them were taken to a dispute."""

    reason: str
    label: str
    number: int
    contested: int


@dataclass(frozen=True, slots=True)
class Extensions:
    """Extensions of one duty asked for in the period; `days` were granted in all."""

    kind: str
    open: int
    granted: int
    denied: int
    days: int

    @property
    def number(self) -> int:
        return self.open + self.granted + self.denied


def refused(
    scope: Scope, *, reason: str = "", contested: bool = False
) -> "QuerySet[SharingRequest]":
    """Requests refused in the period whose refusal stands today, newest first."""
    if reason and reason not in RefusalReason.values:
        raise not_one_of("reason", RefusalReason.values)
    began, ended = scope.period.moments
    found = SharingRequest.objects.permitted(scope.user).filter(
        state=RequestState.REFUSED,
        answered_at__gte=began,
        answered_at__lt=ended,
        resource__department__in=scope.departments().values("pk"),
    )
    if reason:
        found = found.filter(refusal_reason=reason)
    if contested:
        found = found.filter(Exists(Dispute.objects.filter(request=OuterRef("pk"))))
    return found.select_related("resource__department", "requester").order_by("-answered_at", "-pk")


def refusals_by_reason(scope: Scope) -> list[Refusals]:
    """Every reason that was given, the most frequent first."""
    counted = (
        refused(scope)
        .order_by()
        .values("refusal_reason")
        .annotate(
            number=Count("pk", distinct=True),
            contested=Count("pk", filter=Q(disputes__isnull=False), distinct=True),
        )
        .order_by("-number", "refusal_reason")
    )
    return [
        Refusals(
            row["refusal_reason"],
            str(RefusalReason(row["refusal_reason"]).label),
            row["number"],
            row["contested"],
        )
        for row in counted
    ]


def answer_extensions(scope: Scope, *, outcome: str = "") -> "QuerySet[AnswerExtension]":
    """Asked for in the period, newest first."""
    began, ended = scope.period.moments
    found = AnswerExtension.objects.filter(
        at__gte=began,
        at__lt=ended,
        request__in=SharingRequest.objects.permitted(scope.user),
        request__resource__department__in=scope.departments().values("pk"),
    )
    return (
        found.filter(_outcome(outcome))
        .select_related("request__resource__department", "by", "decided_by")
        .order_by("-at", "-pk")
    )


def update_extensions(scope: Scope, *, outcome: str = "") -> "QuerySet[UpdateExtension]":
    began, ended = scope.period.moments
    found = UpdateExtension.objects.filter(
        asked_at__gte=began,
        asked_at__lt=ended,
        duty__in=UpdateDuty.objects.permitted(scope.user),
        duty__department__in=scope.departments().values("pk"),
    )
    return (
        found.filter(_outcome(outcome))
        .select_related("duty__department", "asked_by", "decided_by")
        .order_by("-asked_at", "-pk")
    )


def extensions_by_kind(scope: Scope) -> list[Extensions]:
    return [
        _counted("answer", answer_extensions(scope)),
        _counted("update", update_extensions(scope)),
    ]


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension of either kind, as the list shows it; `granted` is None while it is open."""

    kind: str
    title: str
    url: str
    department: str
    asked_at: datetime
    days: int
    granted: int | None
    reasons: str


def extensions(scope: Scope, *, kind: str = "", outcome: str = "") -> list[Extension]:
    """Of both kinds or one, newest first. Few: a department has one a request or update."""
    if kind and kind not in KINDS:
        raise not_one_of("kind", KINDS)
    found = []
    if kind in ("", "answer"):
        found += _of_answers(scope, outcome)
    if kind in ("", "update"):
        found += _of_updates(scope, outcome)
    return sorted(found, key=lambda one: one.asked_at, reverse=True)


def _of_answers(scope: Scope, outcome: str) -> list[Extension]:
    return [
        Extension(
            "answer",
            str(one.request),
            one.request.get_absolute_url(),
            str(one.request.resource.department),
            one.at,
            one.days,
            one.granted_days,
            one.words,
        )
        for one in answer_extensions(scope, outcome=outcome)
    ]


def _of_updates(scope: Scope, outcome: str) -> list[Extension]:
    return [
        Extension(
            "update",
            str(one.duty),
            one.duty.get_absolute_url(),
            str(one.duty.department),
            one.asked_at,
            one.days,
            one.granted_days,
            one.reasons,
        )
        for one in update_extensions(scope, outcome=outcome)
    ]


def _outcome(outcome: str) -> Q:
    if outcome and outcome not in OUTCOMES:
        raise not_one_of("outcome", OUTCOMES)
    return OUTCOMES.get(outcome, Q())


def _counted(kind: str, found: QuerySet[Any]) -> Extensions:
    counted = found.order_by().aggregate(
        **{name: Count("pk", filter=q) for name, q in OUTCOMES.items()},
        days=Sum(F("granted_days"), default=0),
    )
    return Extensions(kind, **counted)
