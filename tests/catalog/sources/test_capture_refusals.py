"""What stands in the way of capturing changes: said in a steward's words, the published rows kept."""

import pytest
from django.utils import translation

from catalog.models import CaptureSlot, JobMode, RunState, SyncJob
from catalog.services import sync_jobs
from catalog.services.sync_jobs import ReadingData
from catalog.sources.words import FAILURES, explain
from portal.common.errors import Invalid

from .capture_server import capture_server
from .database import READER
from .running import ROWS, held, ran

pytestmark = pytest.mark.django_db
CAPTURE = ReadingData(mode=JobMode.CAPTURE)
MAPPING = {"code": "code", "name": "name", "parent_code": "parent_code"}


@pytest.fixture
def captured(logical, resource):
    logical.table(ROWS)
    return logical.job(resource)


def set_up(logical, resource, steward, **reading) -> SyncJob:
    return sync_jobs.set_up_job(
        resource=resource,
        source=logical.source(resource.department),
        relation="public.divisions",
        mapping=MAPPING,
        version=0,
        by=steward,
        reading=ReadingData(mode=JobMode.CAPTURE, **reading),
    )


def test_a_job_that_may_capture_is_set_up(logical, resource, steward):
    logical.table(ROWS)

    job = set_up(logical, resource, steward)

    assert job.mode == JobMode.CAPTURE
    assert logical.slots() == []
    run = ran(job, steward)
    assert (run.state, held(resource)) == (RunState.SUCCEEDED, ROWS)


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (f"ALTER ROLE {READER} NOREPLICATION", "capture_right"),
        ("ALTER TABLE divisions DROP CONSTRAINT divisions_pkey", "capture_identity"),
        ("ALTER TABLE divisions REPLICA IDENTITY NOTHING", "capture_identity"),
        (
            "ALTER TABLE divisions DROP CONSTRAINT divisions_pkey;"
            " ALTER TABLE divisions REPLICA IDENTITY FULL",
            "capture_identity",
        ),
        (
            "ALTER TABLE divisions DROP CONSTRAINT divisions_pkey;"
            " ALTER TABLE divisions ADD PRIMARY KEY (code, name)",
            "capture_identity",
        ),
        ("ALTER TABLE divisions SET UNLOGGED", "capture_relation"),
        ("CREATE TABLE part () INHERITS (divisions)", "capture_relation"),
        (
            "ALTER TABLE divisions RENAME TO base; CREATE VIEW divisions AS SELECT * FROM base;"
            f" GRANT SELECT ON divisions TO {READER}",
            "capture_relation",
        ),
        (
            "ALTER TABLE divisions OWNER TO postgres;"
            f" GRANT SELECT ON divisions TO {READER};"
            " ALTER TABLE divisions ENABLE ROW LEVEL SECURITY",
            "capture_row_security",
        ),
        (
            "ALTER TABLE divisions DROP COLUMN name;"
            " ALTER TABLE divisions ADD COLUMN name text GENERATED ALWAYS AS (upper(code)) STORED",
            "capture_generated",
        ),
    ],
)
def test_what_bars_capturing_is_told_when_the_job_is_set_up(
    logical, resource, steward, prepare, code
):
    # given
    logical.table([("1", "甲", None)])
    for statement in prepare.split("; "):
        logical.run(statement)

    # when
    with pytest.raises(Invalid) as refusal:
        set_up(logical, resource, steward)

    # then
    assert (refusal.value.code, list(refusal.value.fields)) == (code, ["mode"])
    assert not SyncJob.objects.exists()
    assert logical.slots() == logical.publications() == []


