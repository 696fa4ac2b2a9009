"""Who may do what with a collection plan, each answer with its reason (Decree 809, Art. 19)."""

from django.utils.translation import gettext as _

from catalog.duty_permissions import is_officer_for
from catalog.models import CollectionPlan, PlanState
from catalog.parties import Party
from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import WrongState
from portal.organisation.models import DutyKind, User

WRITABLE = (PlanState.DRAFT, PlanState.OBJECTED)


def may_plan(party: Party) -> Decision:
    if not (isinstance(party, User) and party.has_duty(DutyKind.STEWARD)):
        return denied(_("Data stewards plan collections, each those of their own department."))
    return ALLOWED


def may_edit_plan(party: Party, plan: CollectionPlan) -> Decision:
    """Whether the plan can be written, answered for, filed: its steward's while it is not filed."""
    return _owner(party, plan) and _in(plan, *WRITABLE)


def may_withdraw_plan(party: Party, plan: CollectionPlan) -> Decision:
    return _owner(party, plan) and _in(plan, PlanState.FILED, *WRITABLE)


def may_object(party: Party, plan: CollectionPlan) -> Decision:
    """Whether the competent department can say that sharing meets the need; nobody to their own."""
    return _objector(party, plan) and _in(plan, PlanState.FILED)


def check_edit_plan(by: User, plan: CollectionPlan) -> None:
    _check(_owner(by, plan), _in(plan, *WRITABLE))


def check_withdraw_plan(by: User, plan: CollectionPlan) -> None:
    _check(_owner(by, plan), _in(plan, PlanState.FILED, *WRITABLE))


def check_object(by: User, plan: CollectionPlan) -> None:
    _check(_objector(by, plan), _in(plan, PlanState.FILED))


def _objector(party: Party, plan: CollectionPlan) -> Decision:
    if not (isinstance(party, User) and is_officer_for(party, plan.department)):
        return denied(
            _("An officer of the competent department of %(region)s objects to plans (Art. 19).")
            % {"region": plan.department.region}
        )
    if plan.edited_by_id == party.pk:
        return denied(_("Nobody decides on the plan that they wrote themselves."))
    return ALLOWED


def _owner(party: Party, plan: CollectionPlan) -> Decision:
    right = may_plan(party)
    if right and party.department_id != plan.department_id:
        return denied(
            _("Data stewards of %(department)s do this.") % {"department": plan.department}
        )
    return right


def _in(plan: CollectionPlan, *states: PlanState) -> Decision:
    if plan.state in states:
        return ALLOWED
    return denied(
        _('This cannot be done while the plan is "%(state)s".')
        % {"state": plan.get_state_display()}
    )


def _check(right: Decision, state: Decision) -> None:
    right.enforce()
    if not state:
        raise WrongState(str(state.reason))
