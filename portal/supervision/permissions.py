"""Whose figures a person sees (Decree 809, Art. 29 and 38)."""

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, User

IN_DEPARTMENTS = (
    DutyKind.STAFF,
    DutyKind.STEWARD,
    DutyKind.WORK_BODY_HEAD,
    DutyKind.DEPARTMENT_HEAD,
)


def oversees(user: User) -> bool:
    """Whether the person supervises other departments: an officer of a competent department."""
    return user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent


def may_see_figures(user: User) -> Decision:
    """Officers see their region's departments, all others who work in one their own."""
    if oversees(user) or user.has_duty(*IN_DEPARTMENTS):
        return ALLOWED
    return denied(_("Figures are for the competent department and for the departments themselves."))
