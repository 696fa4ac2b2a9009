"""Runs of one resource that meet: one moves rows, the other waits or is told."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import RunState, SyncRun
from catalog.services import sync_runs
from catalog.sources import lock

from .database import server
from .running import ran


@pytest.mark.django_db(transaction=True)
class TestBesideItself:
    """With a second connection that holds what a worker holds."""

    @pytest.fixture
    def worker(self):
        with psycopg.connect(**server(), dbname=connection.settings_dict["NAME"]) as other:
            yield other

    def test_a_resource_is_synced_by_one_worker_at_a_time(self, job, steward, resource, worker):
        # given
        run = sync_runs.start_run(job=job, by=steward)
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

    def test_the_lock_is_let_go_after_a_failure(self, job, steward, business):
        business.run("DROP TABLE divisions")

        ran(job, steward)

        assert lock.held_now() == set()

    def test_the_sweep_finds_what_was_left_behind(self, job, steward, resource, worker):
        # given
        run = sync_runs.start_run(job=job, by=steward)
        now = timezone.now()

        # then
        assert sync_runs.left_behind(now=now) == []
        later = now + timedelta(minutes=3)
        assert sync_runs.left_behind(now=later) == [run.pk]
        assert sync_runs.left_behind(now=later) == []

        SyncRun.objects.update(state=RunState.RUNNING, attempt=1, sent_at=now)
        worker.execute("SELECT pg_advisory_lock(%s)", [lock.CLASS << 32 | resource.pk])
        assert sync_runs.left_behind(now=now) == []
        worker.close()
        while lock.held_now():
            pass
        assert sync_runs.left_behind(now=now) == [run.pk]

        SyncRun.objects.update(state=RunState.RETRYING, next_attempt_at=now, sent_at=now)
        assert sync_runs.left_behind(now=now) == []
        assert sync_runs.left_behind(now=later) == [run.pk]

        SyncRun.objects.update(state=RunState.SUCCEEDED, next_attempt_at=None)
        assert sync_runs.left_behind(now=later) == []

    def test_a_run_whose_worker_died_goes_on_and_after_three_deaths_fails(self, job, steward):
        # given
        run = sync_runs.start_run(job=job, by=steward)
        SyncRun.objects.update(state=RunState.RUNNING, attempt=1)

        # when
        sync_runs.execute(run_id=run.pk)

        # then
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)

        again = sync_runs.start_run(job=job, by=steward)
        SyncRun.objects.filter(pk=again.pk).update(state=RunState.RUNNING, attempt=3)
        sync_runs.execute(run_id=again.pk)
        again.refresh_from_db()
        assert (again.state, again.failure_code) == (RunState.FAILED, "broken_off")
