"""Who may do what with a request or an agreement, each answer with its reason."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.duty_permissions import is_officer_for
from catalog.models import NationalGrade, Resource, SharingAttribute, SharingMode
from catalog.querysets import ResourceQuerySet
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import Department, DutyKind, InformationSystem, User

from .deadlines import today
from .models import (
    LIVE,
    LIVE_AGREEMENT,
    Agreement,
    AgreementState,
    AnswerExtension,
    Deadline,
    Dispute,
    RequestState,
    SharingRequest,
)

Party = User | InformationSystem
APPLICANTS = (DutyKind.STAFF, DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD)


def may_request(party: Party, resource: Resource) -> Decision:
    """Whether the party's department may apply for the resource (Decree 809, Art. 20)."""
    ever = _may_ever_request(party, resource)
    if not ever:
        return ever
    match standing(party, resource):
        case Agreement():
            return denied(_("Your department has a live agreement on this resource already."))
        case SharingRequest():
            return denied(_("Your department has a request for this resource under way already."))
    return ALLOWED


def standing(party: Party, resource: Resource) -> Agreement | SharingRequest | None:
    """The live agreement of the party's department on the resource, else its request under way."""
    own = {"resource": resource, "requester": party.department_id}
    agreement = Agreement.objects.filter(**own, state__in=LIVE_AGREEMENT).first()
    return agreement or SharingRequest.objects.filter(**own, state__in=LIVE).first()


def _may_ever_request(party: Party, resource: Resource) -> Decision:
    """Whether it may, as long as it has neither a request under way nor an agreement."""
    if not party.has_duty(*APPLICANTS):
        return denied(_("Requests are made by a department's staff."))
    if resource.department_id == party.department_id:
        return denied(_("This is your own department's data."))
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        return denied(
            _("Not shared: %(title)s, %(article)s.")
            % {"title": resource.basis_title, "article": resource.basis_article}
        )
    if resource.national_grade == NationalGrade.CORE:
        return denied(_("Core data is not delivered by the portal."))
    if not resource.is_published:
        return denied(_("The resource is not published."))
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


def may_write(party: Party, request: SharingRequest) -> Decision:
    """Messages go between the two sides once the provider has received the request."""
    sides = {request.requester_id, request.resource.department_id}
    if party.department_id not in sides or not party.has_duty(*APPLICANTS):
        return denied(_("Messages are between the requester and the provider."))
    if request.received_at is None or request.state == RequestState.WITHDRAWN:
        return denied(_("The provider is no part of this request."))
    return ALLOWED


def may_advise(party: Party, request: SharingRequest) -> Decision:
    """The pre-check of the competent department, where the installation has it."""
    if not settings.PRE_CHECK:
        return denied(_("Advice of the competent department is switched off here."))
    if not isinstance(party, User) or not is_officer_for(party, request.resource.department):
        return denied(_("The competent department of the provider's region advises."))
    if party.department_id in {request.requester_id, request.resource.department_id}:
        return denied(_("Nobody advises on their own department's case."))
    return ALLOWED


def may_answer(party: Party, request: SharingRequest) -> Decision:
    """The provider's work body head agrees before the answer leaves (Art. 20)."""
    provider = request.resource.department_id
    if party.department_id != provider or not party.has_duty(DutyKind.WORK_BODY_HEAD):
        return denied(_("The provider's work body head answers (Decree 809, Art. 20)."))
    if party == request.applicant:
        return denied(_("Nobody decides on their own request."))
    # Possible only for who has changed the department meanwhile.
    if request.steps.filter(move="approve", by=party.pk).exists():
        return denied(_("You let this request out for the requester: somebody else answers it."))
    return ALLOWED


def may_ask_extension(party: Party, request: SharingRequest) -> Decision:
    """The provider's stewards and work body head ask for more time (Art. 21)."""
    provider = request.resource.department_id
    if party.department_id != provider or not party.has_duty(
        DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD
    ):
        return denied(_("The provider's stewards and work body head ask for an extension."))
    if AnswerExtension.objects.filter(request=request).exists():
        return denied(_("An extension can be asked for only once (Art. 21)."))
    return ALLOWED


