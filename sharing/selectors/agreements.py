from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from audit.permissions import may_read
from catalog.models import Resource
from portal.common.decisions import Decision
from portal.organisation.models import InformationSystem, User
from sharing import agreement_permissions, permissions
from sharing.models import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementItem,
    AgreementState,
    AgreementStep,
    AgreementVersion,
    ChangeNotice,
    Deadline,
    DeadlineKind,
    EndPlan,
    Pull,
    Side,
    Suspension,
)
from sharing.selectors.terms import TermRow, term_rows, versions_of
from sharing.use import Use, use_on
from sharing.workflow import AgreementMove, can

Party = User | InformationSystem
PULLS_SHOWN = 20
NOTICES_SHOWN = 10
FILED = "filed"


@dataclass(frozen=True, slots=True)
class AgreementRights:
    """What this person may do with an agreement; a refusal says why."""

    propose: Decision
    retract: Decision
    confirm: Decision
    suspend: Decision
    rectify: Decision
    report: Decision
    restore: Decision
    consult: Decision
    answer: Decision
    acknowledge: Decision


@dataclass(frozen=True, slots=True)
class AgreementPage:
    agreement: Agreement
    items: list[AgreementItem]
    steps: list[AgreementStep]
    pulls: list[Pull]
    delivery_clock: Deadline | None
    may_pull: Decision
    may_list: Decision
    may_activate: Decision
    may_terminate: Decision
    rights: AgreementRights
    versions: list[AgreementVersion]
    terms: list[TermRow]
    suspension: Suspension | None
    use: Use
    end_plan: EndPlan | None
    notices: list[ChangeNotice]
    is_provider: bool
    has_confirmed: bool  # the person's side, what is proposed
    possible: frozenset[str]  # the moves that lead on from the state
    by_audit: bool  # the person reads it as audit administrator alone

    @property
    def is_pending(self) -> bool:
        return self.agreement.state == AgreementState.PENDING

    @property
    def is_live(self) -> bool:
        return self.agreement.state in LIVE_AGREEMENT


def agreements_for(party: Party, *, side: str = "", state: str = "") -> QuerySet[Agreement]:
    """What the list shows: `side` is "ours" (we draw), "given" (we provide) or empty for both.

    `state` is one of an agreement, or `FILED`: ended by the provider, and filed (Art. 27).
    """
    found = Agreement.objects.permitted(party)
    if side == "ours":
        found = found.filter(requester=party.department_id)
    elif side == "given":
        found = found.filter(provider=party.department_id)
    if state in AgreementState.values:
        found = found.filter(state=state)
    elif state == FILED:
        found = found.filter(end_plans__filed_at__isnull=False)
    return found.select_related("resource", "provider", "requester", "system")


def agreement_on(party: Party, resource: Resource) -> Agreement | None:
    """The one by which the party's department draws rows of the resource, unless it has ended."""
    return (
        Agreement.objects.permitted(party)
        .filter(requester=party.department_id, resource=resource, state__in=LIVE_AGREEMENT)
        .order_by("-created_at", "-pk")
        .first()
    )


def with_versions(found: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """With the numbers of what is in force and proposed; the terms themselves stay where they are."""
    return found.select_related("request", "version_in_force", "version_proposed").defer(
        "version_in_force__terms", "version_proposed__terms"
    )


def agreement_page(party: Party, number: str, *, to_read: bool = False) -> AgreementPage | None:
    """Everything about one agreement; None when it is none of the party's business.

    `to_read` as of `request_page`.
    """
    agreement = (
        (Agreement.objects.readable(party) if to_read else Agreement.objects.permitted(party))
        .select_related(
            "resource__department",
            "provider",
            "requester",
            "system",
            "request__applicant",
            "ended_by",
            "version_in_force",
            "version_proposed__made_by",
        )
        .filter(number=number)
        .first()
    )
    if agreement is None:
        return None
    version = agreement.version_in_force or agreement.version_proposed
    return AgreementPage(
        agreement=agreement,
        items=list(agreement.agreed_items.select_related("item")),
        steps=list(agreement.steps.select_related("by__department")),
        pulls=list(pulls_of(agreement)[:PULLS_SHOWN]),
        delivery_clock=Deadline.objects.filter(
            request=agreement.request_id, kind=DeadlineKind.DELIVER
        ).first(),
        may_pull=permissions.may_pull(party, agreement),
        may_list=permissions.may_list(party, agreement),
        may_activate=permissions.may_activate(party, agreement),
        may_terminate=permissions.may_terminate(party, agreement),
        rights=_rights(party, agreement),
        versions=list(versions_of(agreement)),
        terms=term_rows(version.terms) if version else [],
        suspension=agreement.suspensions.filter(closed_at=None).select_related("by").first(),
        end_plan=agreement.end_plans.select_related("by", "answered_by").first(),
        notices=list(notices_of(agreement)[:NOTICES_SHOWN]),
        use=use_on(agreement, timezone.localtime()),
        is_provider=agreement_permissions.side_of(party, agreement) == Side.PROVIDER,
        has_confirmed=_has_confirmed(party, agreement),
        possible=frozenset(how.value for how in AgreementMove if can(agreement.state, how)),
        by_audit=bool(may_read(party))
        and not Agreement.objects.permitted(party).filter(pk=agreement.pk).exists(),
    )


def _has_confirmed(party: Party, agreement: Agreement) -> bool:
    side = agreement_permissions.side_of(party, agreement)
    proposed = agreement.version_proposed
    if side is None or proposed is None:
        return False
    return proposed.confirmations.filter(side=side).exists()


def _rights(party: Party, agreement: Agreement) -> AgreementRights:
    may = agreement_permissions
    return AgreementRights(
        propose=may.may_propose(party, agreement),
        retract=may.may_retract(party, agreement),
        confirm=may.may_confirm(party, agreement),
        suspend=may.may_suspend(party, agreement),
        rectify=may.may_rectify(party, agreement),
        report=may.may_report(party, agreement),
        restore=may.may_restore(party, agreement),
        consult=may.may_consult(party, agreement),
        answer=may.may_answer_end(party, agreement),
        acknowledge=may.may_acknowledge(party, agreement),
    )


def notices_of(agreement: Agreement) -> QuerySet[ChangeNotice]:
    """Those that told something, newest first."""
    found = ChangeNotice.objects.filter(agreement=agreement).exclude(
        acknowledged_at__isnull=False, acknowledged_by=None
    )
    return found.select_related("version", "acknowledged_by").order_by("-at", "-id")


def receipt_for(party: Party, number: str, receipt: UUID) -> Pull | None:
    """What was noted under the receipt, for the parties of the agreement."""
    seen = Agreement.objects.permitted(party).filter(number=number)
    return Pull.objects.filter(agreement__in=seen, receipt=receipt).first()


def pulls_of(agreement: Agreement) -> QuerySet[Pull]:
    return Pull.objects.filter(agreement=agreement).order_by("-started_at", "-id")
