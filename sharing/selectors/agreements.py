from dataclasses import dataclass

from django.db.models import QuerySet

from portal.common.decisions import Decision
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.models import (
    Agreement,
    AgreementItem,
    AgreementState,
    AgreementStep,
    Deadline,
    DeadlineKind,
    Pull,
)

Party = User | InformationSystem
PULLS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class AgreementPage:
    agreement: Agreement
    items: list[AgreementItem]
    steps: list[AgreementStep]
    pulls: list[Pull]
    delivery_clock: Deadline | None
    may_pull: Decision
    may_activate: Decision
    may_terminate: Decision

    @property
    def is_pending(self) -> bool:
        return self.agreement.state == AgreementState.PENDING

    @property
    def is_live(self) -> bool:
        return self.agreement.state in {AgreementState.PENDING, AgreementState.ACTIVE}


def agreements_for(party: Party, *, side: str = "", state: str = "") -> QuerySet[Agreement]:
    """What the list shows: `side` is "ours" (we draw), "given" (we provide) or empty for both."""
    found = Agreement.objects.permitted(party)
    if side == "ours":
        found = found.filter(requester=party.department_id)
    elif side == "given":
        found = found.filter(provider=party.department_id)
    if state in AgreementState.values:
        found = found.filter(state=state)
    return found.select_related("resource", "provider", "requester", "system")


def agreement_page(party: Party, number: str) -> AgreementPage | None:
    """Everything about one agreement; None when it is none of the party's business."""
    agreement = (
        agreements_for(party)
        .select_related(
            "resource__department", "provider", "requester", "system", "request", "ended_by"
        )
        .filter(number=number)
        .first()
    )
    if agreement is None:
        return None
    return AgreementPage(
        agreement=agreement,
        items=list(agreement.agreed_items.select_related("item")),
        steps=list(agreement.steps.select_related("by__department")),
        pulls=list(pulls_of(agreement)[:PULLS_SHOWN]),
        delivery_clock=Deadline.objects.filter(
            request=agreement.request_id, kind=DeadlineKind.DELIVER
        ).first(),
        may_pull=permissions.may_pull(party, agreement),
        may_activate=permissions.may_activate(party, agreement),
        may_terminate=permissions.may_terminate(party, agreement),
    )


def pulls_of(agreement: Agreement) -> QuerySet[Pull]:
    return Pull.objects.filter(agreement=agreement).order_by("-started_at", "-id")
