"""What each mode promises: after any history at the source, the store is what the mode says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import JobMode, RunState, SyncPosition
from catalog.services import run_queue, sync_runs
from catalog.sources.failures import SourceFailure
from catalog.store import changes
from catalog.store.tables import table_of

from .readings import job_of, read, stored
from .running import held, ran

LATEST = 3
KEYS = ["1", "2", "3", "4"]

OPS = st.one_of(
    st.tuples(
        st.just("put"), st.sampled_from(KEYS), st.sampled_from("abc"), st.integers(0, LATEST)
    ),
    st.tuples(st.just("delete"), st.sampled_from(KEYS)),
)
HISTORIES = st.lists(st.lists(OPS, max_size=5), min_size=1, max_size=5)
BY_CHANCE = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def anew(business, job) -> None:
    business.run("TRUNCATE divisions")
    SyncPosition.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS store.r_{job.resource_id}")


class History:
    """Acts on the source as a department's system does, and remembers what it then holds."""

    def __init__(self, business) -> None:
        self.business = business
        self.clock = 100
        self.rows: dict[str, str] = {}

    def act(self, op: tuple) -> None:
        self.clock += 1
        key = op[1]
        if op[0] == "delete":
            self.business.run("DELETE FROM divisions WHERE code = %s", [key])
            self.rows.pop(key, None)
            return
        _put, key, name, late = op
        self.business.run(
            "INSERT INTO divisions VALUES (%s, %s, NULL, %s) ON CONFLICT (code)"
            " DO UPDATE SET name = excluded.name, changed = excluded.changed",
            [key, name, self.clock - late],
        )
        self.rows[key] = name


@BY_CHANCE
@given(history=HISTORIES)
def test_with_a_comparison_of_keys_the_store_is_the_source(changing, resource, history):
    job = resource.__dict__.setdefault("its_job", None) or job_of(
        changing, resource, overlap=LATEST, sweep="keys"
    )
    resource.its_job = job
    anew(changing, job)
    source = History(changing)
    for step in history:
        for op in step:
            source.act(op)
        read(job)
        assert stored(job) == source.rows
        again = read(job)
        assert (again.inserted, again.updated, again.deleted) == (0, 0, 0)


@BY_CHANCE
@given(history=HISTORIES)
def test_without_one_rows_that_are_gone_stay(changing, resource, history):
    job = resource.__dict__.setdefault("its_job", None) or job_of(
        changing, resource, overlap=LATEST
    )
    resource.its_job = job
    anew(changing, job)
    source = History(changing)
    expected: dict[str, str] = {}
    for number, step in enumerate(history):
        for op in step:
            source.act(op)
        # An empty store is filled by a full comparison, however far was read before.
        settled = number > 0 and bool(expected)
        expected = {**expected, **source.rows} if settled else dict(source.rows)
        read(job)
        assert stored(job) == expected


@BY_CHANCE
@given(history=HISTORIES)
def test_append_adds_new_keys_and_leaves_the_others(changing, resource, history):
    job = resource.__dict__.setdefault("its_job", None) or job_of(
        changing, resource, mode=JobMode.APPEND, overlap=LATEST
    )
    resource.its_job = job
    anew(changing, job)
    source = History(changing)
    expected: dict[str, str] = {}
    for step in history:
        for op in step:
            source.act(op)
        expected = {**source.rows, **expected}
        counts = read(job)
        assert stored(job) == expected
        assert (counts.updated, counts.deleted) == (0, 0)


def test_only_what_changed_is_read_and_the_run_says_so(changing, resource, steward):
    # given
    changing.run("INSERT INTO divisions SELECT n, 'x', NULL, n FROM generate_series(1, 500) n")
    job = job_of(changing, resource, overlap=10)
    first = ran(job, steward)

    # when
    changing.run("UPDATE divisions SET name = 'y', changed = 501 WHERE code = '7'")
    second = ran(job, steward)

    # then
    assert first.state == second.state == RunState.SUCCEEDED
    assert (first.rows_read, first.rows_inserted) == (500, 500)
    assert (second.rows_read, second.rows_updated, second.rows_deleted) == (12, 1, 0)
    assert {"code": "since", "data": {"column": "changed", "low": "490"}} in [
        {"code": line["code"], "data": line["data"]} for line in second.log
    ]
    assert job.position.watermark == "501"
    job.resource.refresh_from_db()
    assert job.resource.row_count == 500