def may_still_be_extended(clock: Deadline) -> Decision:
    """A clock that ran out is given no more time (Art. 21)."""
    if clock.is_running and clock.due < today():
        return denied(_("The answer is overdue: it can no longer be extended."))
    return ALLOWED


def may_decide_extension(party: Party, request: SharingRequest) -> Decision:
    """The competent department of the provider's level consents (Art. 21), never who asked."""
    officer = _officer(party, request.resource.department)
    if not officer:
        return officer
    asked = AnswerExtension.objects.filter(request=request, decided_at=None).first()
    if asked is None:
        return denied(_("No extension is asked for."))
    if asked.by_id == party.pk:
        return denied(_("Nobody consents to the extension that they asked for themselves."))
    return ALLOWED


def may_dispute(party: Party, request: SharingRequest) -> Decision:
    """The applicant, or the head who let the request out, contests its refusal (Art. 28)."""
    if party == request.applicant or (
        party.department_id == request.requester_id and party.has_duty(DutyKind.WORK_BODY_HEAD)
    ):
        return ALLOWED
    return denied(_("The applicant or their work body head contests the refusal."))


def may_decide_dispute(party: Party, request: SharingRequest) -> Decision:
    """The competent department decides (Art. 28); not on a request of its own, or for its own data."""
    officer = _officer(party, request.resource.department)
    if not officer:
        return officer
    if party.department_id in {request.requester_id, request.resource.department_id}:
        return denied(_("Your department is a party to the dispute: a higher level decides."))
    if not Dispute.objects.filter(request=request, decided_at=None).exists():
        return denied(_("No dispute is open."))
    return ALLOWED


def _officer(party: Party, department: Department) -> Decision:
    if isinstance(party, User) and is_officer_for(party, department):
        return ALLOWED
    return denied(
        _("An officer of the competent department of %(region)s decides.")
        % {"region": department.region}
    )


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
    """Either party's work body head, and the competent department (Art. 27).

    A provider ends what flows, or is to flow, only after the requester was consulted and agreed; not
    so what is suspended, where the end is the sanction, or what was never concluded.
    """
    if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
        return ALLOWED
    parties = {agreement.provider_id, agreement.requester_id}
    if party.department_id in parties and party.has_duty(DutyKind.WORK_BODY_HEAD):
        if party.department_id == agreement.provider_id and not _is_consulted(agreement):
            return denied(
                _(
                    "A provider does not end a service on its own: consult the requester first. If it"
                    " objects, the competent department decides (Art. 27)."
                )
            )
        return ALLOWED
    return denied(_("Only the work body head of either party or the competent department ends it."))


def _is_consulted(agreement: Agreement) -> bool:
    if agreement.state not in {AgreementState.PENDING, AgreementState.ACTIVE}:
        return True
    return agreement.end_plans.filter(closed_at=None, agrees=True).exists()


def may_see_use(user: User) -> Decision:
    """How others use the department's data: whoever works there."""
    if user.has_duty(*APPLICANTS, DutyKind.DEPARTMENT_HEAD):
        return ALLOWED
    return denied(_("How a department's data is used is told to its own people."))


def may_trace(user: User) -> Decision:
    """Whether the person may ask from which agreement a file came."""
    if not user.has_duty(DutyKind.SECURITY_ADMIN, DutyKind.AUDIT_ADMIN):
        return denied(_("This is for the security and the audit administrators."))
    return ALLOWED


def may_pull(party: Party, agreement: Agreement, *, holds_right: bool | None = None) -> Decision:
    """Whether the party may draw rows now; an agreement that has ended says since when and why.

    `holds_right` is whether its resource is `held`, read with the agreement; None asks here.
    """
    if party.department_id != agreement.requester_id:
        return denied(_("Only the requester draws rows under this agreement."))
    if isinstance(party, User) and not party.has_duty(*APPLICANTS):
        return denied(_("Rows are drawn by a department's staff and its systems."))
    if (
        isinstance(party, InformationSystem)
        and agreement.system_id is not None
        and agreement.system_id != party.pk
    ):
        return denied(
            _('The agreement names another receiving system: "%(system)s".')
            % {"system": agreement.system}
        )
    ended = why_ended(agreement)
    if ended is not None:
        return ended
    # The right itself is asked too: the state alone opens nothing.
    if holds_right is None:
        holds_right = held(party).filter(pk=agreement.resource_id).exists()
    if not holds_right:
        return denied(_("Your department's right to draw this resource has been taken back."))
    return ALLOWED


