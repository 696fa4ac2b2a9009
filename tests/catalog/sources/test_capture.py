"""Change capture: what the slot of a PostgreSQL tells is in the store, once, whatever comes between."""

import pytest
from django.db import connection, transaction

from catalog.models import CaptureSlot, ItemType, JobMode, RunState, SyncPosition
from catalog.services import capture, run_queue, sync_runs
from catalog.sources.progress import Progress
from catalog.sources.replication import place_in_log
from catalog.sources.transfer import transfer
from catalog.store import changes
from catalog.store.tables import table_of

from .running import ROWS, held, ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def captured(logical, resource):
    """A job that captures, over the three rows."""
    logical.table(ROWS)
    return logical.job(resource)


def log_of(run) -> dict[str, dict]:
    return {line["code"]: line["data"] for line in run.log}


def caught_up(job, by):
    """A run that must succeed."""
    run = ran(job, by)
    assert (run.failure_code, run.failure_data, run.state) == ("", {}, RunState.SUCCEEDED)
    return run


def source_rows(logical) -> list[tuple]:
    return logical.run("SELECT * FROM divisions ORDER BY code").fetchall()


def test_the_first_run_takes_all_rows_and_makes_the_slot(logical, captured, resource, steward):
    # when
    run = caught_up(captured, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.SUCCEEDED, "")
    assert (run.rows_read, run.rows_inserted) == (3, 3)
    assert held(resource) == ROWS
    slot = CaptureSlot.objects.get()
    assert logical.slots() == logical.publications() == [slot.name]
    assert slot.name.startswith(f"govshare_{resource.pk}_")
    assert slot.made_publication
    assert captured.position.watermark == slot.starts_at
    assert slot.kept_bytes is not None


