"""Runs of sync jobs: queued, carried out, ended in a true state whatever happens.

`execute` is what a worker does. Its transactions: the run is marked as running; then rows, counts
and audit entry in one; or, when that one was rolled back, the failure in another. Only after the
rows are committed the source hears that it may forget what it kept for a job that captures changes.
A worker that dies leaves a run that says running and a lock that nobody holds;
`run_queue.left_behind` finds it.
"""

import random
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog import followers
from catalog.models import Resource, RunState, SyncRun
from catalog.models.source import LIVE
from catalog.services import capture, profiles, run_queue
from catalog.services.run_notices import tell_of_failure
from catalog.services.run_reports import keep_report
from catalog.sources import lock
from catalog.sources.failures import HEALS, SourceFailure
from catalog.sources.permissions import may_start
from catalog.sources.progress import Progress, Stopped, ask_to_stop
from catalog.sources.transfer import Outcome, rules_in_force, transfer
from catalog.sources.versions import Unchanged
from catalog.sources.workflow import Move, next_state
from catalog.store.errors import StoreRefusal
from catalog.store.inspection import Inspection, Shrunk, TooManyBad
from portal.common.errors import WrongState
from portal.organisation.models import User

COMPARE_TASK = "catalog.compare_values"
MOST_ATTEMPTS = 3
DELAYS = (timedelta(seconds=30), timedelta(minutes=2))
SOON = timedelta(seconds=5)


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
        again_at = _attempt(run_id)
    run_queue.send_next_of(run.job.source_id)
    return again_at


def _attempt(run_id: int) -> datetime | None:
    """One attempt, under the lock of the resource; when to try again."""
    if not _begin(run_id):
        return None
    run = SyncRun.objects.select_related("job__resource", "job__source").get(pk=run_id)
    progress = Progress(run.pk, log=run.log)
    progress.note("attempt", attempt=run.attempt)
    try:
        progress.stop_if_asked()
        capture.prepare(job=run.job)
        with transaction.atomic():
            outcome = transfer(job=run.job, progress=progress, may_shrink=run.may_shrink)
            _succeed(run_id, outcome, progress)
        capture.confirm(job=run.job)
    except Unchanged:
        _leave(run_id, progress)
    except Stopped:
        _stop(run_id, progress)
    except SourceFailure as failure:
        heals = failure.heals
        return _give_up(run_id, progress, failure.code, dict(failure.data), heals=heals)
    except StoreRefusal as refusal:
        heals = refusal.code in HEALS
        found = refusal.inspection if isinstance(refusal, TooManyBad | Shrunk) else None
        return _give_up(
            run_id, progress, refusal.code, dict(refusal.data), heals=heals, found=found
        )
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
    if run.cancel_asked_at is not None:
        _end_cancelled(run)
        return False
    if run.attempt >= MOST_ATTEMPTS:
        _fail(run, "broken_off", {})
        return False
    if run.state != RunState.RUNNING and run_queue.is_source_full(run):
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
    if run.cancel_asked_at is not None:
        raise Stopped
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
    _report(run, counts.inspection)
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
        bad=counts.inspection.bad,
    )
    _announce_rows(run.job.resource_id)


@transaction.atomic
def _leave(run_id: int, progress: Progress) -> None:
    """End the run without a row moved: not even when the rows last changed."""
    run = _locked(run_id)
    progress.note("unchanged")
    run.log = progress.now.log
    if run.cancel_asked_at is not None:
        _end_cancelled(run)
        return
    run.state = next_state(run.state, Move.LEAVE)
    run.finished_at = timezone.now()
    run.failure_code = ""
    run.failure_data = {}
    run.save()
    record(actor=None, action="catalog.run.unchanged", target=run, number=run.number)


def _report(run: SyncRun, found: Inspection) -> None:
    rules = rules_in_force(run.job)
    keep_report(run=run, inspection=found, rules_version=rules.version if rules else 0)


def _announce_rows(resource_id: int) -> None:
    """Let columns be counted and values compared; whatever becomes of that, the run succeeded."""

    def send() -> None:
        for task in (profiles.TASK, COMPARE_TASK, *followers.TASKS):
            current_app.send_task(task, args=[resource_id])

    # When the broker is away: profiles have a sweep, and what is compared comes with the next run.
    transaction.on_commit(send, robust=True)


@transaction.atomic
def _give_up(
    run_id: int,
    progress: Progress,
    code: str,
    data: dict[str, str | int],
    *,
    heals: bool,
    found: Inspection | None = None,
) -> datetime | None:
    """End the attempt: as failed, or waiting for another one where time may heal the failure."""
    run = _locked(run_id)
    progress.note("failed")
    if run.cancel_asked_at is not None:
        run.log = progress.now.log
        _end_cancelled(run)
        return None
    if not heals or run.attempt >= MOST_ATTEMPTS:
        run.log = progress.now.log
        _fail(run, code, data)
        if found is not None:
            _report(run, found)
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


@transaction.atomic
def _stop(run_id: int, progress: Progress) -> None:
    """End the attempt because somebody asked for that: nothing of it was published."""
    run = _locked(run_id)
    progress.note("cancelled")
    run.log = progress.now.log
    _end_cancelled(run)


def _end_cancelled(run: SyncRun) -> None:
    run.state = next_state(run.state, Move.CANCEL)
    run.finished_at = timezone.now()
    run.next_attempt_at = None
    run.failure_code = ""
    run.failure_data = {}
    run.save()


@transaction.atomic
def cancel_run(*, run: SyncRun, by: User) -> SyncRun:
    """End a run that waits at once; one that is under way stops before it publishes.

    Raises WrongState for a run that has ended: what it published stays.
    """
    may_start(by, run.job).enforce()
    run = _locked(run.pk)
    if run.state not in LIVE:
        raise WrongState(_("The run has ended; it cannot be cancelled."))
    if run.cancel_asked_at is not None:
        return run
    run.cancel_asked_at = timezone.now()
    run.save(update_fields=["cancel_asked_at"])
    record(actor=by, action="catalog.run.cancel", target=run, number=run.number, was=run.state)
    if run.state == RunState.RUNNING and run.job.resource_id in lock.held_now():
        transaction.on_commit(lambda: ask_to_stop(run.pk), robust=True)
    else:
        _end_cancelled(run)
    return run


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
    tell_of_failure(run)
