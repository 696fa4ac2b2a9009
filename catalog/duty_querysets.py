"""The one place that says who sees which duties to update the catalogue."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from .parties import Party, Visitor

if TYPE_CHECKING:
    from .models import UpdateDuty  # noqa: F401 - the type of the rows


class UpdateDutyQuerySet(models.QuerySet["UpdateDuty"]):
    def permitted(self, party: Party) -> Self:
        """The duties of the party's own department; for a competent department, its region's."""
        if not party.is_active or isinstance(party, Visitor):
            return self.none()
        theirs = Q(department=party.department_id)
        if party.department.is_competent:
            theirs |= Q(department__region=party.department.region_id)
        return self.filter(theirs)
