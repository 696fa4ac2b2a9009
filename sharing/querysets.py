"""The one place that says who sees which requests and agreements."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from audit.permissions import may_read
from portal.organisation.models import DutyKind

if TYPE_CHECKING:
    from portal.organisation.models import InformationSystem, User

    from .models import (  # noqa: F401 (named in the bases below)
        Agreement,
        Application,
        PreparedExport,
        SharingRequest,
    )


def _reads_all(party: "User | InformationSystem") -> bool:
    return party.is_active and bool(may_read(party))


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

    def readable(self, party: "User | InformationSystem") -> Self:
        """What is permitted; to the audit administrator all, to read on its page and for nothing else."""
        return self.all() if _reads_all(party) else self.permitted(party)


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """Both parties' own, and all for the officers of the competent department."""
        if not party.is_active:
            return self.none()
        if party.has_duty(DutyKind.COMPETENT_OFFICER) and party.department.is_competent:
            return self
        return self.filter(Q(requester=party.department_id) | Q(provider=party.department_id))

    def readable(self, party: "User | InformationSystem") -> Self:
        """As of requests."""
        return self.all() if _reads_all(party) else self.permitted(party)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """The requester's own; others see the requests under it that concern them, each by itself."""
        if not party.is_active:
            return self.none()
        return self.filter(department=party.department_id)


class PreparedExportQuerySet(models.QuerySet["PreparedExport"]):
    def permitted(self, party: "User | InformationSystem") -> Self:
        """Those of agreements that the party may see: who asked for what, and what became of it."""
        from .models import Agreement

        return self.filter(agreement__in=Agreement.objects.permitted(party))

    def ready_for(self, party: "User | InformationSystem") -> Self:
        """Files that the party may be given now: the requester's, of an agreement that is active,
        under the terms in force, not yet removed. An agreement that ends closes them at once.
        """
        now = timezone.now()
        terms = Q(version=F("agreement__version_in_force"))
        terms |= Q(version=None, agreement__version_in_force=None)
        return self.permitted(party).filter(
            terms,
            state="ready",
            expires_at__gt=now,
            agreement__requester=party.department_id,
            agreement__state="active",
            agreement__ends_on__gte=timezone.localdate(now),
        )
