"""Whom a published entry is shown to, when not to all: its stated audience, as grants to groups.

An entry states departments and regions (`Resource.visibility`, `audience_departments`,
`audience_regions`); a region stands for the departments in it and below it. The grants are the
truth, so they are settled whenever either side may have changed: at publication and withdrawal, and
by a sweep for departments that came later.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction

from audit.services import record
from catalog.models import Resource, ResourceGroupPermission, ResourceState, Visibility
from catalog.projection import project
from catalog.workflow import locked
from portal.organisation.models import Department, Region, User


def groups_of_regions() -> Mapping[int, frozenset[int]]:
    """The groups of the active departments of each region and of those below it; two queries."""
    parents = dict(Region.objects.order_by().values_list("pk", "parent"))
    found: dict[int, set[int]] = defaultdict(set)
    for region, group in (
        Department.objects.filter(is_active=True).order_by().values_list("region", "group")
    ):
        above: int | None = region
        while above is not None:
            found[above].add(group)
            above = parents[above]
    return {region: frozenset(groups) for region, groups in found.items()}


def audience_of_entry(
    resource: Resource, of_regions: Mapping[int, frozenset[int]] | None = None
) -> set[int]:
    """The groups to which the entry is shown by its own statement; none unless it lists them."""
    if resource.state != ResourceState.PUBLISHED or resource.visibility != Visibility.LISTED:
        return set()
    groups = set(
        Department.objects.filter(pk__in=resource.audience_departments, is_active=True)
        .order_by()
        .values_list("group", flat=True)
    )
    if resource.audience_regions:
        for region in resource.audience_regions:
            groups |= (of_regions or groups_of_regions()).get(region, frozenset())
    return groups - {resource.department.group_id}


@transaction.atomic
def settle_audience(
    *,
    resource: Resource,
    by: User | None,
    of_regions: Mapping[int, frozenset[int]] | None = None,
) -> None:
    """Make the grants to see the entry what its audience and its live agreements ask for.

    Who may draw its rows goes on seeing it. `by` is None when the portal acts; nothing is written
    when nothing differs.
    """
    held = locked(resource.pk)
    grants = ResourceGroupPermission.objects.filter(
        content_object=held.pk, permission__content_type__app_label="catalog"
    )
    holders: dict[str, set[int]] = {"view_resource": set(), "pull_resource": set()}
    for codename, group in grants.order_by().values_list("permission__codename", "group_id"):
        holders.setdefault(codename, set()).add(group)
    wanted = audience_of_entry(held, of_regions) | holders["pull_resource"]
    added, ended = wanted - holders["view_resource"], holders["view_resource"] - wanted
    if not added and not ended:
        return
    view = _view_permission()
    ResourceGroupPermission.objects.bulk_create(
        ResourceGroupPermission(permission_id=view, group_id=group, content_object=held)
        for group in sorted(added)
    )
    grants.filter(permission=view, group__in=ended).delete()
    project(held)
    record(
        actor=by,
        action="catalog.resource.audience",
        target=held,
        added=_names(added),
        ended=_names(ended),
    )


def unsettled() -> list[int]:
    """Published entries shown to a region that has departments which do not see them yet."""
    entries = Resource.objects.filter(
        state=ResourceState.PUBLISHED, visibility=Visibility.LISTED, audience_regions__len__gt=0
    )
    holders = dict(
        ResourceGroupPermission.objects.filter(
            content_object__in=entries.values("pk"), permission=_view_permission()
        )
        .order_by()
        .values("content_object_id")
        .annotate(groups=ArrayAgg("group_id"))
        .values_list("content_object_id", "groups")
    )
    of_regions = groups_of_regions()
    found = []
    for key, own, regions in entries.order_by("pk").values_list(
        "pk", "department__group", "audience_regions"
    ):
        wanted = frozenset[int]().union(*(of_regions.get(one, frozenset()) for one in regions))
        if not wanted - {own} <= set(holders.get(key, ())):
            found.append(key)
    return found


def settle_all() -> int:
    """Settle what `unsettled` finds, each entry in its own transaction; return how many."""
    keys = unsettled()
    of_regions = groups_of_regions() if keys else None
    for key in keys:
        settle_audience(resource=Resource(pk=key), by=None, of_regions=of_regions)
    return len(keys)


def _view_permission() -> int:
    content_type = ContentType.objects.get_for_model(Resource)
    return content_type.permission_set.values_list("pk", flat=True).get(codename="view_resource")


def _names(groups: set[int]) -> list[str]:
    return list(
        Department.objects.filter(group__in=groups).order_by("name").values_list("name", flat=True)
    )
