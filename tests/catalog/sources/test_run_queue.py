"""Who begins first, how many at a source, what is cancelled, what shrank, and who is told."""

import html
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from catalog.models import Resource, ResourceState, RunState, SyncRun, UpdateFrequency
from catalog.selectors.sync_health import Health, health_counts, health_of_jobs
from catalog.services import run_queue, scheduling, sync_jobs, sync_runs
from catalog.sources import lock, progress
from catalog.sources.words import explain
from portal.clocks.models import Notice, NoticeKind
from portal.common.errors import NotAllowed, StaleVersion, WrongState
from tests.factories import ResourceFactory

from .running import ROWS, held, ran
from .test_checks import MANY


@pytest.fixture
def other_job(business, resource):
    """A job of the same source for another resource."""
    other = ResourceFactory(department=resource.department)
    made = business.job(other)
    made.source = resource.sync_job.source
    made.save()
    return made


@contextmanager
def carried_out(run, worker):
    """The run with another worker at it: it says running, and its lock is held by that session."""
    key = lock.CLASS << 32 | run.job.resource_id
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
    worker.execute("SELECT pg_advisory_lock(%s)", [key])
    yield
    worker.execute("SELECT pg_advisory_unlock(%s)", [key])


def test_a_person_who_waits_goes_before_the_schedule(job, other_job, steward):
    scheduled = run_queue.start_scheduled_run(job_id=other_job.pk)
    waited_for = run_queue.start_run(job=job, by=steward)

    assert run_queue.most_urgent(scheduled.pk) == waited_for.pk
    assert run_queue.most_urgent(waited_for.pk) == waited_for.pk

    sync_runs.execute(run_id=waited_for.pk)
    assert run_queue.most_urgent(scheduled.pk) == scheduled.pk


def test_a_source_is_not_asked_by_more_runs_than_it_may_be(
    job, other_job, steward, settings, worker
):
    # given
    settings.SYNC_RUNS_PER_SOURCE = 1
    first = run_queue.start_run(job=other_job, by=steward)
    run = run_queue.start_run(job=job, by=steward)

    # when
    with carried_out(first, worker):
        sync_runs.execute(run_id=run.pk)

    # then
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)

    # when: its worker has died, which its free lock tells
    sync_runs.execute(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_the_end_of_a_run_lets_the_next_of_its_source_begin(job, other_job, steward, queue):
    waiting = run_queue.start_scheduled_run(job_id=other_job.pk)

    ran(job, steward)

    assert queue() == [("catalog.run_sync", f"[{waiting.pk}]", None)]


def test_a_run_that_waits_is_cancelled_at_once(job, steward, resource):
    run = run_queue.start_run(job=job, by=steward)

    ended = sync_runs.cancel_run(run=run, by=steward)

    assert (ended.state, ended.finished_at is None) == (RunState.CANCELLED, False)
    sync_runs.execute(run_id=run.pk)
    resource.refresh_from_db()
    assert resource.row_count is None
    assert Entry.objects.filter(action="catalog.run.cancel").get().data == {
        "number": 1,
        "was": "queued",
    }
    with pytest.raises(WrongState):
        sync_runs.cancel_run(run=run, by=steward)
    assert run_queue.start_run(job=job, by=steward).number == 2


def test_the_worker_hears_of_it_while_it_reads(job, steward, resource):
    run = run_queue.start_run(job=job, by=steward)
    progress.ask_to_stop(run.pk)

    sync_runs.execute(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.rows_read) == (RunState.CANCELLED, None)
    assert Resource.objects.get(pk=resource.pk).row_count is None


def test_a_dead_worker_s_run_is_cancelled_at_once(job, steward):
    run = run_queue.start_run(job=job, by=steward)
    SyncRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, attempt=1)

    assert sync_runs.cancel_run(run=run, by=steward).state == RunState.CANCELLED


def test_only_the_providers_stewards_cancel(job, steward, colleague, officer, stranger):
    run = run_queue.start_run(job=job, by=steward)
    for person in (colleague, officer, stranger):
        with pytest.raises(NotAllowed):
            sync_runs.cancel_run(run=run, by=person)
    run.refresh_from_db()
    assert (run.state, run.cancel_asked_at) == (RunState.QUEUED, None)


def test_a_source_that_lost_its_rows_empties_nothing_until_a_steward_says_so(
    job, steward, resource, business
):
    # given
    business.fill(MANY)
    ran(job, steward)
    business.run("DELETE FROM divisions WHERE code > '050'")

    # when
    run = ran(job, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "shrunk")
    assert run.failure_data == {"rows": 50, "fewest": 100}
    assert held(resource) == MANY
    notice = Notice.objects.get(recipient=steward)
    assert (notice.kind, notice.about_id) == (NoticeKind.SYNC_SHRUNK, run.pk)

    # when
    again = run_queue.start_run(job=job, by=steward, may_shrink=True)
    sync_runs.execute(run_id=again.pk)

    # then
    again.refresh_from_db()
    assert (again.state, again.rows_deleted) == (RunState.SUCCEEDED, 150)
    started = Entry.objects.filter(action="catalog.run.start").order_by("pk").last()
    assert started.data == {"number": 3, "may_shrink": True}


