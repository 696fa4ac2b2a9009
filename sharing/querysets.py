"""The one place that says who sees which requests and agreements."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from portal.organisation.models import DutyKind

if TYPE_CHECKING:
    from portal.organisation.models import InformationSystem, User

    from .models import Agreement, SharingRequest  # noqa: F401 (named in the bases below)


class SharingRequestQuerySet(models.QuerySet["SharingRequest"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """The requester's own; the provider's once received; all received ones for the competent department.

        A request that has not left the requester's house is nobody else's business.
        """
        if not party.is_active:
            return self.none()
        received = Q(received_at__isnull=False)
        theirs = Q(requester=party.department_id)
        theirs |= received & Q(resource__department=party.department_id)
        if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
            theirs |= received
        return self.filter(theirs)


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """Both parties' own, and all for the officers of the competent department."""
        if not party.is_active:
            return self.none()
        if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
            return self
        return self.filter(Q(requester=party.department_id) | Q(provider=party.department_id))
