"""The life of a replication slot: made, looked at, told of, dropped, and never forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from catalog.models import CaptureSlot, JobMode, ResourceState, RunState, SyncPosition
from catalog.services import capture, sources, sync_jobs, sync_rules
from catalog.services.sources import SourceData
from catalog.services.sync_jobs import ReadingData
from portal.clocks.models import Notice, NoticeKind
from portal.common.errors import Invalid

from .database import PASSWORD, READER
from .running import ROWS, held, ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def captured(logical, resource):
    logical.table(ROWS)
    return logical.job(resource)


def set_up(job, by, mode):
    return sync_jobs.set_up_job(
        resource=job.resource,
        source=job.source,
        relation=job.relation,
        mapping=job.mapping,
        version=job.version,
        by=by,
        reading=ReadingData(mode=mode),
    )


def acts() -> list[str]:
    found = Entry.objects.filter(action__startswith="catalog.capture.").order_by("pk")
    return list(found.values_list("action", flat=True))


def test_another_mode_drops_slot_and_publication(
    logical, captured, steward, queue, django_capture_on_commit_callbacks
):
    # given
    ran(captured, steward)
    assert len(logical.slots()) == len(logical.publications()) == 1

    # when
    with django_capture_on_commit_callbacks(execute=True):
        set_up(captured, steward, JobMode.FULL)
    assert ("catalog.drop_slots", "()", None) in queue()
    gone = capture.drop_unwanted()

    # then
    assert gone == 1
    assert logical.slots() == logical.publications() == []
    assert not CaptureSlot.objects.exists()
    assert acts() == ["catalog.capture.begin", "catalog.capture.end"]


@pytest.mark.parametrize("end", ["withdrawn", "deleted"])
def test_a_slot_goes_with_its_job(logical, captured, resource, steward, end):
    ran(captured, steward)
    if end == "withdrawn":
        type(resource).objects.filter(pk=resource.pk).update(state=ResourceState.WITHDRAWN)
    else:
        captured.delete()

    assert capture.drop_unwanted() == 1

    assert logical.slots() == []


def test_a_slot_that_is_wanted_stays(logical, captured, steward):
    ran(captured, steward)
    assert capture.drop_unwanted() == 0
    assert len(logical.slots()) == 1


def test_a_source_that_is_away_is_asked_again(logical, captured, steward, settings):
    # given
    ran(captured, steward)
    set_up(captured, steward, JobMode.FULL)
    allowed = settings.SOURCE_ALLOWED_NETWORKS

    # when
    settings.SOURCE_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    assert capture.drop_unwanted() == 0

    # then
    slot = CaptureSlot.objects.get()
    assert (slot.is_wanted, slot.failure_code) == (False, "network_not_allowed")
    settings.SOURCE_ALLOWED_NETWORKS = allowed
    assert capture.drop_unwanted() == 1
    assert logical.slots() == []


def test_to_begin_anew_makes_another_slot_and_drops_the_old_one(logical, captured, steward):
    ran(captured, steward)
    (first,) = logical.slots()
    accepted = sync_jobs.accept_structure(job=captured, version=captured.version, by=steward)

    run = ran(accepted, steward)

    assert run.state == RunState.SUCCEEDED
    (second,) = logical.slots()
    assert second != first
    assert CaptureSlot.objects.get().name == second


def test_a_first_run_that_died_leaves_nothing_behind(logical, captured, resource, steward):
    # given a worker that died after it had made its slot
    capture.prepare(job=captured)
    (first,) = logical.slots()

    # when
    run = ran(captured, steward)

    # then
    assert run.state == RunState.SUCCEEDED
    assert held(resource) == ROWS
    assert first not in logical.slots()
    assert len(logical.slots()) == 1


def test_other_rules_have_all_rows_read_once(logical, captured, steward):
    ran(captured, steward)
    sync_rules.set_rules(
        job=captured, rules=[], casts={}, most_bad=5, most_shrink=50, version=0, by=steward
    )
    assert not SyncPosition.objects.exists()

    run = ran(captured, steward)

    assert (run.rows_read, run.rows_inserted) == (3, 0)


def test_the_place_of_a_source_stays_while_changes_are_captured_there(logical, captured, steward):
    # given
    ran(captured, steward)
    source = captured.source
    data = SourceData(
        name=source.name,
        host="localhost",
        port=source.port,
        database=source.database,
        username=READER,
        password=PASSWORD,
    )

    # when
    with pytest.raises(Invalid) as refusal:
        sources.change_source(source=source, version=source.version, data=data, by=steward)

    # then
    assert list(refusal.value.fields) == ["host"]
    source.refresh_from_db()
    assert source.host == "127.0.0.1"


def test_stewards_are_told_once_a_day_of_a_source_that_keeps_much(
    logical, captured, steward, settings
):
    # given
    ran(captured, steward)
    assert not Notice.objects.exists()
    settings.SYNC_KEPT_LOG_ALARM = 100_000
    logical.run("INSERT INTO divisions SELECT 'n' || n, 'a', NULL FROM generate_series(1, 3000) n")
    later = timezone.now() + timedelta(minutes=11)

    # when
    assert capture.look(now=later) == 1
    CaptureSlot.objects.update(measured_at=None)
    assert capture.look(now=later) == 1

    # then
    notice = Notice.objects.get()
    assert (notice.kind, notice.about_id) == (NoticeKind.SYNC_LOG, captured.pk)
    assert notice.recipient == steward
    assert CaptureSlot.objects.get().kept_bytes > 100_000


def test_who_looked_lately_does_not_look_again(logical, captured, steward):
    ran(captured, steward)
    assert capture.look(now=timezone.now()) == 0


def test_a_slot_that_is_gone_is_told_without_a_run(logical, captured, steward):
    ran(captured, steward)
    logical.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")

    capture.look(now=timezone.now() + timedelta(minutes=11))

    assert CaptureSlot.objects.get().is_lost
    assert Notice.objects.get().kind == NoticeKind.SYNC_LOG
