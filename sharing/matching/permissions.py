"""Who may do what with a demand or a challenge, each answer with its reason."""

from django.utils.translation import gettext as _

from catalog.duty_permissions import is_officer_for
from catalog.models import Resource, SharingAttribute
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, User
from sharing.permissions import APPLICANTS

from .models import ClassificationChallenge, Demand, DemandMove


def may_post(user: User) -> Decision:
    if not user.has_duty(*APPLICANTS):
        return denied(_("Demands are posted by a department's staff."))
    return ALLOWED


def may_move(user: User, demand: Demand, how: DemandMove) -> Decision:
    """Whether this is the person's to do, whatever the demand's state."""
    match how:
        case DemandMove.MATCH | DemandMove.REFUSE | DemandMove.MERGE:
            return _officer(user, demand)
        case DemandMove.ACCEPT | DemandMove.DECLINE:
            return _matched(user, demand)
        case DemandMove.LINK:
            return ALLOWED if _officer(user, demand) else _matched(user, demand)
        case DemandMove.JOIN:
            return _joiner(user, demand)
        case DemandMove.WITHDRAW:
            return _poster(user, demand)
    return may_post(user)


def _officer(user: User, demand: Demand) -> Decision:
    if not is_officer_for(user, demand.department):
        return denied(_("The competent department of the region matches demands (Art. 20)."))
    if user.pk == demand.posted_by_id:
        return denied(_("Nobody decides on their own demand."))
    return ALLOWED


def _matched(user: User, demand: Demand) -> Decision:
    if user.department_id != demand.matched_to_id or not user.has_duty(
        DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD
    ):
        return denied(_("The matched department's stewards and work body head answer."))
    return ALLOWED


def _joiner(user: User, demand: Demand) -> Decision:
    if not user.has_duty(*APPLICANTS):
        return denied(_("Demands are joined by a department's staff."))
    if user.department_id in {demand.department_id, demand.matched_to_id}:
        return denied(_("The demand is your department's business already."))
    return ALLOWED


def _poster(user: User, demand: Demand) -> Decision:
    is_head = user.department_id == demand.department_id and user.has_duty(DutyKind.WORK_BODY_HEAD)
    if user.pk != demand.posted_by_id and not is_head:
        return denied(_("Who posted the demand, or the head of their work body, withdraws it."))
    return ALLOWED


def may_challenge(user: User, resource: Resource) -> Decision:
    """Whether the person's department may contest how the entry is shared (Art. 15)."""
    if not user.has_duty(*APPLICANTS):
        return denied(_("Challenges are raised by a department's staff."))
    if resource.department_id == user.department_id:
        return denied(_("This is your own department's data."))
    if resource.sharing_attribute == SharingAttribute.UNCONDITIONAL or not resource.is_published:
        return denied(_("There is nothing to challenge: it is shared without condition."))
    if ClassificationChallenge.objects.filter(
        resource=resource, department=user.department_id, decided_at=None
    ).exists():
        return denied(_("Your department has challenged it already; it waits for the decision."))
    return ALLOWED


def may_state_view(user: User, challenge: ClassificationChallenge) -> Decision:
    if user.department_id != challenge.resource.department_id or not user.has_duty(
        DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD
    ):
        return denied(_("The provider's stewards and work body head state its view."))
    return ALLOWED


def may_decide_challenge(user: User, challenge: ClassificationChallenge) -> Decision:
    if not is_officer_for(user, challenge.resource.department):
        return denied(_("The competent department of the provider's region decides (Art. 15)."))
    if user.department_id in {challenge.department_id, challenge.resource.department_id}:
        return denied(_("Nobody decides their own department's case."))
    return ALLOWED
