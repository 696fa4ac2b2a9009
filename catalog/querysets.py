"""The one place that says who sees which resources."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from portal.organisation.models import InformationSystem, User

    from .models import Resource

EVERY_DEPARTMENT = 0


class ResourceQuerySet(models.QuerySet["Resource"]):
    def permitted(self, party: "User | InformationSystem", codename: str) -> Self:
        """The resources on which `party` (a person or a system) holds `codename`; none when inactive.

        `view_resource` is what a catalogue list asks: it reads the projection `visible_to`, in which
        0 stands for every department. `change_resource` is the provider's alone. `pull_resource` is
        asked of the grants themselves, which live agreements make and their end takes away.
        """
        if not party.is_active:
            return self.none()
        group = party.department.group_id
        match codename:
            case "view_resource":
                return self.filter(visible_to__overlap=[EVERY_DEPARTMENT, group])
            case "change_resource":
                return self.filter(department=party.department_id)
            case "pull_resource":
                return self.granted(group, codename)
        raise ValueError(f"no such permission on a resource: {codename}")

    def granted(self, group: int, codename: str) -> Self:
        """The resources on which guardian's table grants `codename` to the group."""
        from .models import ResourceGroupPermission

        granted = ResourceGroupPermission.objects.filter(
            group=group,
            permission__codename=codename,
            permission__content_type__app_label="catalog",
        ).values("content_object_id")
        return self.filter(pk__in=granted)

    def truly_visible(self, party: "User | InformationSystem") -> Self:
        """What `visible_to` projects, asked of the facts: for one object, and to test the projection.

        Published entries are announced to all departments (Decree 809, Art. 16); a withdrawn one
        stays visible to those who hold a grant on it; before publication the provider sees its own,
        and the competent department of the region what waits for its review.
        """
        from portal.organisation.models import Department

        from .models import ResourceState

        if not party.is_active:
            return self.none()
        mine = Department.objects.filter(pk=party.department_id, is_competent=True).values("region")
        granted = self.model.objects.granted(party.department.group_id, "view_resource").values("pk")
        return self.filter(
            Q(state=ResourceState.PUBLISHED)
            | Q(department=party.department_id)
            | Q(pk__in=granted)
            | Q(state=ResourceState.COMPETENT_REVIEW, department__region__in=mine)
        )
