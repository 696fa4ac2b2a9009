from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from audit.permissions import may_read
from portal.common.decisions import Decision
from portal.common.errors import Invalid
from portal.common.text import Text
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.models import (
    LIVE,
    Agreement,
    AnswerExtension,
    Deadline,
    DeadlineKind,
    Dispute,
    Offer,
    RequestAttachment,
    RequestedItem,
    RequestNote,
    RequestState,
    RequestStep,
    SharingRequest,
    SupplementNotice,
)
from sharing.workflow import Move, can

Party = User | InformationSystem
MOST_EARLIER = 5


@dataclass(frozen=True, slots=True)
class ListTab:
    key: str
    label: Text
    count: int


TABS: dict[str, tuple[Text, Q]] = {
    "live": (_("under way"), Q(state__in=LIVE)),
    "agreed": (_("agreed"), Q(state=RequestState.AGREED)),
    "refused": (_("refused"), Q(state=RequestState.REFUSED)),
    "withdrawn": (_("withdrawn"), Q(state=RequestState.WITHDRAWN)),
    "all": (_("all"), Q()),
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What this person may do with a request now; a refusal says why."""

    change: Decision
    decide: Decision
    answer: Decision
    withdraw: Decision
    ask_extension: Decision
    decide_extension: Decision
    dispute: Decision
    decide_dispute: Decision
    write: Decision
    advise: Decision


@dataclass(frozen=True)
class RequestPage:
    request: SharingRequest
    items: list[RequestedItem]
    steps: list[RequestStep]
    answer_clock: Deadline | None
    delivery_clock: Deadline | None
    agreement: Agreement | None
    rights: Rights
    can_change: bool
    can_decide: bool
    can_answer: bool
    can_withdraw: bool
    supplement: SupplementNotice | None
    extension: AnswerExtension | None
    offer: Offer | None
    disputes: list[Dispute]
    attachments: list[RequestAttachment]
    siblings: list[SharingRequest]
    notes: list[RequestNote]
    by_audit: bool  # the person reads it as audit administrator alone

    @cached_property
    def item_names(self) -> dict[str, str]:
        """Names of all items of the resource by column: a condition may name one not asked for."""
        return dict(self.request.resource.items.values_list("column", "name"))

    def can(self, how: Move) -> bool:
        """Whether the request's state lets the move happen at all."""
        return can(self.request.state, how)

    @property
    def open_dispute(self) -> Dispute | None:
        return next((one for one in self.disputes if one.is_open), None)

    @property
    def may_be_contested(self) -> bool:
        """A refusal that was not contested yet; one that was upheld stands."""
        return self.request.state == RequestState.REFUSED and not self.disputes


def requests_for(party: Party, *, side: str = "", tab: str = "all") -> QuerySet[SharingRequest]:
    """What the list shows: `side` is "ours" (we ask), "received" (we provide) or empty for both."""
    return _listed(SharingRequest.objects.permitted(party), party, side=side, tab=tab)


def _listed(
    found: QuerySet[SharingRequest], party: Party, *, side: str = "", tab: str = "all"
) -> QuerySet[SharingRequest]:
    if side == "ours":
        found = found.filter(requester=party.department_id)
    elif side == "received":
        found = found.filter(resource__department=party.department_id)
    if tab in TABS:
        found = found.filter(TABS[tab][1])
    return found.select_related(
        "resource__department", "requester", "applicant", "application"
    ).prefetch_related("deadlines")


def request_tabs(party: Party, *, side: str = "") -> list[ListTab]:
    """The tabs of the list with their counts, in one query."""
    found = requests_for(party, side=side).prefetch_related(None).order_by()
    counts = found.aggregate(**{key: Count("pk", filter=q) for key, (_l, q) in TABS.items() if q})
    counts["all"] = found.count()
    return [ListTab(key, label, counts[key]) for key, (label, _q) in TABS.items()]


def open_requests_of(user: User) -> QuerySet[SharingRequest]:
    """The own department's requests that are under way, newest first."""
    return requests_for(user, side="ours", tab="live").order_by("-created_at", "-id")


def earlier_requests_of(user: User) -> QuerySet[SharingRequest]:
    """The department's last few requests that said something, to begin a new one with."""
    written = requests_for(user, side="ours").exclude(use_scene="").prefetch_related(None)
    return written.order_by("-created_at", "-id")[:MOST_EARLIER]


def own_request(user: User, number: str) -> SharingRequest | None:
    """A request of the person's own department; None when there is none of that number."""
    return requests_for(user, side="ours").filter(number=number).first()


def request_page(party: Party, number: str, *, to_read: bool = False) -> RequestPage | None:
    """Everything about one request; None when it is none of the party's business.

    `to_read` is for pages that change nothing: the audit administrator reads there what is nobody's
    but others'.
    """
    steps = RequestStep.objects.select_related("by__department")
    every = SharingRequest.objects
    request = (
        _listed(every.readable(party) if to_read else every.permitted(party), party)
        .select_related(
            "resource__department__region",
            "requester",
            "applicant",
            "system",
            "supplement__by",
            "extension__by",
            "extension__decided_by",
            "offer__by",
        )
        .prefetch_related(Prefetch("steps", queryset=steps))
        .filter(number=number)
        .first()
    )
    if request is None:
        return None
    # The latest of each kind: one that was stopped for a supplement or a dispute has a successor.
    clocks = {one.kind: one for one in sorted(request.deadlines.all(), key=lambda one: one.pk)}
    rights = Rights(
        change=permissions.may_change(party, request),
        decide=permissions.may_decide_internally(party, request),
        answer=permissions.may_answer(party, request),
        withdraw=permissions.may_withdraw(party, request),
        ask_extension=_may_ask_extension(party, request, clocks.get(DeadlineKind.ANSWER)),
        decide_extension=permissions.may_decide_extension(party, request),
        dispute=permissions.may_dispute(party, request),
        decide_dispute=permissions.may_decide_dispute(party, request),
        write=permissions.may_write(party, request),
        advise=permissions.may_advise(party, request),
    )
    return RequestPage(
        request=request,
        items=list(request.requested_items.select_related("item")),
        steps=list(request.steps.all()),
        answer_clock=clocks.get(DeadlineKind.ANSWER),
        delivery_clock=clocks.get(DeadlineKind.DELIVER),
        agreement=Agreement.objects.filter(request=request).first(),
        rights=rights,
        can_change=can(request.state, Move.SUBMIT),
        can_decide=can(request.state, Move.APPROVE),
        can_answer=can(request.state, Move.AGREE),
        can_withdraw=can(request.state, Move.WITHDRAW),
        supplement=getattr(request, "supplement", None),
        extension=getattr(request, "extension", None),
        offer=getattr(request, "offer", None),
        attachments=list(request.attachments.all()),
        siblings=_siblings(party, request),
        notes=list(request.notes.select_related("by__department")),
        disputes=list(request.disputes.select_related("by__department", "decided_by__department")),
        by_audit=bool(may_read(party))
        and not SharingRequest.objects.permitted(party).filter(pk=request.pk).exists(),
    )


def _siblings(party: Party, request: SharingRequest) -> list[SharingRequest]:
    """The other requests of the same application that the party may see."""
    if request.application_id is None:
        return []
    others = requests_for(party).filter(application=request.application_id)
    return list(others.exclude(pk=request.pk).order_by("pk"))


def number_of_agreement(request: SharingRequest) -> str | None:
    """The number of the agreement that the request led to, if any."""
    return Agreement.objects.filter(request=request).values_list("number", flat=True).first()


def own_system(user: User, pk: int | None) -> InformationSystem | None:
    """The active information system of the person's own department; Invalid when it is none."""
    if pk is None:
        return None
    found = InformationSystem.objects.filter(
        pk=pk, department=user.department_id, is_active=True
    ).first()
    if found is None:
        words = _t("Choose an information system of your own department.")
        raise Invalid(_t("The request has errors."), fields={"system": [words]})
    return found


def _may_ask_extension(party: Party, request: SharingRequest, clock: Deadline | None) -> Decision:
    """An act that its clock would refuse is not offered."""
    may = permissions.may_ask_extension(party, request)
    return permissions.may_still_be_extended(clock) if may and clock is not None else may