def test_stewards_are_told_once_of_a_run_that_failed(job, steward, colleague, business, signed_in):
    business.run("DROP TABLE divisions")

    run = ran(job, steward)

    assert list(Notice.objects.values_list("recipient", "kind", "about_id")) == [
        (steward.pk, NoticeKind.SYNC_FAILED, run.pk)
    ]


def test_stewards_are_told_once_of_rows_that_are_late(job, steward, resource):
    # given
    now = timezone.now()
    Resource.objects.filter(pk=resource.pk).update(
        state=ResourceState.PUBLISHED,
        update_frequency=UpdateFrequency.DAILY,
        rows_changed_at=now - timedelta(days=3),
    )

    # then
    assert scheduling.tell_of_late(now=now) == 1
    assert scheduling.tell_of_late(now=now) == 0
    assert Notice.objects.get().kind == NoticeKind.SYNC_LATE


def test_drift_is_accepted_as_a_new_version(job, steward, resource, business):
    # given
    types = {"code": "character varying(12)", "name": "text", "parent_code": "text"}
    type(job).objects.update(source_types=types)
    business.run("ALTER TABLE divisions ALTER code TYPE varchar(20)")
    assert ran(job, steward).failure_code == "column_changed"

    # when
    with pytest.raises(StaleVersion):
        sync_jobs.accept_structure(job=job, version=9, by=steward)
    accepted = sync_jobs.accept_structure(job=job, version=job.version, by=steward)

    # then
    assert accepted.version == job.version + 1
    assert accepted.source_types["code"] == "character varying(20)"
    assert ran(accepted, steward).state == RunState.SUCCEEDED
    assert held(resource) == ROWS


def test_the_board_tells_the_worst_of_each_job(
    job, other_job, steward, officer, stranger, business, signed_in, django_assert_max_num_queries
):
    now = timezone.now()
    assert health_counts(officer, now=now) == {Health.NEVER: 2}
    ran(job, steward)
    business.run("DROP TABLE divisions")
    ran(other_job, steward)

    assert [(one.pk, one.health) for one in health_of_jobs(officer, now=now)] == [
        (other_job.pk, Health.FAILING),
        (job.pk, Health.GREEN),
    ]
    assert health_counts(stranger, now=now) == {}
    Resource.objects.filter(pk=job.resource_id).update(
        update_frequency=UpdateFrequency.DAILY, rows_changed_at=now - timedelta(days=3)
    )
    assert health_counts(officer, now=now) == {Health.FAILING: 1, Health.LATE: 1}

    client = signed_in(officer)
    url = reverse("catalog:sync_health")
    client.get(url)
    with django_assert_max_num_queries(17):
        shown = client.get(url).content.decode()
    page, other_page = f'href="{job.get_absolute_url()}"', f'href="{other_job.get_absolute_url()}"'
    assert shown.index(other_page) < shown.index(page)
    run = SyncRun.objects.get(job=other_job)
    assert explain(run.failure_code, run.failure_data).what in html.unescape(shown)
    assert f">{run.failure_code}<" not in shown  # the code is for the file alone
    assert other_page not in client.get(url, {"health": "late"}).content.decode()
    answer = client.get(reverse("catalog:sync_health_file"), {"health": "failing"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert other_job.resource.name in lines[1]
    assert run.failure_code in lines[1]


def test_by_page_and_api_a_run_is_cancelled_and_a_structure_accepted(
    job, steward, officer, signed_in
):
    run = run_queue.start_run(job=job, by=steward)
    client = signed_in(officer)
    assert client.post(reverse("catalog:run_cancel", args=[run.pk])).status_code == 403
    client = signed_in(steward)
    answer = client.post(reverse("api:sync-run-cancel", args=[run.pk]))
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert client.post(reverse("api:sync-run-cancel", args=[run.pk])).status_code == 409

    url = reverse("api:sync-job-accept", args=[job.resource_id])
    body = {"version": job.version}
    accepted = client.post(url, body, content_type="application/json")
    assert (accepted.status_code, accepted.json()["version"]) == (200, job.version + 1)
    page = reverse("catalog:structure_accept", args=[job.resource_id])
    assert client.post(page, {"version": job.version + 1}).status_code == 302
    job.refresh_from_db()
    assert job.source_types["code"] == "character varying(12)"
