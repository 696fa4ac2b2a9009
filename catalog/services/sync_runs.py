"""Runs of sync jobs: queued, carried out, ended in a true state whatever happens.

`execute` is what a worker does. Its transactions: the run is marked as running; then rows, counts
and audit entry in one; or, when that one was rolled back, the failure in another. A worker that
dies leaves a run that says running and a lock that nobody holds; `left_behind` finds it.
"""

import random
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.models import Resource, RunState, SyncJob, SyncRun
from catalog.models.source import LIVE
from catalog.services import profiles
from catalog.sources import lock
from catalog.sources.failures import HEALS, SourceFailure
from catalog.sources.permissions import may_start
from catalog.sources.progress import Progress
from catalog.sources.transfer import Outcome, transfer
from catalog.sources.workflow import Move, next_state
from catalog.store.errors import StoreRefusal
from portal.common.errors import WrongState
from portal.organisation.models import User

logger = structlog.get_logger(__name__)

TASK = "catalog.run_sync"
COMPARE_TASK = "catalog.compare_values"
MOST_ATTEMPTS = 3
DELAYS = (timedelta(seconds=30), timedelta(minutes=2))
SOON = timedelta(seconds=5)
# A message that nobody took for so long is taken for lost.
LOST_AFTER = timedelta(minutes=2)


@transaction.atomic
def start_run(*, job: SyncJob, by: User) -> SyncRun:
    """Queue a run of the job. Raises WrongState while another one is under way."""
    may_start(by, job).enforce()
    return _queue(job.pk, by=by)


@transaction.atomic
def start_scheduled_run(*, job_id: int) -> SyncRun | None:
    """Queue the run that is due by schedule; None when the last one is still under way."""
    job = SyncJob.objects.filter(pk=job_id).first()
    if job is None:
        logger.warning("sync_job_gone", job=job_id)
        return None
    try:
        return _queue(job_id, by=None)
    except WrongState:
        logger.info("sync_run_under_way", job=job_id)
        return None


def _queue(job_id: int, *, by: User | None) -> SyncRun:
    job = SyncJob.objects.select_for_update().get(pk=job_id)
    if job.runs.filter(state__in=LIVE).exists():
        raise WrongState(_("A run of this job is under way already."), code="run_under_way")
    job.last_number += 1
    job.save(update_fields=["last_number"])
    run = SyncRun.objects.create(job=job, number=job.last_number, started_by=by)
    record(actor=by, action="catalog.run.start", target=run, number=run.number)

    def send() -> None:
        current_app.send_task(TASK, args=[run.pk])

    # A broker that is away must not fail what is committed: the sweep sends the run again.
    transaction.on_commit(send, robust=True)
    return run


def execute(*, run_id: int) -> datetime | None:
    """Carry the run out. Returns when to try again, None when there is nothing left to do.

    May be called any number of times, and beside itself: whoever does not get the lock of the
    resource, or finds the run ended, does nothing.
    """
    run = SyncRun.objects.select_related("job__resource").get(pk=run_id)
    with lock.held(run.job.resource_id) as is_ours:
        if not is_ours:
            # Either this very run is being carried out, or the one before is just letting go.
            return timezone.now() + SOON if run.state == RunState.QUEUED else None
        if not _begin(run_id):
            return None
        run = SyncRun.objects.select_related("job__resource", "job__source").get(pk=run_id)
        progress = Progress(run.pk, log=run.log)
        progress.note("attempt", attempt=run.attempt)
        try:
            with transaction.atomic():
                outcome = transfer(job=run.job, progress=progress)
                _succeed(run_id, outcome, progress)
        except SourceFailure as failure:
            heals = failure.heals
            return _give_up(run_id, progress, failure.code, dict(failure.data), heals=heals)
        except StoreRefusal as refusal:
            heals = refusal.code in HEALS
            return _give_up(run_id, progress, refusal.code, dict(refusal.data), heals=heals)
    return None


def _locked(run_id: int) -> SyncRun:
    """The run, its row locked; the resource and its department come along for the audit entry."""
    return (
        SyncRun.objects.select_for_update(of=("self",))
        .select_related("job__resource__department")
        .get(pk=run_id)
    )


@transaction.atomic
def _begin(run_id: int) -> bool:
    """Whether an attempt begins now. The third that broke off without an answer was the last."""
    run = _locked(run_id)
    now = timezone.now()
    if run.state not in LIVE or (run.next_attempt_at is not None and run.next_attempt_at > now):
        return False
    if run.attempt >= MOST_ATTEMPTS:
        _fail(run, "broken_off", {})
        return False
    run.state = next_state(run.state, Move.BEGIN)
    run.attempt += 1
    run.started_at = run.started_at or now
    run.next_attempt_at = None
    run.save(update_fields=["state", "attempt", "started_at", "next_attempt_at"])
    return True


def _succeed(run_id: int, outcome: Outcome, progress: Progress) -> None:
    counts = outcome.counts
    progress.note("published", rows=counts.total)
    run = _locked(run_id)
    run.state = next_state(run.state, Move.SUCCEED)
    run.finished_at = timezone.now()
    run.rows_read = counts.read
    run.bytes_read = outcome.bytes
    run.rows_inserted = counts.inserted
    run.rows_updated = counts.updated
    run.rows_deleted = counts.deleted
    run.failure_code = ""
    run.failure_data = {}
    run.log = progress.now.log
    run.save()
    # Not save(): the entry itself did not change, only what it holds.
    Resource.objects.filter(pk=run.job.resource_id).update(
        row_count=counts.total, rows_changed_at=run.finished_at
    )
    record(
        actor=None,
        action="catalog.run.succeed",
        target=run,
        number=run.number,
        read=counts.read,
        inserted=counts.inserted,
        updated=counts.updated,
        deleted=counts.deleted,
    )
    _announce_rows(run.job.resource_id)


def _announce_rows(resource_id: int) -> None:
    """Let columns be counted and values compared; whatever becomes of that, the run succeeded."""

    def send() -> None:
        for task in (profiles.TASK, COMPARE_TASK):
            current_app.send_task(task, args=[resource_id])

    # When the broker is away: profiles have a sweep, and what is compared comes with the next run.
    transaction.on_commit(send, robust=True)


@transaction.atomic
def _give_up(
    run_id: int, progress: Progress, code: str, data: dict[str, str | int], *, heals: bool
) -> datetime | None:
    """End the attempt: as failed, or waiting for another one where time may heal the failure."""
    run = _locked(run_id)
    progress.note("failed")
    if not heals or run.attempt >= MOST_ATTEMPTS:
        run.log = progress.now.log
        _fail(run, code, data)
        return None
    progress.note("retry")
    wait = DELAYS[min(run.attempt, len(DELAYS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311
    run.state = next_state(run.state, Move.WAIT)
    run.next_attempt_at = timezone.now() + wait
    run.failure_code = code
    run.failure_data = data
    run.log = progress.now.log
    run.save()
    record(
        actor=None,
        action="catalog.run.retry",
        target=run,
        result="failed",
        number=run.number,
        failure=code,
        next_attempt_at=run.next_attempt_at,
    )
    return run.next_attempt_at


def _fail(run: SyncRun, code: str, data: dict[str, str | int]) -> None:
    run.state = next_state(run.state, Move.FAIL)
    run.finished_at = timezone.now()
    run.next_attempt_at = None
    run.failure_code = code
    run.failure_data = data
    run.save()
    record(
        actor=None,
        action="catalog.run.fail",
        target=run,
        result="failed",
        number=run.number,
        failure=code,
    )


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
