"""Applications of several requests, and what a person has put aside for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from catalog.models import Resource
from portal.common.decisions import Decision
from portal.organisation.models import Department, User
from sharing import permissions
from sharing.completeness import gaps, seen_of
from sharing.models import LIVE, Application, BasketEntry, RequestState, SharingRequest
from sharing.selectors.requests import requests_for
from sharing.workflow import Move, can


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A resource that was put aside; `may` says why it cannot be asked for any more."""

    resource: Resource
    may: Decision


@dataclass(frozen=True, slots=True)
class Part:
    """One request of an application, and what it lacks while it is a draft."""

    request: SharingRequest
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProviderParts:
    provider: Department
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """`seen` goes along with every act, so that nobody decides on words they have not seen."""

    application: Application
    providers: list[ProviderParts]
    drafts: list[SharingRequest]
    waiting: list[SharingRequest]
    seen: str
    decide: Decision
    change: Decision

    @property
    def is_complete(self) -> bool:
        return not any(part.missing for one in self.providers for part in one.parts)


def basket_of(user: User) -> list[BasketLine]:
    """What the person has put aside, as far as they may still see it, by provider."""
    visible = Resource.objects.permitted(user, "view_resource").values("pk")
    entries = (
        BasketEntry.objects.filter(person=user, resource__in=visible)
        .select_related("resource__department")
        .order_by("resource__department", "at")
    )
    return [
        BasketLine(one.resource, permissions.may_request(user, one.resource)) for one in entries
    ]


def applications_of(user: User) -> QuerySet[Application]:
    return Application.objects.permitted(user).select_related("department", "applicant")


def application_page(user: User, number: str) -> ApplicationPage | None:
    """None when it is none of the person's business: a provider sees its requests, not the rest."""
    found = applications_of(user).filter(number=number).first()
    if found is None:
        return None
    parts = list(
        requests_for(user).filter(application=found).select_related("system").order_by("pk")
    )
    drafts = [one for one in parts if can(one.state, Move.SUBMIT)]
    waiting = [one for one in parts if one.state == RequestState.INTERNAL_REVIEW]
    by_provider: dict[int, ProviderParts] = {}
    for one in parts:
        provider = one.resource.department
        missing = _missing(one) if one in drafts else []
        group = by_provider.setdefault(provider.pk, ProviderParts(provider, []))
        group.parts.append(Part(one, missing))
    some = parts[0]
    return ApplicationPage(
        application=found,
        providers=list(by_provider.values()),
        drafts=drafts,
        waiting=waiting,
        seen=seen_of(parts),
        decide=permissions.may_decide_internally(user, some),
        change=permissions.may_change(user, some),
    )


def open_applications_of(user: User) -> QuerySet[Application]:
    """The department's own with a request under way, newest first."""
    live = SharingRequest.objects.filter(state__in=LIVE).values("application")
    return applications_of(user).filter(pk__in=live)


def _missing(request: SharingRequest) -> list[str]:
    told = gaps(request)
    return [one for name, words in told.items() if name != "is_vouched_for" for one in words]
