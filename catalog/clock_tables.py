"""What the portal's sweep, notices and recounts need to know of the clocks of Art. 17."""

from collections.abc import Iterable

from django.db.models import QuerySet

from portal.clocks.registry import ClockTable, Subject
from portal.organisation.models import DutyKind, User

from .models import CatalogueClock, CatalogueDeadline, Harvest, SyncJob, SyncRun, UpdateDuty
from .selectors import harvests, sync, tasks_for

__all__ = ["NOTICE_SUBJECTS", "TABLES", "tasks_for"]


def permitted(user: User) -> "QuerySet[CatalogueDeadline]":
    return CatalogueDeadline.objects.filter(duty__in=UpdateDuty.objects.permitted(user))


def subjects(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    """A duty by its basis: the name of an entry would need the right to see it as well."""
    clocks = permitted(user).filter(pk__in=keys).select_related("duty")
    return {
        clock.pk: Subject(
            title=str(clock.duty),
            url=clock.duty.get_absolute_url(),
            clock=clock,
            duty=clock.get_kind_display(),
        )
        for clock in clocks
    }


def runs(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    """Sync runs by the resource whose rows they bring."""
    return {
        run.pk: Subject(title=str(run), url=run.get_absolute_url())
        for run in sync.runs_for(user).filter(pk__in=keys)
    }


def jobs(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    return {
        job.pk: Subject(title=str(job), url=job.get_absolute_url())
        for job in sync.jobs_for(user).filter(pk__in=keys)
    }


def walks(user: User, keys: Iterable[int]) -> dict[int, Subject]:
    """Harvests by their source, on whose page the datasets are."""
    return {
        one.pk: Subject(title=str(one.source), url=one.get_absolute_url())
        for one in harvests.harvests_for(user).filter(pk__in=keys)
    }


NOTICE_SUBJECTS = {
    SyncRun._meta.label_lower: runs,
    SyncJob._meta.label_lower: jobs,
    Harvest._meta.label_lower: walks,
}
TABLES = [
    ClockTable(
        model=CatalogueDeadline,
        persons={
            CatalogueClock.UPDATE.value: (DutyKind.STEWARD,),
            CatalogueClock.REVIEW.value: (DutyKind.COMPETENT_OFFICER,),
        },
        permitted=permitted,
        subjects=subjects,
        target=lambda clock: clock.duty,
        related=("duty",),
        overdue_action="catalog.deadline.overdue",
        recompute_action="catalog.deadline.recompute",
        facts=lambda clock: {"entry": clock.entry_id},
    )
]
