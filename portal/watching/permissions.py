"""Who may work on a case, and who sets the rules."""

from django.utils.translation import gettext as _

from portal.common.decisions import ALLOWED, Decision, denied
from portal.organisation.models import DutyKind, User

from .models import Alert
from .querysets import PROVIDER_DUTIES


def may_see_cases(user: User) -> Decision:
    if user.has_duty(DutyKind.SECURITY_ADMIN, DutyKind.AUDIT_ADMIN, *PROVIDER_DUTIES):
        return ALLOWED
    return denied(
        _(
            "Alerts are for the security administrator, and for providers about their own agreements."
        )
    )


def may_work_on(user: User, alert: Alert) -> Decision:
    """Take it up, note, close, open again: never who is watched in it."""
    if alert.actor == f"person:{user.pk}":
        return denied(_("Nobody works on a case about what they did themselves."))
    if user.has_duty(DutyKind.SECURITY_ADMIN):
        return ALLOWED
    provider = alert.agreement.provider_id if alert.agreement else None
    if user.department_id == provider and user.has_duty(*PROVIDER_DUTIES):
        return ALLOWED
    return denied(
        _("The security administrator and the provider's stewards and work body head close cases.")
    )


def may_set_rules(user: User) -> Decision:
    if user.has_duty(DutyKind.SECURITY_ADMIN):
        return ALLOWED
    return denied(_("Only the security administrator sets what the rules look for."))
