"""Runs that wait: put in a line, sent to workers, the urgent ones first, no source asked too often.

A message for a worker is a ticket and names a run; which run a worker takes is decided when it has
the ticket in hand (`most_urgent`). Tickets may be lost or doubled: `left_behind` sends them again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.models import RunState, Source, SyncJob, SyncRun
from catalog.models.source import LIVE, Priority
from catalog.sources import lock
from catalog.sources.permissions import may_start
from portal.common.errors import WrongState
from portal.organisation.models import User

logger = structlog.get_logger(__name__)

TASK = "catalog.run_sync"
# A message that nobody took for so long is taken for lost.
LOST_AFTER = timedelta(minutes=2)


@transaction.atomic
def start_run(*, job: SyncJob, by: User, may_shrink: bool = False) -> SyncRun:
    """Queue a run of the job, ahead of those by schedule: somebody waits for it.

    `may_shrink`: the steward has looked, and far fewer rows are right this once. Raises WrongState
    while another run is under way.
    """
    may_start(by, job).enforce()
    return queue(job.pk, by=by, may_shrink=may_shrink)


@transaction.atomic
def start_scheduled_run(*, job_id: int) -> SyncRun | None:
    """Queue the run that is due by schedule; None when the last one is still under way."""
    job = SyncJob.objects.filter(pk=job_id).first()
    if job is None:
        logger.warning("sync_job_gone", job=job_id)
        return None
    try:
        return queue(job_id, by=None)
    except WrongState:
        logger.info("sync_run_under_way", job=job_id)
        return None


def queue(job_id: int, *, by: User | None, may_shrink: bool = False) -> SyncRun:
    job = SyncJob.objects.select_for_update().get(pk=job_id)
    if job.runs.filter(state__in=LIVE).exists():
        raise WrongState(_("A run of this job is under way already."), code="run_under_way")
    job.last_number += 1
    job.save(update_fields=["last_number"])
    run = SyncRun.objects.create(
        job=job,
        number=job.last_number,
        started_by=by,
        may_shrink=may_shrink,
        priority=Priority.SCHEDULE if by is None else Priority.PERSON,
    )
    facts: dict[str, Any] = {"may_shrink": True} if may_shrink else {}
    record(actor=by, action="catalog.run.start", target=run, number=run.number, **facts)
    # A broker that is away must not fail what is committed: the sweep sends the run again.
    transaction.on_commit(lambda: send(run.pk), robust=True)
    return run


def send(run_id: int) -> None:
    current_app.send_task(TASK, args=[run_id])


def send_many(run_ids: Sequence[int]) -> None:
    """The same for each of them, over one connection."""
    with current_app.producer_or_acquire() as producer:
        for run_id in run_ids:
            current_app.send_task(TASK, args=[run_id], producer=producer)


def most_urgent(run_id: int) -> int:
    """Of the runs that could begin now the one to take with a ticket for `run_id`.

    Another one only when it is more urgent; then `run_id` gets a new ticket.
    """
    mine = SyncRun.objects.filter(pk=run_id).values_list("priority", flat=True).first()
    ahead = (
        SyncRun.objects.filter(state=RunState.QUEUED, priority__lt=mine or 0)
        .exclude(job__resource__in=lock.held_now())
        .order_by("priority", "queued_at")
        .values_list("pk", flat=True)
        .first()
    )
    if ahead is None:
        return run_id
    send(run_id)
    return ahead


def is_source_full(run: SyncRun) -> bool:
    """Whether as many runs read from the source as it may be asked for at once.

    A run whose worker has died does not count: nobody holds its lock. In a transaction: those who
    ask for one source at the same moment wait for each other.
    """
    with_lock = lock.held_now() - {run.job.resource_id}
    source_id = run.job.source_id
    Source.objects.select_for_update().get(pk=source_id)
    reading = SyncRun.objects.filter(
        state=RunState.RUNNING, job__source=source_id, job__resource__in=with_lock
    )
    most: int = settings.SYNC_RUNS_PER_SOURCE
    return reading.count() >= most


def send_next_of(source_id: int) -> None:
    """A place at the source is free: the most urgent run that waits for it gets a ticket."""
    now = timezone.now()
    waiting = (
        SyncRun.objects.filter(
            Q(state=RunState.QUEUED) | Q(state=RunState.RETRYING, next_attempt_at__lte=now),
            job__source=source_id,
        )
        .order_by("priority", "queued_at")
        .values_list("pk", flat=True)
        .first()
    )
    if waiting is not None:
        send(waiting)


@transaction.atomic
def left_behind(*, now: datetime, lost_after: timedelta = LOST_AFTER) -> list[int]:
    """The runs that need a new message for a worker, marked as sent now.

    A queued run whose message was lost; one whose worker died, which its free lock tells; one whose
    time to try again has passed without anybody trying.
    """
    before = now - lost_after
    waiting = SyncRun.objects.filter(
        Q(state=RunState.QUEUED, sent_at__lte=before)
        | Q(state=RunState.RUNNING)
        | Q(state=RunState.RETRYING, next_attempt_at__lte=before, sent_at__lte=before)
    )
    found = list(
        waiting.select_for_update(of=("self",), skip_locked=True)
        .exclude(job__resource__in=lock.held_now())
        .values_list("pk", flat=True)
    )
    SyncRun.objects.filter(pk__in=found).update(sent_at=now)
    return found
