"""Who may set the thresholds of a region, and who learns how many dates a list moves in all."""

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, User


def may_set_thresholds(by: User) -> Decision:
    """They hold for the region of the competent department whose officer sets them."""
    if by.department.is_competent and by.has_duty(DutyKind.COMPETENT_OFFICER):
        return ALLOWED
    return denied(_("The officers of the region's competent department set these."))
