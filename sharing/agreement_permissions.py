"""Who confirms, changes, suspends and restores an agreement, each answer with its reason."""

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, InformationSystem, User
from sharing.models import Agreement, AgreementVersion, Side, Suspension, VersionKind

Party = User | InformationSystem
PROPOSERS = (DutyKind.STAFF, DutyKind.STEWARD)


def side_of(party: Party, agreement: Agreement) -> Side | None:
    if party.department_id == agreement.provider_id:
        return Side.PROVIDER
    if party.department_id == agreement.requester_id:
        return Side.REQUESTER
    return None


def is_competent(party: Party) -> bool:
    return party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent


def may_propose(party: Party, agreement: Agreement) -> Decision:
    """Staff of either side may write other terms; they bind nobody until both heads confirm.

    A department has one head, who confirms what others wrote: it could not confirm its own.
    """
    if side_of(party, agreement) is None or not party.has_duty(*PROPOSERS):
        return denied(
            _("The staff and stewards of the two parties propose other terms; the heads confirm.")
        )
    return ALLOWED


def may_retract(party: Party, agreement: Agreement) -> Decision:
    """The side that proposed takes it back, and either head turns it down."""
    proposed = agreement.version_proposed
    if side_of(party, agreement) is None:
        return denied(_("Only the two parties take proposed terms back."))
    if party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    if proposed is not None and party == proposed.made_by:
        return ALLOWED
    return denied(_("Who proposed the terms takes them back, or a work body head turns them down."))


def may_confirm(party: Party, agreement: Agreement) -> Decision:
    """Each side's work body head, for that side alone, and never on what they wrote themselves."""
    side = side_of(party, agreement)
    if side is None or not party.has_duty(DutyKind.WORK_BODY_HEAD):
        return denied(_("The work body heads of the two parties confirm the terms."))
    version = agreement.version_proposed
    if version is None:
        return ALLOWED
    if party == _author(version, side):
        return denied(_("Nobody decides on their own request."))
    # Possible only for who has changed the department meanwhile.
    if version.confirmations.exclude(side=side).filter(by=party.pk).exists():
        return denied(_("You confirmed for the other side: somebody else confirms for this one."))
    return ALLOWED


def _author(version: AgreementVersion, side: Side) -> User | None:
    """Whose request it is: of the first terms the applicant's, of others whoever wrote them."""
    if version.kind != VersionKind.FIRST:
        return version.made_by
    return version.agreement.request.applicant if side == Side.REQUESTER else None


def may_consult(party: Party, agreement: Agreement) -> Decision:
    """The provider's head plans the end of a service (Art. 27)."""
    if side_of(party, agreement) == Side.PROVIDER and party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    return denied(_("The provider's work body head plans the end of the service (Art. 27)."))


def may_answer_end(party: Party, agreement: Agreement) -> Decision:
    if side_of(party, agreement) == Side.REQUESTER and party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    return denied(_("The requester's work body head answers (Art. 27)."))


def may_acknowledge(party: Party, agreement: Agreement) -> Decision:
    if side_of(party, agreement) == Side.REQUESTER and party.has_duty(
        *PROPOSERS, DutyKind.WORK_BODY_HEAD
    ):
        return ALLOWED
    return denied(_("The requester's people acknowledge the notice."))


def may_suspend(party: Party, agreement: Agreement) -> Decision:
    """The provider's head and the competent department (Art. 27)."""
    if is_competent(party):
        return ALLOWED
    if side_of(party, agreement) == Side.PROVIDER and party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    return denied(
        _(
            "The provider's work body head or the competent department suspends and restores"
            " sharing (Art. 27)."
        )
    )


def may_rectify(party: Party, agreement: Agreement) -> Decision:
    """Who may suspend orders what has to be put right."""
    return may_suspend(party, agreement)


def may_report(party: Party, agreement: Agreement) -> Decision:
    if side_of(party, agreement) != Side.REQUESTER or not party.has_duty(DutyKind.WORK_BODY_HEAD):
        return denied(_("The requester's work body head reports what was put right (Art. 27)."))
    return ALLOWED


def may_restore(party: Party, agreement: Agreement) -> Decision:
    """Who suspended; what the competent department suspended it alone restores."""
    decision = may_suspend(party, agreement)
    if not decision or is_competent(party):
        return decision
    if Suspension.objects.filter(agreement=agreement, closed_at=None, by_competent=True).exists():
        return denied(
            _("The competent department suspended sharing: it decides when it is restored.")
        )
    return ALLOWED
