"""What waits for a person because law or duties have changed (Art. 17)."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import CatalogueClock, CatalogueDeadline, DutyState
from portal.common.tasks import Task
from portal.organisation.models import DutyKind, User
from portal.workdays.clocks import RUNNING


def update_tasks_for(user: User) -> list[Task]:
    """Updates for stewards, closings for heads, consents for officers; one query, none for others.

    Reviews under their two days are tasks of the entries themselves: see `catalog.selectors.tasks`.
    """
    wanted = _to_update(user) | _to_close(user) | _to_consent(user)
    if wanted == _nothing():
        return []
    clocks = (
        CatalogueDeadline.objects.filter(wanted, kind=CatalogueClock.UPDATE)
        .select_related("duty__department__region", "duty__extension")
        .order_by("due", "pk")
    )
    return [task for clock in clocks for task in _tasks(user, clock)]


def _to_update(user: User) -> Q:
    if not user.has_duty(DutyKind.STEWARD):
        return _nothing()
    return RUNNING & Q(duty__state=DutyState.OPEN, duty__department=user.department_id)


def _to_close(user: User) -> Q:
    if not user.has_duty(DutyKind.DEPARTMENT_HEAD):
        return _nothing()
    return Q(duty__state=DutyState.CLOSING, duty__department=user.department_id) & ~Q(
        duty__close_proposed_by=user
    )


def _to_consent(user: User) -> Q:
    if not (user.has_duty(DutyKind.COMPETENT_OFFICER) and user.department.is_competent):
        return _nothing()
    return (
        RUNNING
        & Q(
            duty__extension__isnull=False,
            duty__extension__decided_at=None,
            duty__department__region=user.department.region_id,
        )
        & ~Q(duty__extension__asked_by=user)
    )


def _nothing() -> Q:
    return Q(pk__in=[])


def _tasks(user: User, clock: CatalogueDeadline) -> list[Task]:
    """One clock may ask two things of who holds two duties."""
    duty = clock.duty
    extension = getattr(duty, "extension", None)
    parts = {"department": duty.department, "basis": duty}
    is_own = duty.department_id == user.department_id
    found = []
    if is_own and duty.state == DutyState.OPEN and user.has_duty(DutyKind.STEWARD):
        found.append(
            Task(
                kind="catalog.update",
                title=str(duty),
                detail=_("Change to be carried into the catalogue (Art. 17)"),
                url=duty.get_absolute_url(),
                action=_("Update the catalogue"),
                due=clock.due,
                legal=True,
                provisional=clock.provisional,
                region=clock.region,
                consequence=_("The update counts as late, and stays on record as such."),
            )
        )
    if is_own and duty.state == DutyState.CLOSING and user.has_duty(DutyKind.DEPARTMENT_HEAD):
        found.append(
            Task(
                kind="catalog.close_update",
                title=str(duty),
                detail=_("The stewards propose to change nothing in the catalogue"),
                url=reverse("catalog:update_duty_close_decide", args=[duty.pk]),
                action=_("Decide on the proposal"),
                due=clock.due if clock.is_running else None,
                legal=True,
                provisional=clock.provisional,
                region=clock.region,
                consequence=_("The clock of the update goes on until you approve."),
            )
        )
    reviews = (
        user.has_duty(DutyKind.COMPETENT_OFFICER)
        and user.department.is_competent
        and user.department.region_id == duty.department.region_id
    )
    if (
        reviews
        and extension is not None
        and not extension.is_decided
        and clock.is_running
        and extension.asked_by_id != user.pk
    ):
        found.append(
            Task(
                kind="catalog.extend_update",
                title=str(duty),
                detail=_("%(department)s asks for an extension of the update") % parts,
                url=reverse("catalog:update_duty_extension_decide", args=[duty.pk]),
                action=_("Consent or refuse"),
                due=clock.due,
                provisional=clock.provisional,
                region=clock.region,
                consequence=_("Until you decide, the update stays due on that day."),
            )
        )
    return found
