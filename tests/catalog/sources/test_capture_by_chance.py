"""Whatever sessions do at the source while runs read from it: at rest, the store is the source."""

import os
import random
import signal
import threading
import time

import psycopg
import pytest
from django.db import connection

from catalog.models import CaptureSlot, ItemType, RunState, SyncRun
from catalog.models.source import LIVE
from catalog.services import run_queue, sync_runs
from catalog.sources import lock
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

from .running import held, ran

SESSIONS = 3
SECONDS = 6.0
KEYS = 40


class Session(threading.Thread):
    """Transactions by chance over a few keys: inserts, updates, changes of keys, deletes, rollbacks."""

    def __init__(self, logical, seed: int, stop: threading.Event) -> None:
        super().__init__()
        self.connection = logical.another()
        self.dice = random.Random(seed)  # noqa: S311
        self.stop = stop
        self.committed = 0

    def run(self) -> None:
        with self.connection as session:
            while not self.stop.is_set():
                try:
                    with session.transaction():
                        for _ in range(self.dice.randint(1, 6)):
                            self.act(session)
                        if self.dice.random() < 0.15:
                            raise psycopg.Rollback
                    self.committed += 1
                except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected):
                    continue

    def act(self, session) -> None:
        key, other = (str(self.dice.randint(1, KEYS)) for _ in range(2))
        value = self.dice.choice([None, "a", "b\tc", "大" * 3000, f"{self.dice.random()}"])
        match self.dice.randint(1, 6):
            case 1 | 2:
                session.execute(
                    "INSERT INTO divisions VALUES (%s, %s, NULL)"
                    " ON CONFLICT (code) DO UPDATE SET name = excluded.name",
                    [key, value],
                )
            case 3:
                session.execute("UPDATE divisions SET name = %s WHERE code = %s", [value, key])
            case 4:
                session.execute(
                    "UPDATE divisions SET parent_code = %s WHERE code = %s", [other, key]
                )
            case 5:
                session.execute("UPDATE divisions SET code = %s WHERE code = %s", [other, key])
            case 6:
                session.execute("DELETE FROM divisions WHERE code = %s", [key])


@pytest.fixture
def sessions(logical):
    stop = threading.Event()
    running = [Session(logical, seed, stop) for seed in range(SESSIONS)]

    def begin():
        for one in running:
            one.start()

    def end() -> int:
        stop.set()
        for one in running:
            if one.is_alive():
                one.join()
        return sum(one.committed for one in running)

    yield begin, end
    end()


def source_rows(logical) -> list[tuple]:
    return logical.run("SELECT * FROM divisions ORDER BY code").fetchall()


@pytest.mark.django_db
@pytest.mark.parametrize("identity", ["DEFAULT", "FULL"])
def test_the_store_is_the_source_after_any_changes_beside_the_runs(
    logical, resource, steward, sessions, identity
):
    # given
    resource.items.filter(column="name").update(type=ItemType.MEMO, length=None)
    logical.table([])
    logical.run("ALTER TABLE divisions ALTER name SET STORAGE EXTERNAL")
    logical.run(f"ALTER TABLE divisions REPLICA IDENTITY {identity}")
    job = logical.job(resource)
    begin, end = sessions
    begin()

    # when
    until = time.monotonic() + SECONDS
    runs = 0
    while time.monotonic() < until:
        run = ran(job, steward)
        assert run.state in {RunState.SUCCEEDED, RunState.RETRYING}, run.failure_code
        SyncRun.objects.filter(pk=run.pk, state=RunState.RETRYING).update(state="cancelled")
        runs += 1
    changes = end()
    last = ran(job, steward)

    # then
    assert last.state == RunState.SUCCEEDED
    assert runs >= 2
    assert changes > 10
    assert held(resource) == source_rows(logical)
    again = ran(job, steward)
    assert (again.rows_inserted, again.rows_updated, again.rows_deleted) == (0, 0, 0)


def carry_out(run_id: int) -> int:
    """A worker's process at the run; its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        connection.connection = None
        sync_runs.execute(run_id=run_id)
    finally:
        os._exit(0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_workers_killed_at_any_point_lose_and_double_nothing(logical, sessions):
    # given
    dice = random.Random(36)  # noqa: S311
    resource = ResourceFactory()
    steward = UserFactory(department=resource.department, duties=[DutyKind.STEWARD])
    resource.items.filter(column="name").update(type=ItemType.MEMO, length=None)
    logical.table([])
    job = logical.job(resource)
    begin, end = sessions
    begin()

    # when
    for _ in range(12):
        run = run_queue.start_run(job=job, by=steward)
        pid = carry_out(run.pk)
        time.sleep(dice.uniform(0, 1.2))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        until = time.monotonic() + 20
        while lock.held_now() and time.monotonic() < until:
            time.sleep(0.02)
        SyncRun.objects.filter(pk=run.pk, state__in=LIVE).update(state="cancelled")
    end()
    last = finished(job, steward)

    # then
    assert (last.state, last.failure_code) == (RunState.SUCCEEDED, "")
    assert held(resource) == source_rows(logical)
    wanted = CaptureSlot.objects.get(is_wanted=True).name
    assert wanted in logical.slots()
    assert set(logical.slots()) <= set(CaptureSlot.objects.values_list("name", flat=True))


def finished(job, by) -> SyncRun:
    """A run to its end: a killed worker's session may be at the slot for a moment."""
    until = time.monotonic() + 30
    run = ran(job, by)
    while run.state == RunState.RETRYING and time.monotonic() < until:
        SyncRun.objects.filter(pk=run.pk).update(next_attempt_at=None, attempt=1)
        sync_runs.execute(run_id=run.pk)
        run.refresh_from_db()
        time.sleep(0.2)
    return run