def held(party: Party) -> ResourceQuerySet:
    """The resources that the party's department has the right to draw."""
    return Resource.objects.permitted(party, "pull_resource")


def may_list(party: Party, agreement: Agreement, *, holds_right: bool | None = None) -> Decision:
    """Whether the party may be given rows; who may pull may in any case check values against them."""
    decision = may_pull(party, agreement, holds_right=holds_right)
    if decision and agreement.verification_only:
        return denied(
            _(
                "This agreement allows verification only: send keys and values, and learn what matches."
            )
        )
    return decision


def may_set_up_push(party: Party, agreement: Agreement) -> Decision:
    """The requester says into which of its own tables the rows go, where tables are agreed on."""
    if party.department_id != agreement.requester_id or not party.has_duty(*APPLICANTS):
        return denied(_("The requester's people say into which table the rows are pushed."))
    if agreement.sharing_mode != SharingMode.BATCH:
        return denied(
            _("The agreed mode is %(mode)s: rows are pushed where batch exchange is agreed.")
            % {"mode": agreement.get_sharing_mode_display()}
        )
    if agreement.state not in LIVE_AGREEMENT:
        return denied(_("The agreement has ended."))
    return ALLOWED


def may_be_pushed(agreement: Agreement) -> Decision:
    """Whether the portal itself may let rows out now, into the table of the requester."""
    ended = why_ended(agreement)
    if ended is not None:
        return ended
    if agreement.sharing_mode != SharingMode.BATCH or agreement.verification_only:
        return denied(_("The agreement does not let rows out into a table."))
    # The right itself is asked too: the state alone opens nothing.
    granted = Resource.objects.granted(agreement.requester.group_id, "pull_resource")
    if not granted.filter(pk=agreement.resource_id).exists():
        return denied(_("Your department's right to draw this resource has been taken back."))
    return ALLOWED


def why_ended(agreement: Agreement) -> Decision | None:
    """Why nothing can be drawn under the agreement, with the day; None while it is live.

    A term that is over has ended on its day, even before the portal has written that down.
    """
    if agreement.state == AgreementState.TERMINATED:
        ended = timezone.localdate(agreement.ended_at) if agreement.ended_at else ""
        return denied(
            _("The agreement was terminated on %(day)s: %(reason)s")
            % {"day": ended, "reason": agreement.end_reason}
        )
    if agreement.state == AgreementState.EXPIRED or agreement.ends_on < today():
        return denied(
            _("The agreement expired: its last day was %(day)s.")
            % {"day": agreement.ends_on.isoformat()}
        )
    if agreement.state == AgreementState.AWAITING:
        return denied(_("The agreement is not concluded: both work body heads have to confirm it."))
    if agreement.state in {AgreementState.SUSPENDED, AgreementState.RECTIFYING}:
        return denied(_suspended(agreement))
    if agreement.state == AgreementState.PENDING:
        return denied(
            _("The provider has not opened the data yet; agreed on %(day)s.")
            % {"day": agreement.starts_on.isoformat()}
        )
    return None


def _suspended(agreement: Agreement) -> str:
    open_one = agreement.suspensions.filter(closed_at=None).first()
    return _("Sharing is suspended since %(day)s: %(reason)s") % {
        "day": timezone.localdate(open_one.at) if open_one else "",
        "reason": open_one.reason if open_one else "",
    }


def no_agreement() -> str:
    """What a stranger is told; the same words whether or not there is such an agreement."""
    return _("There is no such agreement.")


def cannot_be_read() -> str:
    return _("The rows cannot be read just now: the agreement is being changed. Try again.")
