"""The job of the demonstration that captures changes: what its hours left, and what it leaves behind."""

from itertools import pairwise

import pytest
from django.db import connection
from django.urls import reverse

from catalog.models import CaptureSlot, QuarantinedRow, Resource
from catalog.services import standard_files
from portal.demo import capture_story, catalogue, people, sources
from portal.organisation.models import DutyKind

SLOTS = "SELECT slot_name FROM pg_replication_slots WHERE database = %s"
ROWS = "SELECT tyshxydm, mc, jycs, jyfw, zt FROM zc_gtgsh ORDER BY 1"


@pytest.fixture
def told(settings, tmp_path, no_slots_left):
    """The province as far as the story needs it."""
    settings.PORTAL_DATA_DIR = tmp_path
    people.load()
    standard_files.load_standards()
    cast = people.cast()
    catalogue.load(cast)
    capture_story.load(cast)
    return cast


def slots() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SLOTS, [sources.database_of(capture_story.DEPARTMENT)])
        return [name for (name,) in cursor.fetchall()]


def at_the_source() -> list[tuple]:
    with sources.connected(sources.database_of(capture_story.DEPARTMENT)) as own:
        return own.execute(ROWS).fetchall()


@pytest.mark.django_db(transaction=True)
def test_hours_of_captured_changes_with_a_wrong_row_and_a_stop_are_there_to_be_looked_at(
    told, client
):
    # then: every run as it went
    job = Resource.objects.get(name=capture_story.RESOURCE).sync_job
    runs = job.runs.order_by("number")
    assert [(run.state, run.failure_code) for run in runs] == [
        *[("succeeded", "")] * 5,
        ("failed", "capture_truncated"),
        *[("succeeded", "")] * 4,
    ]
    moved = [(run.rows_inserted, run.rows_updated, run.rows_deleted) for run in runs]
    assert moved == [
        (2400, 0, 0),
        (12, 25, 6),
        (12, 25, 6),
        (0, 0, 0),
        (0, 477, 0),
        (None, None, None),
        (12, 25, 6),
        (13, 25, 6),
        (12, 24, 6),
        (12, 24, 6),
    ]
    assert [run.report.bad for run in runs if run.state == "succeeded"] == [
        *(0, 0, 1, 0, 0, 1, 0, 0, 0)
    ]
    assert not QuarantinedRow.objects.filter(run__job=job).exists()

    # then: hour by hour, and the store is what the source is
    hours = [(last.queued_at - run.queued_at).total_seconds() for run, last in pairwise(runs)]
    assert hours == [3600.0] * 9
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT uscc, name, address, scope, status FROM store.r_{job.resource_id} ORDER BY 1"
        )
        assert cursor.fetchall() == at_the_source()

    # then: one slot is kept, and the page shows it
    slot = job.slots.get()
    assert slots() == [slot.name]
    client.force_login(told.holder(capture_story.DEPARTMENT, DutyKind.STEWARD))
    page = client.get(reverse("catalog:sync_job", args=[job.resource_id])).content.decode()
    assert slot.name in page
    assert f"govshare_{job.resource_id}" in page

    # when it is asked for once more, then nothing is done again
    assert capture_story.is_loaded()
    capture_story.load(told)
    assert runs.count() == 10


@pytest.mark.django_db(transaction=True)
def test_a_story_that_was_broken_off_goes_on_with_the_hour_that_was_missing(told):
    # given: the last hour was committed at the source, and its run did not come to pass
    job = Resource.objects.get(name=capture_story.RESOURCE).sync_job
    before = at_the_source()
    job.runs.get(number=10).delete()
    job.last_number = 9
    job.save()
    assert not capture_story.is_loaded()

    # when
    capture_story.load(told)

    # then
    assert capture_story.is_loaded()
    assert at_the_source() == before
    last = job.runs.get(number=10)
    assert (last.state, last.rows_inserted, last.rows_deleted) == ("succeeded", 0, 0)
    assert len(slots()) == 1


@pytest.mark.django_db(transaction=True)
def test_on_a_server_that_is_not_the_bundled_one_no_slot_is_made(settings, tmp_path, monkeypatch):
    # given: the data directory tells of another server
    settings.PORTAL_DATA_DIR = tmp_path
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    people.load()

    # when
    capture_story.load(people.cast())

    # then
    assert capture_story.is_loaded()
    assert not CaptureSlot.objects.exists()
    assert slots() == []
