"""What becomes of a run: rows, counts, states, words and entries."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from audit.models import Entry
from catalog.models import RunState, SyncRun
from catalog.selectors.sync import failure_of, run_view
from catalog.services import run_queue, sync_runs
from catalog.sources import progress
from portal.common.errors import NotAllowed, WrongState
from portal.organisation.models import DutyKind
from tests.factories import DataItemFactory, UserFactory

from .database import PASSWORD, READER
from .running import ROWS, held, ran


def counts(run: SyncRun) -> tuple:
    return run.rows_read, run.rows_inserted, run.rows_updated, run.rows_deleted


def test_a_first_run_brings_the_rows(job, steward, resource):
    run = ran(job, steward)

    resource.refresh_from_db()
    assert (run.state, counts(run), run.attempt) == (RunState.SUCCEEDED, (3, 3, 0, 0), 1)
    assert held(resource) == ROWS
    assert (resource.row_count, resource.rows_changed_at) == (3, run.finished_at)
    assert run.bytes_read == len("1\t甲\t\\N\n2\t乙\t1\n3\t\\N\t1\n".encode())
    assert [line["code"] for line in run.log] == [
        "attempt",
        "connected",
        "read",
        "checked",
        "merged",
        "published",
    ]
    assert list(Entry.objects.order_by("pk").values_list("action", "actor_name", "result")) == [
        ("catalog.run.start", steward.name, "ok"),
        ("catalog.run.succeed", "portal", "ok"),
    ]
    assert Entry.objects.last().department_ids == [resource.department_id]


def test_a_second_run_moves_only_what_changed(job, steward, resource, business):
    ran(job, steward)
    business.run("UPDATE divisions SET name = '丙' WHERE code = '3'")
    business.run("DELETE FROM divisions WHERE code = '1'")
    business.run("INSERT INTO divisions VALUES ('4', '丁', NULL)")

    run = ran(job, steward)

    assert (run.number, counts(run)) == (2, (3, 1, 1, 1))
    assert held(resource) == [("2", "乙", "1"), ("3", "丙", "1"), ("4", "丁", None)]
    assert counts(ran(job, steward)) == (3, 0, 0, 0)


def test_too_many_bad_rows_leave_the_published_ones(job, steward, resource, business):
    # given
    first = ran(job, steward)
    business.run("ALTER TABLE divisions ALTER code TYPE text")
    business.run("INSERT INTO divisions SELECT i::text, 'x' FROM generate_series(10, 200) i")
    business.run("UPDATE divisions SET code = 'much too long a code ' || code WHERE code < '14'")
    type(job).objects.update(source_types={})

    # when
    run = ran(job, steward)

    # then
    resource.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, "too_many_bad")
    assert held(resource) == ROWS
    assert (resource.row_count, resource.rows_changed_at) == (3, first.finished_at)
    assert counts(run) == (None, None, None, None)
    with translation.override("en"):
        failure = failure_of(run)
        log = [line.words for line in run_view(run).log]
    assert failure.what == (
        "45 of 194 rows break a rule, more than the 1 % that the job allows. Nothing was published."
    )
    assert log[-1] == "Broken off; the published rows stay as they were"
    assert Entry.objects.filter(action="catalog.run.fail").get().data == {
        "number": 2,
        "failure": "too_many_bad",
    }


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("ALTER TABLE divisions RENAME name TO title", "column_missing", "name"),
        (
            "ALTER TABLE divisions ALTER code TYPE varchar(20)",
            "column_changed",
            "code (character varying(12) → character varying(20))",
        ),
        ("DROP TABLE divisions", "relation_missing", "public.divisions"),
    ],
)
def test_drift_stops_the_run_before_a_row_moves(
    job, steward, resource, business, change, code, words
):
    # given
    types = {"code": "character varying(12)", "name": "text", "parent_code": "text"}
    type(job).objects.update(source_types=types)
    ran(job, steward)
    business.run(change)

    # when
    run = ran(job, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, code)
    assert words in failure_of(run).what
    assert "read" not in [line["code"] for line in run.log]
    assert held(resource) == ROWS


def test_an_item_that_has_no_column_yet_stays_empty(job, steward, resource):
    ran(job, steward)
    DataItemFactory(resource=resource, position=9, name="级别", column="level")

    run = ran(job, steward)

    assert (run.state, run.failure_code) == (RunState.SUCCEEDED, "")
    assert held(resource) == [(*row, None) for row in ROWS]


def test_a_compulsory_item_without_a_column_stops_the_run(job, steward, resource):
    ran(job, steward)
    DataItemFactory(resource=resource, position=9, name="级别", column="level", is_nullable=False)

    run = ran(job, steward)

    assert (run.failure_code, run.failure_data) == ("item_unmapped", {"items": "级别"})
    assert held(resource) == ROWS


def test_strange_values_arrive_as_they_are(job, steward, resource, business):
    strange = "tab\t nl\n cr\r \\ \\N \\. ' \" ; -- \u2028 𠮷 \ufeff 🏛 �"
    business.run("UPDATE divisions SET name = %s WHERE code = '1'", [strange])
    business.run("UPDATE divisions SET name = '' WHERE code = '2'")

    ran(job, steward)

    assert [name for _, name, _ in held(resource)] == [strange, "", None]
    assert counts(ran(job, steward)) == (3, 0, 0, 0)


def test_times_without_a_zone_are_beijing_time(business, steward, resource):
    # given
    resource.items.all().delete()
    for position, (column, type_) in enumerate(
        [
            ("id", "I"),
            ("plain", "T"),
            ("zoned", "T"),
            ("written", "T"),
            ("day", "D"),
            ("start", "T"),
        ]
    ):
        DataItemFactory(
            resource=resource, position=position, column=column, type=type_,
            is_key=column == "id", is_nullable=column != "id",
        )  # fmt: skip
    business.run(
        "CREATE TABLE divisions (id int, plain timestamp, zoned timestamptz, written text,"
        " day date, start date)"
    )
    business.run(
        "INSERT INTO divisions VALUES (1, '2026-01-01 08:00', '2026-01-01 08:00+08',"
        " '2026-01-01 08:00:00', '2026-01-01', '2026-01-01')"
    )

    # when
    job = business.job(resource)
    ran(job, steward)

    # then
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT plain = '2026-01-01 00:00Z', zoned = '2026-01-01 00:00Z',"
            " written = '2026-01-01 00:00Z', day = '2026-01-01', start = '2025-12-31 16:00Z',"
            f" current_setting('timezone') FROM store.r_{resource.pk}"
        )
        assert cursor.fetchone() == (True, True, True, True, True, "UTC")
    assert counts(ran(job, steward)) == (1, 0, 0, 0)


def test_an_ambiguous_date_is_not_guessed(business, steward, resource):
    resource.items.filter(column="name").update(type="D")
    business.fill([("1", "01/02/2026", None)])

    run = ran(business.job(resource), steward)

    assert run.failure_code == "too_many_bad"
    assert run.report.faults == [{"column": "name", "code": "wrong_type", "rows": 1}]


def test_a_failure_that_heals_is_tried_again_three_times_in_all(job, steward, resource):
    # given
    job.source.port = 1
    job.source.save()
    run = run_queue.start_run(job=job, by=steward)

    # when
    again_at = sync_runs.execute(run_id=run.pk)

    # then
    run.refresh_from_db()
    assert (run.state, run.attempt, run.failure_code) == (RunState.RETRYING, 1, "unreachable")
    assert run.next_attempt_at == again_at
    assert 23 < (again_at - timezone.now()).total_seconds() < 37
    assert sync_runs.execute(run_id=run.pk) is None  # too early: nothing happens

    for attempt in (2, 3):
        SyncRun.objects.update(next_attempt_at=timezone.now())
        sync_runs.execute(run_id=run.pk)
        run.refresh_from_db()
        assert run.attempt == attempt
    assert (run.state, run.next_attempt_at) == (RunState.FAILED, None)
    assert [line["code"] for line in run.log] == [
        "attempt", "failed", "retry", "attempt", "failed", "retry", "attempt", "failed",
    ]  # fmt: skip
    assert list(
        Entry.objects.filter(action__startswith="catalog.run")
        .order_by("pk")
        .values_list("action", flat=True)
    ) == ["catalog.run.start", "catalog.run.retry", "catalog.run.retry", "catalog.run.fail"]


def test_a_source_that_came_back_ends_the_run_well(job, steward, resource):
    port = job.source.port
    type(job.source).objects.update(port=1)
    run = run_queue.start_run(job=job, by=steward)
    sync_runs.execute(run_id=run.pk)
    type(job.source).objects.update(port=port)
    SyncRun.objects.update(next_attempt_at=timezone.now())

    sync_runs.execute(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempt, run.failure_code) == (RunState.SUCCEEDED, 2, "")
    assert held(resource) == ROWS


def test_carrying_out_an_ended_run_again_does_nothing(job, steward, business, resource):
    run = ran(job, steward)
    business.run("DELETE FROM divisions")

    sync_runs.execute(run_id=run.pk)

    assert held(resource) == ROWS
    assert Entry.objects.filter(action="catalog.run.succeed").count() == 1


def test_one_run_at_a_time(job, steward):
    run_queue.start_run(job=job, by=steward)

    with pytest.raises(WrongState) as refusal:
        run_queue.start_run(job=job, by=steward)

    assert (refusal.value.code, refusal.value.status) == ("run_under_way", 409)
    assert SyncRun.objects.count() == 1
    assert run_queue.start_scheduled_run(job_id=job.pk) is None
    with pytest.raises(IntegrityError, match="one_live_run_a_job"), transaction.atomic():
        SyncRun.objects.create(job=job, number=99)


def test_the_schedule_starts_a_run_without_a_person(job):
    run = run_queue.start_scheduled_run(job_id=job.pk)

    assert (run.state, run.started_by, run.number) == (RunState.QUEUED, None, 1)
    assert Entry.objects.get().actor_kind == "portal"
    assert run_queue.start_scheduled_run(job_id=-1) is None


@pytest.mark.parametrize(
    "who", ["staff", "head", "stranger", "stranger_steward", "officer", "inactive"]
)
def test_only_the_providers_stewards_start_runs(job, resource, who):
    # given
    home = {"department": resource.department}
    person = {
        "staff": lambda: UserFactory(**home, duties=[DutyKind.STAFF]),
        "head": lambda: UserFactory(**home, duties=[DutyKind.DEPARTMENT_HEAD]),
        "stranger": lambda: UserFactory(),
        "stranger_steward": lambda: UserFactory(duties=[DutyKind.STEWARD]),
        "officer": lambda: UserFactory(duties=[DutyKind.COMPETENT_OFFICER]),
        "inactive": lambda: UserFactory(**home, duties=[DutyKind.STEWARD], is_active=False),
    }[who]()

    # when
    with pytest.raises(NotAllowed):
        run_queue.start_run(job=job, by=person)

    # then
    assert not SyncRun.objects.exists()
    assert not Entry.objects.exists()


def test_progress_is_seen_while_rows_come(job, steward):
    run = ran(job, steward)

    seen = progress.snapshot(run.pk)
    assert (seen.rows, seen.bytes, seen.phase) == (3, run.bytes_read, progress.MERGING)


def test_the_password_is_nowhere(job, steward, caplog):
    type(job.source).objects.update(username="nobody_here")

    run = ran(job, steward)

    shown = f"{run.failure_data} {run.log} {list(Entry.objects.values())} {caplog.text}"
    assert run.failure_code == "wrong_password"
    assert PASSWORD not in shown
    assert READER not in run.failure_data.values()
