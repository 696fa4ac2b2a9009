"""The messages: what a worker is told, and what it sends on."""

from datetime import datetime

import pytest
from celery import Celery
from django.db import OperationalError, connection
from django.utils import timezone

from catalog import tasks
from catalog.models import JobSchedule, RunState, SyncRun
from catalog.services import run_queue, scheduling
from catalog.sources import lock
from catalog.sources.schedule import Rhythm, Schedule
from portal.celery import app as celery_app
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(business):
    resource = ResourceFactory()
    business.fill([("1", "甲", None)])
    return business.job(resource)


@pytest.fixture
def steward(job):
    return UserFactory(department=job.resource.department, duties=[DutyKind.STEWARD])


def test_a_started_run_is_sent_to_a_worker_after_the_commit(job, steward, queue):
    run = run_queue.start_run(job=job, by=steward)

    assert queue() == [("catalog.run_sync", f"[{run.pk}]", None)]


def test_a_run_that_waits_is_sent_for_later(job, steward, queue):
    type(job.source).objects.update(port=1)
    run = run_queue.start_run(job=job, by=steward)
    queue_before = len(queue())

    tasks.run_sync(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.RETRYING
    task, arguments, eta = queue()[queue_before]
    assert (task, arguments) == ("catalog.run_sync", f"({run.pk},)")
    assert datetime.fromisoformat(eta) == run.next_attempt_at


def test_a_run_that_ended_is_not_sent_again(job, steward, queue):
    run = run_queue.start_run(job=job, by=steward)
    tasks.run_sync(run.pk)
    tasks.run_sync(run.pk)

    # What the run brought is counted, compared with others' rows and told to who draws it, once.
    assert [task for task, _arguments, _eta in queue()] == [
        "catalog.run_sync",
        "catalog.profile_resource",
        "catalog.compare_values",
        "sharing.tell_of_changed_rows",
    ]
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 1)


def test_the_schedule_sends_a_run(job, steward, queue):
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.DAILY), by=steward)
    JobSchedule.objects.update(next_due_at=timezone.now())

    tasks.tick_schedules()
    tasks.tick_schedules()

    run = SyncRun.objects.get()
    assert queue() == [("catalog.run_sync", f"[{run.pk}]", None)]


def test_the_sweep_sends_what_was_left_behind(job, steward, queue):
    run = run_queue.start_run(job=job, by=steward)
    SyncRun.objects.update(sent_at=timezone.now() - run_queue.LOST_AFTER)

    tasks.sweep_sync_runs()
    tasks.sweep_sync_runs()

    assert [task for task, _, _ in queue()] == ["catalog.run_sync"] * 2
    assert queue()[1][1] == f"({run.pk},)"


def test_a_broker_that_is_away_loses_no_run(job, steward):
    Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=True)
    try:
        run = run_queue.start_run(job=job, by=steward)
    finally:
        celery_app.set_current()

    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    later = timezone.now() + run_queue.LOST_AFTER
    assert run_queue.left_behind(now=later) == [run.pk]


def test_a_lost_database_leaves_the_lock_free_and_the_run_to_the_sweep(job, steward):
    # given
    run = run_queue.start_run(job=job, by=steward)
    SyncRun.objects.update(state=RunState.RUNNING, attempt=1)

    # when
    with (
        pytest.raises(OperationalError),
        lock.held(job.resource_id),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    # then
    assert lock.held_now() == set()
    assert run_queue.left_behind(now=timezone.now()) == [run.pk]
