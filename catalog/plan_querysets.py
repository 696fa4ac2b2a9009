"""The one place that says who sees which collection plans."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from .parties import Party, Visitor

if TYPE_CHECKING:
    from .models import CollectionPlan  # noqa: F401 - the type of the rows


class CollectionPlanQuerySet(models.QuerySet["CollectionPlan"]):
    def permitted(self, party: Party) -> Self:
        """The plans of the party's own department; for a competent department, what was filed."""
        if not party.is_active or isinstance(party, Visitor):
            return self.none()
        theirs = Q(department=party.department_id)
        if party.department.is_competent:
            filed = Q(department__region=party.department.region_id, filed_at__isnull=False)
            theirs |= filed
        return self.filter(theirs)
