"""What waits for a person because of "one datum, one source" (Decree 809, Art. 19)."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import CollectionPlan, PlanState, SourceOfItem
from catalog.selectors.duplicates import open_duplicates
from portal.common.tasks import Task
from portal.organisation.models import DutyKind, User

MOST_COUNTED = 1000


def one_source_tasks_for(user: User) -> list[Task]:
    """For the competent department all open duplicates as one task; for a department what it is
    appointed to, and its plans that came back."""
    return [*_duplicates(user), *_appointments(user), *_plans(user)]


def _duplicates(user: User) -> list[Task]:
    if not (user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent):
        return []
    found = open_duplicates(user)[:MOST_COUNTED].count()
    if not found:
        return []
    return [
        Task(
            kind="catalog.duplicates",
            title=ngettext("%(number)s open duplicate", "%(number)s open duplicates", found)
            % {"number": found},
            detail=_("Entries repeat what other departments provide (Art. 19)"),
            url=reverse("catalog:duplicate_list"),
            action=_("Appoint lead collectors"),
        )
    ]


def _appointments(user: User) -> list[Task]:
    if not user.has_duty(DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD):
        return []
    waiting = SourceOfItem.objects.filter(
        department=user.department_id, ended_at=None, acknowledged_at=None
    )
    return [
        Task(
            kind="catalog.source",
            title=_("Your department is the source of %(datum)s") % {"datum": one.name},
            detail=_("Appointed as the lead collector (Art. 19)"),
            url=reverse("catalog:source_acknowledge", args=[one.pk]),
            action=_("Acknowledge"),
        )
        for one in waiting.order_by("appointed_at", "pk")
    ]


def _plans(user: User) -> list[Task]:
    if not user.has_duty(DutyKind.STEWARD):
        return []
    back = CollectionPlan.objects.filter(department=user.department_id, state=PlanState.OBJECTED)
    return [
        Task(
            kind="catalog.plan",
            title=_('The plan "%(plan)s" was objected to') % {"plan": one},
            detail=one.objection,
            url=one.get_absolute_url(),
            action=_("Change or withdraw"),
        )
        for one in back.order_by("pk")
    ]
