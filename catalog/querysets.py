"""The one place that says who sees which resources."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from .parties import Party, Visitor

if TYPE_CHECKING:
    from .models import Resource  # noqa: F401 - the type of the rows

EVERY_DEPARTMENT = 0
EVERYBODY = -(2**31)  # visitors too; no region has this number


def competent_department_of(region: int) -> int:
    """What stands in `visible_to` for the competent department of a region, whichever it is."""
    return -region


def audience_of(party: Party) -> list[int]:
    """The values of `visible_to` that let `party` in: everybody's, its group's, its region's."""
    if isinstance(party, Visitor):
        return [EVERYBODY]
    department = party.department
    audience = [EVERY_DEPARTMENT, department.group_id]
    if department.is_competent:
        audience.append(competent_department_of(department.region_id))
    return audience


class ResourceQuerySet(models.QuerySet["Resource"]):
    def permitted(self, party: Party, codename: str) -> Self:
        """The resources on which `party`, a person or a system, holds `codename`.

        `view_resource` is what a catalogue list asks: it reads the projection `visible_to`.
        `change_resource` is the provider's alone. `pull_resource` is asked of the grants
        themselves, which live agreements make and their end takes away. None when inactive. A
        visitor, who has not signed in, sees open entries and holds nothing else.
        """
        if not party.is_active:
            return self.none()
        if codename == "view_resource":
            return self.filter(visible_to__overlap=audience_of(party))
        if isinstance(party, Visitor):
            return self.none()
        match codename:
            case "change_resource":
                return self.filter(department=party.department_id)
            case "pull_resource":
                return self.granted(party.department.group_id, codename)
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

    def truly_visible(self, party: Party) -> Self:
        """What `visible_to` projects, asked of the facts: for one object, and to test it.

        Published entries are announced to all departments (Decree 809, Art. 16) unless their
        visibility says otherwise; before and after that the provider sees its own, whoever holds a
        grant sees that entry, and the competent department of the provider's region what waits for
        its review or is published. Visitors see what is published and open to the public.
        """
        from .models import ResourceState, Visibility

        if not party.is_active:
            return self.none()
        announced = Q(state=ResourceState.PUBLISHED, visibility=Visibility.DEPARTMENTS)
        if isinstance(party, Visitor):
            return self.filter(announced, is_open=True)
        department = party.department
        granted = self.model.objects.granted(department.group_id, "view_resource").values("pk")
        facts = announced | Q(department=party.department_id) | Q(pk__in=granted)
        if department.is_competent:
            facts |= Q(
                state__in=(ResourceState.COMPETENT_REVIEW, ResourceState.PUBLISHED),
                department__region=department.region_id,
            )
        return self.filter(facts)
