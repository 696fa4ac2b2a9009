"""A run that succeeded has its rows counted; whatever becomes of that, the run has succeeded."""

import signal
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import (
    CodeList,
    CodeListEntry,
    CodeListVersion,
    ResourceProfile,
    RunState,
    SyncRun,
)
from catalog.services import profiles, run_queue, sync_runs
from catalog.tasks import profile_resource, sweep_profiles
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

from .database import server
from .running import ran
from .test_worker import start_worker, wait_for

__all__ = ["start_worker"]


@pytest.fixture
def announced(monkeypatch) -> list[tuple[str, list[int]]]:
    """What was sent to the broker, in place of sending it."""
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(
        sync_runs.current_app, "send_task", lambda name, args: sent.append((name, args))
    )
    return sent


def test_a_run_announces_the_count_when_its_rows_are_committed(
    job, steward, resource, announced, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = ran(job, steward)
        assert announced == []

    assert announced[:2] == [(run_queue.TASK, [run.pk]), (profiles.TASK, [resource.pk])]
    profile_resource(resource.pk)
    profile = ResourceProfile.objects.get(resource=resource)
    assert (profile.run, profile.row_count) == (run, 3)
    assert profile.rows_changed_at == run.finished_at
    assert {one.column: one.nulls for one in profile.columns.all()} == {
        "code": 0,
        "name": 1,
        "parent_code": 1,
    }


def test_a_run_that_failed_announces_nothing(
    job, steward, business, announced, django_capture_on_commit_callbacks
):
    business.run("DROP TABLE divisions")

    with django_capture_on_commit_callbacks(execute=True):
        ran(job, steward)

    assert [name for name, _args in announced] == [run_queue.TASK]


def test_a_broker_that_is_away_does_not_fail_the_run(
    job, steward, resource, monkeypatch, django_capture_on_commit_callbacks
):
    def away(name, args):
        raise ConnectionError("the broker is away")

    monkeypatch.setattr(sync_runs.current_app, "send_task", away)

    with django_capture_on_commit_callbacks(execute=True):
        run = ran(job, steward)

    assert run.state == RunState.SUCCEEDED
    assert profiles.out_of_date() == [resource.pk]  # the sweep sees to it


def test_the_sweep_sends_what_was_left_behind(
    job, steward, resource, django_capture_on_commit_callbacks, monkeypatch
):
    ran(job, steward)
    sent: list[int] = []
    monkeypatch.setattr(profile_resource, "delay_on_commit", sent.append)

    sweep_profiles()
    assert sent == [resource.pk]

    profile_resource(resource.pk)
    sweep_profiles()
    assert sent == [resource.pk]


def test_a_run_that_changed_nothing_keeps_the_profile_for_a_day(job, steward, resource, business):
    def profile_after(run):
        assert profiles.refresh(resource_id=resource.pk)
        found = ResourceProfile.objects.get(resource=resource)
        assert (found.run, found.rows_changed_at) == (run, run.finished_at)
        return found

    first = profile_after(ran(job, steward))
    kept = profile_after(ran(job, steward))
    assert kept.computed_at == first.computed_at

    business.run("UPDATE divisions SET name = '丙' WHERE code = '3'")
    counted = profile_after(ran(job, steward))
    assert counted.computed_at > first.computed_at
    assert counted.columns.get(column="name").nulls == 0

    ResourceProfile.objects.update(computed_at=timezone.now() - timedelta(days=2))
    assert profile_after(ran(job, steward)).computed_at > counted.computed_at

    ran(job, steward)
    ResourceProfile.objects.update(run=None)  # a run between was not counted
    again = profile_after(ran(job, steward))
    assert again.computed_at > counted.computed_at


def test_codes_that_the_list_no_longer_has_are_counted(job, steward, resource):
    ran(job, steward)
    code_list = CodeList.objects.create(identifier="L-9", name="上级")
    version = CodeListVersion.objects.create(code_list=code_list, number=1, state="draft")
    CodeListEntry.objects.create(version=version, position=1, code="2", name="二")
    CodeListVersion.objects.filter(pk=version.pk).update(
        state="published", valid_from="2020-01-01", published_at=timezone.now(), entry_count=1
    )
    resource.items.filter(column="parent_code").update(code_list=code_list)

    profiles.refresh(resource_id=resource.pk)

    profile = ResourceProfile.objects.get(resource=resource)
    assert profile.columns.get(column="parent_code").unknown_codes == 2
    assert profile.columns.get(column="name").unknown_codes is None


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_counts_leaves_nothing_and_the_next_one_counts(
    business, start_worker, tmp_path
):
    # given: rows, and a gate that stops the count at the table
    resource = ResourceFactory()
    steward = UserFactory(department=resource.department, duties=[DutyKind.STEWARD])
    business.fill([(str(number), "甲", None) for number in range(50)])
    job = business.job(resource)
    run = run_queue.start_run(job=job, by=steward)
    sync_runs.execute(run_id=run.pk)
    log = tmp_path / "worker.log"
    profile = ResourceProfile.objects.filter(resource=resource)

    with psycopg.connect(**server(), dbname=connection.settings_dict["NAME"]) as gate:
        gate.execute(f"LOCK TABLE store.r_{resource.pk} IN ACCESS EXCLUSIVE MODE")

        # when: a worker waits there, and dies
        worker = start_worker()
        wait_for("the count", lambda: counting(resource.pk), log=log)
        worker.end(signal.SIGKILL)
        gate.rollback()
    assert not profile.exists()

    # then: the next worker counts, and the run has long succeeded
    start_worker()
    wait_for("the profile", profile.exists, log=log)
    found = profile.get()
    assert (found.row_count, found.columns.get(column="name").top_values) == (50, [["甲", 50]])
    assert SyncRun.objects.get(pk=run.pk).state == RunState.SUCCEEDED


def counting(resource_id: int) -> bool:
    """Whether somebody waits for the table of the resource."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
            [f"store.r_{resource_id}"],
        )
        return bool(cursor.fetchone()[0])
