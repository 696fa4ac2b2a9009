"""A real worker, killed while it writes an import: nothing is half saved, and the next one ends it."""

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from catalog.entry import ItemData
from catalog.models import BulkImport, ImportState, Resource
from catalog.services import bulk
from catalog.sources import lock
from tests.catalog.conftest import an_entry
from tests.catalog.sources.test_worker import Worker, wait_for

from .files import uploaded, written

GATE = 816
ENTRIES = 800


@pytest.fixture
def start_worker(tmp_path, monkeypatch):
    # Its files are then where the tests of this room keep theirs.
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(tmp_path / "worker.log"))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end(signal.SIGKILL)


@pytest.fixture
def gate(transactional_db):
    """Stops whoever writes the last entry of the file, until it is opened."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION stop_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.name = '第{ENTRIES - 1}' THEN
                    PERFORM pg_advisory_xact_lock_shared({GATE});
                END IF;
                RETURN NEW;
            END $$
            """
        )
        cursor.execute(
            "CREATE TRIGGER gate BEFORE INSERT ON catalog_resource"
            " FOR EACH ROW EXECUTE FUNCTION stop_at_gate()"
        )
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
        cursor.execute("DROP TRIGGER gate ON catalog_resource")
        cursor.execute("DROP FUNCTION stop_at_gate")


def waits_at_gate() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
            [GATE],
        )
        return cursor.fetchone()[0] > 0


def test_a_worker_killed_while_writing_leaves_nothing_half_saved(
    committed_cast, gate, start_worker: Callable[[], Worker], tmp_path
):
    # given: a large file, checked by a worker
    items = [ItemData(name="代码", column="code", type="C")]
    content = written([(an_entry(name=f"第{n}"), items) for n in range(ENTRIES)])
    log = tmp_path / "worker.log"
    worker = start_worker()
    found = bulk.receive(file=uploaded(content), by=committed_cast.steward)
    assert (found.state, found.is_large) == (ImportState.CHECKING, True)
    these = BulkImport.objects.filter(pk=found.pk)
    wait_for("the check", these.filter(state=ImportState.CHECKED).exists, log=log)
    assert these.get().created_count == ENTRIES

    # when: the worker has written the first batch and dies in the second
    bulk.apply(bulk_import=these.get(), by=committed_cast.steward)
    wait_for("the middle", waits_at_gate, log=log)
    assert lock.held_now(kind=lock.IMPORTS) == {found.pk}
    worker.end(signal.SIGKILL)
    # Behind the gate its database session finds out that nobody is there any more.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
    wait_for("the end of the lock", lambda: not lock.held_now(kind=lock.IMPORTS), log=log)

    # then
    assert not Resource.objects.exists()
    assert these.get().state == ImportState.APPLYING

    # when: the sweep finds it and somebody else takes it up
    later = timezone.now() + timedelta(minutes=3)
    assert bulk.left_behind(now=later) == [found.pk]
    bulk.work(import_id=found.pk)

    # then
    assert these.get().state == ImportState.APPLIED
    assert (Resource.objects.count(), these.get().attempt) == (ENTRIES, 2)
    assert connections["default"].in_atomic_block is False
