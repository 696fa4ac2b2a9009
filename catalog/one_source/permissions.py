"""Who appoints lead collectors and who answers for a department (Decree 809, Art. 19)."""

from django.utils.translation import gettext as _

from catalog.duty_permissions import is_officer_for
from catalog.models import SourceOfItem
from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import Department, DutyKind, User


def may_appoint(user: User, department: Department) -> Decision:
    """An officer of the competent department of the region of the lead collector."""
    if is_officer_for(user, department):
        return ALLOWED
    return denied(
        _("An officer of the competent department of %(region)s names lead collectors (Art. 19).")
        % {"region": department.region}
    )


def may_oversee(user: User) -> Decision:
    """Who works on all open duplicates of the region."""
    return may_appoint(user, user.department)


def check_acknowledge(user: User, appointment: SourceOfItem) -> None:
    if not (
        user.department_id == appointment.department_id
        and user.has_duty(DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD)
    ):
        denied(
            _("The stewards or the head of %(department)s acknowledge this.")
            % {"department": appointment.department}
        ).enforce()