def test_a_run_that_fails_leaves_the_mark(changing, resource, steward):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1)")
    job = job_of(changing, resource)
    ran(job, steward)
    changing.run("ALTER TABLE divisions DROP CONSTRAINT divisions_pkey")
    # More bad rows than a reading of what changed is forgiven.
    changing.run(
        "INSERT INTO divisions SELECT k::text, n, NULL, 2"
        " FROM generate_series(2, 7) k, (VALUES ('b'), ('c')) AS twice(n)"
    )

    failed = ran(job, steward)

    assert (failed.state, failed.failure_code) == (RunState.FAILED, "too_many_bad")
    assert SyncPosition.objects.get().watermark == "1"
    assert stored(job) == {"1": "a"}


def test_rows_of_one_moment_and_late_ones_are_read_by_time(changing, resource):
    # given
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 0, '2026-11-01 08:00+08')")
    job = job_of(changing, resource, watermark_column="at", overlap=60)
    read(job)

    # when
    changing.run(
        "INSERT INTO divisions VALUES ('2', 'same', NULL, 0, '2026-11-01 00:00+00'),"
        " ('3', 'late', NULL, 0, '2026-11-01 07:59:30+08'), ('4', 'no time', NULL, 0, NULL),"
        " ('5', 'too late', NULL, 0, '2026-11-01 07:58+08')"
    )
    counts = read(job)

    # then
    assert (counts.read, counts.inserted) == (4, 3)
    assert "5" not in stored(job)


def test_a_row_dated_into_the_future_hides_none(changing, resource):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 0, '2999-01-01')")
    job = job_of(changing, resource, watermark_column="at")
    read(job)
    changing.run("INSERT INTO divisions VALUES ('2', 'b', NULL, 0, now() + interval '2 days')")

    read(job)

    assert sorted(stored(job)) == ["1", "2"]
    mark = SyncPosition.objects.get().watermark
    assert mark[:10] == str((timezone.now() + timedelta(days=1)).date())


def test_a_full_comparison_every_third_run_brings_all_back(changing, resource):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 100), ('2', 'b', NULL, 100)")
    job = job_of(changing, resource, sweep="full", sweep_every=3)
    read(job)
    changing.run("DELETE FROM divisions WHERE code = '1'")
    changing.run("INSERT INTO divisions VALUES ('3', 'far too late', NULL, 1)")

    deleted = [read(job).deleted for _ in range(3)]

    assert deleted == [0, 0, 1]
    assert stored(job) == {"2": "b", "3": "far too late"}
    assert SyncPosition.objects.get().runs_since_sweep == 0


def test_a_sweep_of_keys_empties_nothing_when_most_keys_are_gone(changing, resource, steward):
    # given
    changing.run("INSERT INTO divisions SELECT n, 'a', NULL, 100 FROM generate_series(1, 200) AS n")
    job = job_of(changing, resource, sweep="keys")
    ran(job, steward)
    changing.run("DELETE FROM divisions WHERE code::int > 50")

    # when
    run = ran(job, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "shrunk")
    assert run.failure_data == {"rows": 50, "fewest": 100}
    assert len(held(resource)) == 200

    # when a steward says that it is right
    again = run_queue.start_run(job=job, by=steward, may_shrink=True)
    sync_runs.execute(run_id=again.pk)

    # then
    again.refresh_from_db()
    assert (again.state, again.rows_deleted) == (RunState.SUCCEEDED, 150)


