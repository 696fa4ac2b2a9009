"""What waits for a person in the catalogue: to decide, or to mend what came back."""

from dataclasses import replace
from datetime import timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import CatalogueDeadline, Resource, ResourceState
from catalog.querysets import ResourceQuerySet
from catalog.selectors import saved_searches
from catalog.selectors.one_source_tasks import one_source_tasks_for
from catalog.selectors.update_duties import clocks_on
from catalog.selectors.update_tasks import update_tasks_for
from portal.common.tasks import Task
from portal.organisation.models import DutyKind, User

TOLD_FOR = timedelta(days=14)


def waiting_for(user: User) -> ResourceQuerySet:
    """The entries that wait for this person's decision, longest first.

    For a department head those of the own department, for an officer of the competent department
    those of the region. Four eyes may still forbid the approval; sending back is always theirs.
    """
    return _listed(Resource.objects.filter(_to_decide(user)))


def tasks_for(user: User) -> list[Task]:
    """The catalogue's part of the inbox. First reviews have no limit; updates have (Art. 17)."""
    wanted = _to_decide(user)
    if user.has_duty(DutyKind.STEWARD):
        wanted |= Q(state=ResourceState.RETURNED, department=user.department_id)
        wanted |= _lost(user)
    if wanted == Q(pk__in=[]):
        return [*one_source_tasks_for(user), *saved_searches.tasks_for(user)]
    listed = list(_listed(Resource.objects.filter(wanted)))
    clocks = clocks_on(listed)
    tasks = [_under(_task(resource), clocks.get(resource.pk)) for resource in listed]
    return [
        *tasks,
        *update_tasks_for(user),
        *one_source_tasks_for(user),
        *saved_searches.tasks_for(user),
    ]


def _lost(user: User) -> Q:
    """Changes that ended because their entry was withdrawn: their stewards are told for a while."""
    return Q(
        state=ResourceState.DISCARDED,
        department=user.department_id,
        state_since__gte=timezone.now() - TOLD_FOR,
        revision_of__state=ResourceState.WITHDRAWN,
        revision_of__state_since__lte=F("state_since"),
    )


def _to_decide(user: User) -> Q:
    wanted = Q(pk__in=[])
    if user.has_duty(DutyKind.DEPARTMENT_HEAD):
        wanted |= Q(state=ResourceState.HEAD_REVIEW, department=user.department_id)
    if user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent:
        wanted |= Q(
            state=ResourceState.COMPETENT_REVIEW,
            department__region=user.department.region_id,
        )
    return wanted


def _listed(resources: ResourceQuerySet) -> ResourceQuerySet:
    return (
        resources.select_related("department__region", "submitted_by", "approved_by")
        .defer("search", "name_search")
        .order_by("state_since", "pk")
    )


def _under(task: Task, clock: CatalogueDeadline | None) -> Task:
    """The task with its legal date, when it waits under a clock of Art. 17."""
    if clock is None:
        return task
    return replace(
        task, due=clock.due, legal=clock.legal, provisional=clock.provisional, region=clock.region
    )


def _task(resource: Resource) -> Task:
    parts = {"department": resource.department, "code": resource.code}
    match resource.state:
        case ResourceState.RETURNED:
            return Task(
                kind="catalog.returned",
                title=resource.name,
                detail=_("Sent back with reasons · %(code)s") % parts,
                url=resource.get_absolute_url(),
                action=_("Read the reasons"),
                consequence=_("Until you submit it again, the entry stays unpublished."),
            )
        case ResourceState.DISCARDED:
            return Task(
                kind="catalog.discarded",
                title=resource.name,
                detail=_("The entry was withdrawn, and your change of it with it · %(code)s")
                % parts,
                url=resource.get_absolute_url(),
                action=_("Read the reasons"),
                consequence=_("Nothing more can be done with the change."),
            )
        case ResourceState.HEAD_REVIEW:
            return Task(
                kind="catalog.approve",
                title=resource.name,
                detail=_("Catalogue entry of your department, waiting for approval · %(code)s")
                % parts,
                url=reverse("catalog:resource_decide", args=[resource.pk]),
                action=_("Decide on the entry"),
                consequence=_(
                    "Until you decide, the entry does not reach the competent department."
                ),
            )
    waits = _("Until you decide, no department can find or request the data.")
    if resource.is_change:
        waits = _("Until you decide, the published entry stays as it is.")
    return Task(
        kind="catalog.review",
        title=resource.name,
        detail=_("Catalogue entry of %(department)s, waiting for review · %(code)s") % parts,
        url=reverse("catalog:resource_decide", args=[resource.pk]),
        action=_("Review the entry"),
        consequence=waits,
    )