def test_later_runs_bring_inserts_updates_and_deletes(logical, captured, resource, steward):
    # given
    caught_up(captured, steward)
    logical.run("INSERT INTO divisions VALUES ('4', '丁\\t\\n\\\\', '1')")
    logical.run("UPDATE divisions SET name = 'z' WHERE code = '2'")
    logical.run("UPDATE divisions SET code = '5' WHERE code = '3'")
    logical.run("DELETE FROM divisions WHERE code = '1'")

    # when
    run = caught_up(captured, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert held(resource) == source_rows(logical)
    assert (run.rows_inserted, run.rows_updated, run.rows_deleted) == (2, 1, 2)
    assert log_of(run)["captured"] == {"changes": 4}
    resource.refresh_from_db()
    assert resource.row_count == 3

    # and nothing more happens when nothing did
    again = caught_up(captured, steward)
    assert (again.rows_read, again.rows_inserted, again.rows_updated) == (0, 0, 0)


def test_the_slot_is_moved_on_only_after_the_commit(logical, captured, resource, steward):
    # given
    caught_up(captured, steward)
    logical.run("UPDATE divisions SET name = 'new' WHERE code = '1'")
    slot = CaptureSlot.objects.get()

    # when the worker dies before its commit
    capture.prepare(job=captured)
    with transaction.atomic():
        transfer(job=captured, progress=Progress(1))
        transaction.set_rollback(True)
    # then
    assert held(resource) == ROWS
    assert place_in_log(confirmed(logical, slot)) <= place_in_log(captured.position.watermark)

    # when it dies after its commit, before the slot is moved on
    with transaction.atomic():
        transfer(job=captured, progress=Progress(1))
    # then
    captured.refresh_from_db()
    assert held(resource)[0] == ("1", "new", None)
    mark = SyncPosition.objects.get().watermark
    assert place_in_log(confirmed(logical, slot)) < place_in_log(mark)

    # and the next run takes nothing twice
    run = caught_up(captured, steward)
    assert (run.rows_read, run.rows_updated) == (0, 0)
    assert place_in_log(confirmed(logical, slot)) >= place_in_log(mark)


def confirmed(logical, slot) -> str:
    ((found,),) = logical.run(
        "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = %s",
        [slot.name],
    ).fetchall()
    return found


def test_changes_made_between_slot_and_first_rows_do_no_harm(logical, captured, resource, steward):
    capture.prepare(job=captured)
    logical.run("UPDATE divisions SET name = 'between' WHERE code = '1'")
    logical.run("DELETE FROM divisions WHERE code = '2'")
    with transaction.atomic():
        transfer(job=captured, progress=Progress(1))
    assert held(resource) == source_rows(logical)
    logical.run("INSERT INTO divisions VALUES ('2', 'back', NULL)")

    caught_up(captured, steward)

    assert held(resource) == source_rows(logical)


def test_of_a_key_the_last_change_counts(logical, captured, resource, steward):
    caught_up(captured, steward)
    logical.run("DELETE FROM divisions WHERE code = '1'")
    logical.run("INSERT INTO divisions VALUES ('1', 'again', NULL)")
    logical.run("UPDATE divisions SET name = 'twice' WHERE code = '1'")
    logical.run("INSERT INTO divisions VALUES ('9', 'short', NULL)")
    logical.run("DELETE FROM divisions WHERE code = '9'")
    logical.run("UPDATE divisions SET code = '8' WHERE code = '2'")
    logical.run("UPDATE divisions SET code = '2' WHERE code = '8'")

    run = caught_up(captured, steward)

    assert held(resource) == source_rows(logical)
    assert (run.rows_inserted, run.rows_updated, run.rows_deleted) == (0, 1, 0)


def test_what_was_rolled_back_or_is_still_open_does_not_come(logical, captured, resource, steward):
    caught_up(captured, steward)
    with logical.another() as other, logical.another() as undone:
        undone.execute("BEGIN")
        undone.execute("UPDATE divisions SET name = 'never'")
        undone.execute("ROLLBACK")
        other.execute("BEGIN")
        other.execute("UPDATE divisions SET name = 'open' WHERE code = '1'")

        caught_up(captured, steward)
        assert held(resource) == ROWS

        other.execute("COMMIT")
        caught_up(captured, steward)
    assert held(resource)[0] == ("1", "open", None)


@pytest.mark.parametrize("identity", ["DEFAULT", "FULL"])
def test_large_values_that_an_update_left_alone_stay(
    logical, captured, resource, steward, identity
):
    # given
    logical.run(f"ALTER TABLE divisions REPLICA IDENTITY {identity}")
    logical.run("ALTER TABLE divisions ALTER name SET STORAGE EXTERNAL")
    large = "大" * 20_000
    logical.run("UPDATE divisions SET name = %s WHERE code = '1'", [large])
    resource.items.filter(column="name").update(type=ItemType.MEMO, length=None)
    caught_up(captured, steward)

    # when
    logical.run("UPDATE divisions SET parent_code = 'x' WHERE code = '1'")
    logical.run("UPDATE divisions SET code = '7' WHERE code = '1'")
    run = caught_up(captured, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert held(resource) == source_rows(logical)
    assert held(resource)[-1] == ("7", large, "x")


def test_bad_rows_go_to_quarantine_and_the_published_ones_stay(
    logical, captured, resource, steward
):
    # given
    logical.run("INSERT INTO divisions SELECT 'n' || n, 'a', NULL FROM generate_series(1, 300) n")
    caught_up(captured, steward)
    resource.items.filter(column="name").update(is_nullable=False)
    logical.run("UPDATE divisions SET name = 'b'")
    caught_up(captured, steward)

    # when
    logical.run("UPDATE divisions SET name = 'c' WHERE code <> '3'")
    logical.run("UPDATE divisions SET name = NULL WHERE code = '3'")
    run = caught_up(captured, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert run.report.bad == 1
    assert [row for row in held(resource) if row[1] != "c"] == [("3", "b", "1")]

    # when it is repaired at the source
    logical.run("UPDATE divisions SET name = 'd' WHERE code = '3'")
    caught_up(captured, steward)

    # then
    assert held(resource) == source_rows(logical)


def test_types_are_written_as_a_reading_of_all_rows_writes_them(logical, resource, steward):
    # given
    logical.run("CREATE TABLE divisions (code char(6) PRIMARY KEY, name boolean, parent_code inet)")
    logical.run(f"ALTER TABLE divisions OWNER TO {logical.place().username}")
    logical.run("INSERT INTO divisions VALUES ('1', true, '10.0.0.1'), ('2', false, 'fe80::1')")
    job = logical.job(resource)
    caught_up(job, steward)
    before = held(resource)

    # when
    logical.run("UPDATE divisions SET name = NOT name")
    logical.run("UPDATE divisions SET name = NOT name")
    run = caught_up(job, steward)

    # then
    assert before == [("1", "true", "10.0.0.1/32"), ("2", "false", "fe80::1/128")]
    assert log_of(run)["captured"] == {"changes": 4}
    assert (run.rows_inserted, run.rows_updated, run.rows_deleted) == (0, 0, 0)
    assert held(resource) == before


def test_who_follows_learns_each_change_once(logical, captured, resource, steward, cursor):
    caught_up(captured, steward)
    changes.keep(cursor, table_of(resource))
    logical.run("UPDATE divisions SET name = 'z' WHERE code = '2'")
    logical.run("DELETE FROM divisions WHERE code = '1'")
    logical.run("INSERT INTO divisions VALUES ('4', 'd', NULL)")

    caught_up(captured, steward)

    cursor.execute(f"SELECT _image, code, name FROM store.r_{resource.pk}_changes WHERE _image > 0")
    assert sorted(cursor.fetchall()) == [
        (1, "1", "甲"),
        (1, "2", "乙"),
        (2, "2", "z"),
        (2, "4", "d"),
    ]


def test_a_source_that_lost_most_rows_empties_nothing(logical, captured, resource, steward):
    # given
    logical.run("INSERT INTO divisions SELECT 'n' || n, 'a', NULL FROM generate_series(1, 197) n")
    caught_up(captured, steward)
    logical.run("DELETE FROM divisions WHERE code LIKE 'n%'")

    # when
    run = ran(captured, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "shrunk")
    assert run.failure_data == {"rows": 3, "fewest": 100}
    assert len(held(resource)) == 200

    # when a steward says that it is right
    again = run_queue.start_run(job=captured, by=steward, may_shrink=True)
    sync_runs.execute(run_id=again.pk)

    # then
    again.refresh_from_db()
    assert (again.state, again.rows_deleted) == (RunState.SUCCEEDED, 197)
    assert held(resource) == ROWS


def test_a_run_of_another_mode_makes_no_slot(logical, captured, steward):
    captured.mode = JobMode.FULL
    captured.save()

    run = caught_up(captured, steward)

    assert run.state == RunState.SUCCEEDED
    assert logical.slots() == []
    assert not CaptureSlot.objects.exists()


def test_a_transaction_of_many_rows_comes_whole(logical, captured, resource, steward):
    caught_up(captured, steward)
    logical.run(
        "INSERT INTO divisions SELECT 'n' || n, repeat('x', 50), NULL FROM generate_series(1, 30000) n"
    )

    run = caught_up(captured, steward)

    assert (run.state, run.rows_inserted) == (RunState.SUCCEEDED, 30_000)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM store.r_{resource.pk}")
        assert cursor.fetchone() == (30_003,)
