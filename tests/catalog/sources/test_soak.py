"""Workers killed at random points of runs: no row lost, doubled or half applied, every run ends."""

import os
import random
import signal
import time

import pytest
from django.db import connection

from audit.models import Entry
from catalog.models import RunState, SyncRun
from catalog.models.source import LIVE
from catalog.services import run_queue, sync_runs
from catalog.sources import lock
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

SECONDS = 25
ROUNDS = 25
ROWS = 4000


def carry_out(run_id: int) -> int:
    """A worker's process at the run; its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        # The parent's connection is not this process's to close: it is forgotten.
        connection.connection = None
        sync_runs.execute(run_id=run_id)
    finally:
        os._exit(0)


def killed(pid: int, after: float) -> None:
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    until = time.monotonic() + 20
    while lock.held_now() and time.monotonic() < until:
        time.sleep(0.02)
    assert not lock.held_now()


def published(resource) -> tuple[int, int, str]:
    """Rows, different keys, and which versions they are of."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"store.r_{resource.pk}"])
        if cursor.fetchone()[0] is None:
            return 0, 0, ""
        cursor.execute(
            "SELECT count(*), count(DISTINCT code), coalesce(string_agg(DISTINCT name, ','), '')"
            f" FROM store.r_{resource.pk}"
        )
        return cursor.fetchone()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whenever_a_worker_is_killed_readers_see_the_old_rows_or_the_new(business):
    # given
    dice = random.Random(809)  # noqa: S311
    resource = ResourceFactory()
    steward = UserFactory(department=resource.department, duties=[DutyKind.STEWARD])
    business.fill([])
    job = business.job(resource)
    until = time.monotonic() + SECONDS
    before = (0, 0, "")
    kills = 0

    for number in range(ROUNDS):
        if time.monotonic() > until:
            break
        # when: the source has other rows, and the workers that read them die
        rows = ROWS + number * 10
        business.run("DELETE FROM divisions")
        business.run(
            "INSERT INTO divisions SELECT i::text, %s, NULL FROM generate_series(1, %s) i",
            [f"v{number}", rows],
        )
        after = (rows, rows, f"v{number}")
        run = run_queue.start_run(job=job, by=steward)
        for _attempt in range(2):
            killed(carry_out(run.pk), dice.uniform(0, 0.6))
            kills += 1
            run.refresh_from_db()
            # then: whatever it was at, all of it happened or nothing
            assert published(resource) == (after if run.state not in LIVE else before)
            if run.state not in LIVE:
                break
        sync_runs.execute(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.failure_code) == (RunState.SUCCEEDED, "")
        assert published(resource) == after
        resource.refresh_from_db()
        assert resource.row_count == rows
        before = after

    # then: each run ended once
    assert kills >= 2
    assert not SyncRun.objects.filter(state__in=LIVE).exists()
    ended = list(Entry.objects.filter(action="catalog.run.succeed").values_list("target_id"))
    assert len(ended) == len(set(ended)) == SyncRun.objects.count()