def test_keys_that_came_too_late_are_told(changing, resource, steward):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 100)")
    job = job_of(changing, resource, sweep="keys")
    ran(job, steward)
    changing.run("INSERT INTO divisions VALUES ('2', 'far too late', NULL, 1)")

    run = ran(job, steward)

    told = {line["code"]: line["data"] for line in run.log}
    assert told["swept"] == {"keys": 2, "deleted": 0}
    assert told["missing"] == {"rows": 1}
    assert stored(job) == {"1": "a"}


def test_append_reports_old_rows_that_differ(changing, resource, steward):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1)")
    job = job_of(changing, resource, mode=JobMode.APPEND, watermark_column="")
    ran(job, steward)
    changing.run("UPDATE divisions SET name = 'z'")
    changing.run("INSERT INTO divisions VALUES ('2', 'b', NULL, 2)")

    run = ran(job, steward)

    assert (run.rows_inserted, run.rows_updated) == (1, 0)
    assert {"rows": 1} in [line["data"] for line in run.log if line["code"] == "left"]
    assert stored(job) == {"1": "a", "2": "b"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("ALTER TABLE divisions DROP COLUMN changed", "column_missing"),
        ("ALTER TABLE divisions ALTER changed TYPE text", "watermark_unfit"),
    ],
)
def test_a_watermark_that_went_stops_the_run(changing, resource, change, code):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1)")
    job = job_of(changing, resource)
    read(job)
    changing.run(change)

    with pytest.raises(SourceFailure) as failure:
        read(job)

    assert failure.value.code == code


def test_infinity_is_no_mark(changing, resource):
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1, 'infinity')")
    job = job_of(changing, resource, watermark_column="at")

    with pytest.raises(SourceFailure) as failure:
        read(job)

    assert failure.value.code == "watermark_unreadable"


def test_mariadb_is_read_from_the_mark_on(maria, resource):
    # given
    maria.run(
        "CREATE TABLE divisions (code varchar(12) PRIMARY KEY, name text, parent_code text,"
        " changed datetime(3))"
    )
    maria.run("INSERT INTO divisions VALUES ('1', '甲', NULL, '2026-11-01 08:00:00.250')")
    job = maria.job(
        resource, mode=JobMode.INCREMENTAL, watermark_column="changed", overlap=1, sweep="keys"
    )
    read(job)

    # when
    maria.run("INSERT INTO divisions VALUES ('2', '乙', NULL, '2026-11-01 07:59:59.300')")
    maria.run("INSERT INTO divisions VALUES ('3', '丙', NULL, '2026-11-01 07:59:59.200')")
    counts = read(job)
    maria.run("DELETE FROM divisions WHERE code = '1'")
    swept = read(job)

    # then
    assert (counts.read, counts.inserted) == (2, 1)
    assert swept.deleted == 1
    assert stored(job) == {"2": "乙"}


def test_who_follows_the_changes_learns_of_delta_append_and_sweep(changing, resource, cursor):
    # given
    changing.run("INSERT INTO divisions VALUES ('1', 'a', NULL, 1), ('2', 'b', NULL, 1)")
    job = job_of(changing, resource, sweep="keys")
    read(job)
    changes.keep(cursor, table_of(resource))

    # when
    changing.run("UPDATE divisions SET name = 'z', changed = 2 WHERE code = '1'")
    changing.run("INSERT INTO divisions VALUES ('3', 'c', NULL, 2)")
    changing.run("DELETE FROM divisions WHERE code = '2'")
    read(job)
    job.mode, job.sweep = JobMode.APPEND, "none"
    job.save()
    changing.run("UPDATE divisions SET name = 'left', changed = 3 WHERE code = '1'")
    changing.run("INSERT INTO divisions VALUES ('4', 'd', NULL, 3)")
    read(job)

    # then
    cursor.execute(
        f"SELECT _image, code, name FROM store.r_{resource.pk}_changes WHERE _image > 0"
        " ORDER BY _position, _image"
    )
    done = cursor.fetchall()
    assert sorted(done[:3]) == [(1, "1", "a"), (2, "1", "z"), (2, "3", "c")]
    assert done[3:] == [(1, "2", "b"), (2, "4", "d")]
