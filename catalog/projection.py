"""`Resource.visible_to`: who sees the entry, derived from its state, provider and grants.

Lists ask it with one `&&`, which stays fast however many grants there are; the facts themselves are
in `ResourceQuerySet.truly_visible`. Whatever changes a fact writes the projection in the same
transaction: `workflow.move`, `services.resources`, `services.visibility`.
"""

from .models import Resource, ResourceGroupPermission, ResourceState, Visibility
from .querysets import EVERY_DEPARTMENT, EVERYBODY, competent_department_of


def visible_to_of(resource: Resource) -> list[int]:
    """The groups that see it; 0 stands for all, a negative number for a region's reviewer.

    What every department sees names no single group, however many hold a grant on it.
    """
    is_published = resource.state == ResourceState.PUBLISHED
    if is_published and resource.visibility == Visibility.DEPARTMENTS:
        return [EVERYBODY, EVERY_DEPARTMENT] if resource.is_open else [EVERY_DEPARTMENT]
    audience = {resource.department.group_id}
    if resource.pk is not None:
        audience.update(_granted_groups(resource))
    if is_published or resource.state == ResourceState.COMPETENT_REVIEW:
        audience.add(competent_department_of(resource.department.region_id))
    return sorted(audience)


def project(resource: Resource) -> None:
    """Write `visible_to` anew. Call it in the transaction that changed what it is derived from."""
    resource.visible_to = visible_to_of(resource)
    Resource.objects.filter(pk=resource.pk).update(visible_to=resource.visible_to)


def _granted_groups(resource: Resource) -> list[int]:
    return list(
        ResourceGroupPermission.objects.filter(
            content_object=resource.pk,
            permission__codename="view_resource",
            permission__content_type__app_label="catalog",
        ).values_list("group_id", flat=True)
    )
