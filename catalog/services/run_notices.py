"""Telling stewards what needs them: failed runs, shrunk or late rows, a source that fills its disk."""

from datetime import datetime

from catalog.models import Harvest, Resource, SyncJob, SyncRun
from portal.clocks.models import NoticeKind
from portal.clocks.services.telling import tell
from portal.organisation.models import Department, DutyKind
from portal.organisation.selectors import holders

SHRUNK = "shrunk"
LONGEST_OCCASION = 20


def tell_of_failure(run: SyncRun) -> int:
    """The provider's stewards, once a run. In the transaction that ends it."""
    kind = NoticeKind.SYNC_SHRUNK if run.failure_code == SHRUNK else NoticeKind.SYNC_FAILED
    return tell(
        people=_stewards(run.job.resource.department),
        kind=kind,
        about=SyncRun._meta.label_lower,
        about_id=run.pk,
        occasion=run.failure_code[:LONGEST_OCCASION],
    )


def tell_of_late_rows(job: SyncJob, resource: Resource) -> int:
    """Once for the rows that are late: when newer ones came and are late again, once more."""
    changed = resource.rows_changed_at
    return tell(
        people=_stewards(resource.department),
        kind=NoticeKind.SYNC_LATE,
        about=SyncJob._meta.label_lower,
        about_id=job.pk,
        occasion=f"{changed:%Y%m%dT%H%M%S}" if changed else "",
    )


def tell_of_kept_log(job: SyncJob, *, day: datetime) -> int:
    """Once a day while the source keeps so much of its log for the job, or no longer keeps all."""
    return tell(
        people=_stewards(job.resource.department),
        kind=NoticeKind.SYNC_LOG,
        about=SyncJob._meta.label_lower,
        about_id=job.pk,
        occasion=f"{day:%Y%m%d}",
    )


def tell_of_vanished(harvest: Harvest) -> int:
    """Once a harvest, however many datasets the other portal no longer has."""
    return tell(
        people=_stewards(harvest.source.department),
        kind=NoticeKind.VANISHED,
        about=Harvest._meta.label_lower,
        about_id=harvest.pk,
        occasion="",
    )


def tell_of_failed_harvest(harvest: Harvest) -> int:
    """Once a harvest, in the transaction that ends it."""
    return tell(
        people=_stewards(harvest.source.department),
        kind=NoticeKind.HARVEST_FAILED,
        about=Harvest._meta.label_lower,
        about_id=harvest.pk,
        occasion=harvest.failure_code[:LONGEST_OCCASION],
    )


def _stewards(department: Department) -> list[int]:
    return list(holders(department, DutyKind.STEWARD).values_list("pk", flat=True))
