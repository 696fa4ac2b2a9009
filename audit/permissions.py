"""Who may read the trail."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.common.decisions import ALLOWED, Decision, denied

# The value of the duty in portal.organisation, which this app does not know.
AUDIT_ADMIN = "audit_admin"


def may_read(user: Any) -> Decision:
    """The audit administrator reads everything; nobody else reads anything here."""
    if user.has_duty(AUDIT_ADMIN):
        return ALLOWED
    return denied(_("Only the audit administrator may read the audit trail."))
