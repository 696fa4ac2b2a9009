"""A real worker, killed in the middle of a run: nothing is half done, and the run ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from audit.models import Entry
from catalog.models import RunState, SyncRun
from catalog.services import run_queue
from catalog.sources import lock, progress
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

from .database import server

ROOT = Path(__file__).resolve().parents[3]
GATE = 815
ROWS = 60_000


class Worker:
    """`celery -A portal worker` on the tests' database and broker."""

    def __init__(self, log: Path) -> None:
        known = server()
        where = f"{known['user']}:{known['password']}@{known['host']}:{known['port']}"
        self.log = log
        self.log_file = log.open("ab")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "portal",
                "worker",
                "--concurrency",
                "1",
                "--loglevel",
                "INFO",
                "--without-mingle",
                "--without-gossip",
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "portal.settings.test",
                "DATABASE_URL": f"postgres://{where}/{connection.settings_dict['NAME']}",
                "REDIS_URL": settings.REDIS_URL,
            },
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def end(self, how: signal.Signals) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            self.process.wait(30)
        self.log_file.close()


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(tmp_path / "worker.log"))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end(signal.SIGKILL)


def wait_for(what: str, happened: Callable[[], Any], *, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"{what} did not happen in {seconds} s\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


def held(resource: Any) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), string_agg(DISTINCT name, ',' ORDER BY name)"
            f" FROM store.r_{resource.pk}"
        )
        return cursor.fetchone()


def staged() -> int:
    """How many rows COPY has put into the staging table of whoever is at it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy"
            " WHERE command = 'COPY FROM' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(business, start_worker, tmp_path):
    # given: published rows, a source with other ones, and a gate that stops COPY half-way
    resource = ResourceFactory()
    steward = UserFactory(department=resource.department, duties=[DutyKind.STEWARD])
    business.run("CREATE TABLE given (n int, name text)")
    business.run(f"INSERT INTO given SELECT i, 'old' FROM generate_series(1, {ROWS}) i")
    business.run(
        f"""
        CREATE FUNCTION pass(n int) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            IF n = {ROWS} THEN PERFORM pg_advisory_xact_lock_shared({GATE}); END IF;
            RETURN repeat(n::text, 1);
        END $$
        """
    )
    business.run(
        "CREATE VIEW divisions AS"
        " SELECT pass(n) AS code, name, NULL::text AS parent_code FROM given ORDER BY n"
    )
    job = business.job(resource)
    log = tmp_path / "worker.log"
    first = run_queue.start_run(job=job, by=steward)
    worker = start_worker()
    runs: QuerySet[SyncRun] = SyncRun.objects.filter(job=job)
    wait_for("the first run", runs.filter(state=RunState.SUCCEEDED).exists, log=log)
    business.run("UPDATE given SET name = 'new'")
    business.run("SELECT pg_advisory_lock(%s)", [GATE])

    # when: the second run has read rows, and its worker dies with everything it had
    run = run_queue.start_run(job=job, by=steward)
    wait_for("the middle", lambda: staged() > 0, log=log)
    assert lock.held_now() == {resource.pk}
    assert progress.snapshot(run.pk).phase == progress.READING
    assert staged() < ROWS
    worker.end(signal.SIGKILL)

    # then: readers have the old rows, the run says running, nobody works on it
    wait_for("the end of the lock", lambda: not lock.held_now(), log=log)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.RUNNING, 1)
    assert held(resource) == (ROWS, "old")

    # when: a worker starts again
    business.run("SELECT pg_advisory_unlock(%s)", [GATE])
    start_worker()
    wait_for("the second run", runs.filter(pk=run.pk, finished_at__isnull=False).exists, log=log)

    # then
    run.refresh_from_db()
    assert (run.state, run.attempt, run.rows_updated) == (RunState.SUCCEEDED, 2, ROWS)
    assert held(resource) == (ROWS, "new")
    ended = Entry.objects.filter(action="catalog.run.succeed").values_list("target_id", flat=True)
    assert sorted(ended, key=int) == [str(first.pk), str(run.pk)]
