"""Who may do what with a request or an agreement, each answer with its reason."""

from django.utils.translation import gettext as _

from catalog.models import Resource, SharingAttribute
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, InformationSystem, User

from .models import LIVE, LIVE_AGREEMENT, Agreement, AgreementState, SharingRequest

Party = User | InformationSystem
APPLICANTS = (DutyKind.STAFF, DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD)


def may_request(party: Party, resource: Resource) -> Decision:
    """Whether the party's department may apply for the resource (Decree 809, Art. 20)."""
    if not party.has_duty(*APPLICANTS):
        return denied(_("Requests are made by a department's staff."))
    if resource.department_id == party.department_id:
        return denied(_("This is your own department's data."))
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        return denied(
            _("Not shared: %(title)s, %(article)s.")
            % {"title": resource.basis_title, "article": resource.basis_article}
        )
    if not resource.is_published:
        return denied(_("The resource is not published."))
    if SharingRequest.objects.filter(
        resource=resource, requester=party.department_id, state__in=LIVE
    ).exists():
        return denied(_("Your department has a request for this resource under way already."))
    if Agreement.objects.filter(
        resource=resource, requester=party.department_id, state__in=LIVE_AGREEMENT
    ).exists():
        return denied(_("Your department has a live agreement on this resource already."))
    return ALLOWED


def may_change(party: Party, request: SharingRequest) -> Decision:
    """The draft is its applicant's: to change, and to submit."""
    if party != request.applicant:
        return denied(_("Only the applicant changes and submits the request."))
    return ALLOWED


def may_decide_internally(party: Party, request: SharingRequest) -> Decision:
    """The requester's work body head agrees before the request leaves the house (Art. 20)."""
    if party.department_id != request.requester_id or not party.has_duty(DutyKind.WORK_BODY_HEAD):
        return denied(_("The requester's work body head decides (Decree 809, Art. 20)."))
    if party == request.applicant:
        return denied(_("Nobody decides on their own request."))
    return ALLOWED


def may_answer(party: Party, request: SharingRequest) -> Decision:
    """The provider's work body head agrees before the answer leaves (Art. 20)."""
    provider = request.resource.department_id
    if party.department_id != provider or not party.has_duty(DutyKind.WORK_BODY_HEAD):
        return denied(_("The provider's work body head answers (Decree 809, Art. 20)."))
    if party == request.applicant:
        return denied(_("Nobody decides on their own request."))
    return ALLOWED


def may_withdraw(party: Party, request: SharingRequest) -> Decision:
    """The applicant, or the head who let it out, takes a request back before it is answered."""
    if party == request.applicant:
        return ALLOWED
    if party.department_id == request.requester_id and party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    return denied(_("Only the applicant or their work body head withdraws the request."))


def may_activate(party: Party, agreement: Agreement) -> Decision:
    if party.department_id != agreement.provider_id or not party.has_duty(
        DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD
    ):
        return denied(_("The provider's stewards and work body head open the data."))
    return ALLOWED


def may_terminate(party: Party, agreement: Agreement) -> Decision:
    """Either party's work body head, and the competent department (Art. 27)."""
    if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
        return ALLOWED
    parties = {agreement.provider_id, agreement.requester_id}
    if party.department_id in parties and party.has_duty(DutyKind.WORK_BODY_HEAD):
        return ALLOWED
    return denied(
        _("Only the work body head of either party or the competent department ends it.")
    )


def may_pull(party: Party, agreement: Agreement) -> Decision:
    """Whether the party may draw rows now; an agreement that has ended says since when."""
    if party.department_id != agreement.requester_id:
        return denied(_("Only the requester draws rows under this agreement."))
    if (
        isinstance(party, InformationSystem)
        and agreement.system_id is not None
        and agreement.system_id != party.pk
    ):
        return denied(
            _('The agreement names another receiving system: "%(system)s".')
            % {"system": agreement.system}
        )
    if isinstance(party, User) and not party.has_duty(*APPLICANTS):
        return denied(_("Rows are drawn by a department's staff and its systems."))
    match agreement.state:
        case AgreementState.ACTIVE:
            return ALLOWED
        case AgreementState.PENDING:
            return denied(_("The provider has not opened the data yet."))
        case AgreementState.EXPIRED:
            return denied(
                _("The agreement expired on %(day)s.") % {"day": agreement.ends_on.isoformat()}
            )
    ended = agreement.ended_at.date().isoformat() if agreement.ended_at else ""
    return denied(_("The agreement was terminated on %(day)s.") % {"day": ended})
