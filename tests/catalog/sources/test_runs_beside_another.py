"""Runs of one resource that meet: one moves rows, the other waits or is told."""

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from catalog.models import RunState, SyncRun
from catalog.services import run_queue, sync_runs
from catalog.sources import lock
from portal.clocks.models import Notice

from .running import ROWS, held, ran


@pytest.mark.django_db(transaction=True)
class TestBesideItself:
    """With a second connection that holds what a worker holds."""

    def test_a_resource_is_synced_by_one_worker_at_a_time(self, job, steward, resource, worker):
        # given
        run = run_queue.start_run(job=job, by=steward)
        key = lock.CLASS << 32 | resource.pk
        worker.execute("SELECT pg_advisory_lock(%s)", [key])

        # when
        again_at = sync_runs.execute(run_id=run.pk)

        # then
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.QUEUED, 0)
        assert again_at is not None
        assert lock.held_now() == {resource.pk}
        worker.execute("SELECT pg_advisory_unlock(%s)", [key])
        sync_runs.execute(run_id=run.pk)
        run.refresh_from_db()
        assert run.state == RunState.SUCCEEDED
        assert lock.held_now() == set()

    def test_a_run_cancelled_after_its_last_row_publishes_nothing(
        self, job, steward, resource, business, worker
    ):
        # given a run that has read its rows and waits for the table
        ran(job, steward)
        business.run("DELETE FROM divisions WHERE code = '3'")
        run = run_queue.start_run(job=job, by=steward)
        worker.execute(f"LOCK TABLE store.r_{resource.pk} IN SHARE ROW EXCLUSIVE MODE")
        working = threading.Thread(target=_carry_out, args=(run.pk,))
        working.start()
        while not _waits_for(worker, f"store.r_{resource.pk}"):
            time.sleep(0.01)

        # when it is cancelled, and the cache has lost the word
        sync_runs.cancel_run(run=run, by=steward)
        cache.clear()
        worker.rollback()
        working.join(30)

        # then
        run.refresh_from_db()
        assert (run.state, run.failure_code) == (RunState.CANCELLED, "")
        assert run.log[-1]["code"] == "cancelled"
        assert held(resource) == ROWS
        assert not Notice.objects.exists()

    def test_the_lock_is_let_go_after_a_failure(self, job, steward, business):
        business.run("DROP TABLE divisions")

        ran(job, steward)

        assert lock.held_now() == set()

    def test_the_sweep_finds_what_was_left_behind(self, job, steward, resource, worker):
        # given
        run = run_queue.start_run(job=job, by=steward)
        now = timezone.now()

        # then
        assert run_queue.left_behind(now=now) == []
        later = now + timedelta(minutes=3)
        assert run_queue.left_behind(now=later) == [run.pk]
        assert run_queue.left_behind(now=later) == []

        SyncRun.objects.update(state=RunState.RUNNING, attempt=1, sent_at=now)
        worker.execute("SELECT pg_advisory_lock(%s)", [lock.CLASS << 32 | resource.pk])
        assert run_queue.left_behind(now=now) == []
        worker.close()
        while lock.held_now():
            pass
        assert run_queue.left_behind(now=now) == [run.pk]

        SyncRun.objects.update(state=RunState.RETRYING, next_attempt_at=now, sent_at=now)
        assert run_queue.left_behind(now=now) == []
        assert run_queue.left_behind(now=later) == [run.pk]

        SyncRun.objects.update(state=RunState.SUCCEEDED, next_attempt_at=None)
        assert run_queue.left_behind(now=later) == []

    def test_a_run_whose_worker_died_goes_on_and_after_three_deaths_fails(self, job, steward):
        # given
        run = run_queue.start_run(job=job, by=steward)
        SyncRun.objects.update(state=RunState.RUNNING, attempt=1)

        # when
        sync_runs.execute(run_id=run.pk)

        # then
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)

        again = run_queue.start_run(job=job, by=steward)
        SyncRun.objects.filter(pk=again.pk).update(state=RunState.RUNNING, attempt=3)
        sync_runs.execute(run_id=again.pk)
        again.refresh_from_db()
        assert (again.state, again.failure_code) == (RunState.FAILED, "broken_off")


def _carry_out(run_id: int) -> None:
    sync_runs.execute(run_id=run_id)
    connections.close_all()


def _waits_for(session: psycopg.Connection, table: str) -> bool:
    """Whether somebody waits for the lock that this session holds on the table."""
    asked = session.execute(
        "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table]
    )
    return asked.fetchone() == (1,)
