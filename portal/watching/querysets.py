"""The one place that says who sees which alerts."""

from typing import TYPE_CHECKING, Self

from django.db import models

from portal.organisation.models import DutyKind

if TYPE_CHECKING:
    from portal.organisation.models import InformationSystem, User

    from .models import Alert  # noqa: F401 (named in the base below)

# Who in a providing department is told, and works on the cases.
PROVIDER_DUTIES = (DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD)


class AlertQuerySet(models.QuerySet["Alert"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """All for the security administrator, who works on them, and the audit administrator, who reads.

        A provider's stewards and work body head see those about their own agreements. Who is watched
        is never told: a requester sees none, and neither does a system.
        """
        if party.has_duty(DutyKind.SECURITY_ADMIN, DutyKind.AUDIT_ADMIN):
            return self
        if party.has_duty(*PROVIDER_DUTIES):
            return self.filter(agreement__provider=party.department_id)
        return self.none()