def test_a_unique_key_beside_a_full_identity_will_do(logical, resource, steward):
    # given
    logical.table(ROWS)
    logical.run("ALTER TABLE divisions DROP CONSTRAINT divisions_pkey")
    logical.run("ALTER TABLE divisions REPLICA IDENTITY FULL")
    logical.run("ALTER TABLE divisions ALTER code SET NOT NULL")
    logical.run("CREATE UNIQUE INDEX ON divisions (code)")
    job = set_up(logical, resource, steward)
    ran(job, steward)

    # when
    logical.run("DELETE FROM divisions WHERE code = '1'")
    logical.run("UPDATE divisions SET code = '7' WHERE code = '2'")
    run = ran(job, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert held(resource) == [("3", None, "1"), ("7", "乙", "1")]


def test_watermark_and_sweep_are_not_for_captured_changes(logical, resource, steward):
    logical.table(ROWS)
    with pytest.raises(Invalid) as refusal:
        set_up(logical, resource, steward, watermark_column="code", sweep="keys")
    assert set(refusal.value.fields) == {"watermark_column", "sweep"}


def test_other_kinds_of_sources_capture_nothing(maria, resource, steward):
    with pytest.raises(Invalid) as refusal:
        sync_jobs.set_up_job(
            resource=resource,
            source=maria.source(resource.department),
            relation="divisions",
            mapping=MAPPING,
            version=0,
            by=steward,
            reading=CAPTURE,
        )
    assert list(refusal.value.fields) == ["mode"]


def test_a_server_that_does_not_write_its_log_for_it_is_told(resource, steward):
    # given
    with capture_server(wal_level="replica") as plain:
        plain.clean()
        plain.table(ROWS)

        # when
        with pytest.raises(Invalid) as refusal, translation.override("en"):
            set_up(plain, resource, steward)

    # then
    assert (refusal.value.code, list(refusal.value.fields)) == ("capture_wal_level", ["mode"])
    (words,) = refusal.value.fields["mode"]
    assert "wal_level is replica" in words
    assert "set wal_level = logical" in words
    assert not SyncJob.objects.exists()


def test_who_may_make_no_publication_is_told_what_to_ask_for(logical, captured, resource, steward):
    # given
    logical.run("ALTER TABLE divisions OWNER TO postgres")
    logical.run(f"GRANT SELECT ON divisions TO {READER}")

    # when
    run = ran(captured, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "capture_publication_right")
    wanted = f"CREATE PUBLICATION govshare_{resource.pk} FOR TABLE public.divisions"
    assert wanted in explain(run.failure_code, run.failure_data).to_do
    assert logical.slots() == []

    # when the administrator has done so
    logical.run(wanted)
    again = ran(captured, steward)

    # then
    assert again.state == RunState.SUCCEEDED
    slot = CaptureSlot.objects.get()
    assert (slot.publication, slot.made_publication) == (f"govshare_{resource.pk}", False)
    logical.run("DELETE FROM divisions WHERE code = '1'")
    ran(captured, steward)
    assert held(resource) == ROWS[1:]


@pytest.mark.parametrize(
    "how",
    [
        "FOR TABLE divisions WHERE (code <> '1')",
        "FOR TABLE divisions (code, name)",
        "FOR TABLE divisions WITH (publish = 'insert, update')",
        "FOR TABLE other",
    ],
)
def test_a_prepared_publication_must_hold_all(logical, captured, resource, steward, how):
    logical.run("CREATE TABLE other (id int PRIMARY KEY)")
    logical.run(f"CREATE PUBLICATION govshare_{resource.pk} {how}")

    run = ran(captured, steward)

    assert (run.state, run.failure_code) == (RunState.FAILED, "capture_publication")
    assert logical.slots() == []


def test_a_source_without_a_free_slot_is_told(logical, captured, steward):
    for number in range(4):
        logical.run(f"SELECT pg_create_physical_replication_slot('taken_{number}')")

    run = ran(captured, steward)

    assert (run.state, run.failure_code) == (RunState.FAILED, "capture_no_slots")


def drop_slot(logical) -> None:
    logical.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


def read_it_elsewhere(logical) -> None:
    logical.run(
        "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn())"
        " FROM pg_replication_slots"
    )


@pytest.mark.parametrize("meddle", [drop_slot, read_it_elsewhere])
def test_a_slot_that_lost_changes_stops_the_run_until_all_is_read_anew(
    logical, captured, resource, steward, meddle
):
    # given
    ran(captured, steward)
    logical.run("UPDATE divisions SET name = 'lost' WHERE code = '1'")
    meddle(logical)

    # when
    run = ran(captured, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, "capture_slot_gone")
    assert held(resource) == ROWS

    # when the steward has all read anew
    sync_jobs.accept_structure(job=captured, version=captured.version, by=steward)
    again = ran(captured, steward)

    # then
    assert again.state == RunState.SUCCEEDED
    assert held(resource)[0] == ("1", "lost", None)
    assert len(logical.slots()) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("TRUNCATE divisions", "capture_truncated"),
        ("ALTER TABLE divisions ALTER parent_code TYPE varchar(9)", "column_changed"),
        ("ALTER TABLE divisions DROP COLUMN parent_code", "column_missing"),
        ("ALTER TABLE divisions RENAME name TO title", "column_missing"),
        (
            "ALTER TABLE divisions ALTER name TYPE varchar(99);"
            " UPDATE divisions SET code = code || '0' WHERE code = '1';"
            " ALTER TABLE divisions ALTER name TYPE text",
            "column_changed",
        ),
        (
            "DROP TABLE divisions;"
            " CREATE TABLE divisions (code varchar(12) PRIMARY KEY, name text, parent_code text);"
            f" ALTER TABLE divisions OWNER TO {READER}",
            "capture_remade",
        ),
        ("ALTER TABLE divisions DROP CONSTRAINT divisions_pkey", "capture_identity"),
        (f"ALTER ROLE {READER} NOREPLICATION", "capture_right"),
    ],
)
def test_drift_stops_the_run_before_a_row_moves(logical, captured, resource, steward, change, code):
    # given
    ran(captured, steward)
    logical.run("UPDATE divisions SET name = 'x' WHERE code = '2'")
    for statement in change.split("; "):
        logical.run(statement)

    # when
    run = ran(captured, steward)

    # then
    assert (run.state, run.failure_code) == (RunState.FAILED, code)
    assert held(resource) == ROWS
    assert len(logical.slots()) == 1


def test_a_new_column_that_no_item_wants_stops_nothing(logical, captured, resource, steward):
    ran(captured, steward)
    logical.run("ALTER TABLE divisions ADD COLUMN more int DEFAULT 1")
    logical.run("UPDATE divisions SET name = 'x', more = 2 WHERE code = '2'")

    run = ran(captured, steward)

    assert run.state == RunState.SUCCEEDED
    assert held(resource)[1] == ("2", "x", "1")


def test_every_failure_of_capturing_has_words():
    codes = [code for code in FAILURES if code.startswith("capture_")]
    assert len(codes) == 18
    data = {"level": "", "user": "", "relation": "", "columns": "", "publication": ""}
    assert all(explain(code, data).to_do for code in codes)
