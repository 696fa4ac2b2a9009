"""Schedules of sync jobs, and the tick that queues what is due.

A schedule is a row with the moment it is due next. A tick takes the due rows, each for itself and
those that another tick holds not at all, queues their runs in a few statements and moves the rows
on. From now on: of days that were missed nothing is left but one run.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from audit.services import record, record_many
from catalog.freshness import Freshness, freshness_at
from catalog.models import JobSchedule, ResourceState, SyncJob, SyncRun
from catalog.models.source import LIVE, Priority
from catalog.services import run_queue
from catalog.services.run_notices import tell_of_late_rows
from catalog.sources.permissions import may_set_up
from catalog.sources.schedule import Rhythm, Schedule, schedule_of, timing_of
from portal.clocks.models import Notice, NoticeKind
from portal.organisation.models import User

MOST_AT_ONCE = 500
MOST_LATE = 500
# What is long in an entry and no matter of a tick.
NOT_ASKED = tuple(
    f"job__resource__{name}" for name in ("search", "name_search", "abstract", "visible_to")
)


@transaction.atomic
def set_schedule(*, job: SyncJob, schedule: Schedule, by: User) -> SyncJob:
    """Let the job run by itself in this rhythm, or no longer."""
    may_set_up(by, job.resource).enforce()
    SyncJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    job = SyncJob.objects.select_related("timing", "resource__department__region").get(pk=job.pk)
    before = schedule_of(job).facts
    if schedule.rhythm is Rhythm.OFF:
        JobSchedule.objects.filter(job=job).delete()
    else:
        JobSchedule.objects.update_or_create(
            job=job,
            defaults=timing_of(schedule, salt=job.pk, region=job.resource.department.region.code),
        )
    record(
        actor=by,
        action="catalog.sync_job.schedule",
        target=job,
        before=before,
        after=schedule.facts,
    )
    return SyncJob.objects.select_related("timing", "resource__department", "source").get(pk=job.pk)


@transaction.atomic
def tick(*, now: datetime, most: int = MOST_AT_ONCE) -> list[int]:
    """Queue the runs of the jobs that are due; the numbers of the runs.

    A job whose last run is still under way is due again at its next time. May run twice, and beside
    itself.
    """
    due = list(
        JobSchedule.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(next_due_at__lte=now)
        .select_related("job__resource__department__region")
        .defer(*NOT_ASKED)
        .order_by("next_due_at")[:most]
    )
    if not due:
        return []
    _move_on(
        [
            (
                one.pk,
                schedule_of(one.job).next_after(
                    now, salt=one.job_id, region=one.job.resource.department.region.code
                ),
            )
            for one in due
        ]
    )
    jobs = {one.job_id: one.job for one in due if one.job.resource.state != ResourceState.WITHDRAWN}
    numbers = _numbered(sorted(jobs))
    runs = SyncRun.objects.bulk_create(
        SyncRun(job=jobs[job_id], number=number, priority=Priority.SCHEDULE)
        for job_id, number in numbers
    )
    record_many(
        actor=None,
        action="catalog.run.start",
        acts=[(run, {"number": run.number}) for run in runs],
    )
    keys = [run.pk for run in runs]

    # A broker that is away must not fail what is committed: the sweep sends the runs again.
    transaction.on_commit(lambda: run_queue.send_many(keys), robust=True)
    return keys


def _move_on(due: list[tuple[int, datetime]]) -> None:
    """In one statement of two arrays: five hundred CASEs took longer than all the rest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_jobschedule s SET next_due_at = d.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS d(id, at) WHERE s.id = d.id",
            [[key for key, _at in due], [at for _key, at in due]],
        )


def _numbered(jobs: list[int]) -> list[tuple[int, int]]:
    """The jobs of these that have no run under way, each with the number of its next run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH free AS MATERIALIZED (SELECT id FROM catalog_syncjob WHERE id = ANY(%s)"
            " ORDER BY id FOR UPDATE)"
            " UPDATE catalog_syncjob j SET last_number = last_number + 1 FROM free"
            " WHERE j.id = free.id AND NOT EXISTS (SELECT FROM catalog_syncrun r"
            " WHERE r.job_id = j.id AND r.state = ANY(%s)) RETURNING j.id, j.last_number",
            [jobs, [str(state) for state in LIVE]],
        )
        return sorted(cursor.fetchall())


@transaction.atomic
def tell_of_late(*, now: datetime, most: int = MOST_LATE) -> int:
    """Tell the stewards of rows that are older than their entry promises, once each; how many."""
    told = Notice.objects.filter(
        about=SyncJob._meta.label_lower,
        about_id=OuterRef("pk"),
        kind=NoticeKind.SYNC_LATE,
        at__gte=OuterRef("resource__rows_changed_at"),
    )
    late = (
        SyncJob.objects.filter(resource__state=ResourceState.PUBLISHED)
        .annotate(freshness=freshness_at(now, of="resource"))
        .filter(~Exists(told), freshness=Freshness.OVERDUE)
        .select_related("resource__department")
        .order_by("pk")[:most]
    )
    return sum(tell_of_late_rows(job, job.resource) for job in late)
