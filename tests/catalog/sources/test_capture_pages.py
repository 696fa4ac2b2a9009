"""What a steward sees of a job that captures changes: its slot, what it costs the source, the way out."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from catalog.models import CaptureSlot, RunState
from tests.html_checks import problems

from .looking import look
from .running import ROWS, ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def captured(logical, resource):
    logical.table(ROWS)
    return logical.job(resource)


def test_the_job_page_tells_what_the_first_run_will_do(client, steward, captured):
    page = look(client, steward, "catalog:sync_job", captured.resource_id)
    assert "The first run makes a replication slot" in page


def test_the_job_page_shows_slot_and_log(client, steward, captured, settings):
    # given
    ran(captured, steward)
    slot = CaptureSlot.objects.get()

    # when all is well
    page = look(client, steward, "catalog:sync_job", captured.resource_id)
    # then
    assert slot.name in page
    assert "keeps much of its log" not in page
    assert "Read everything anew" not in page

    # when much is kept
    settings.SYNC_KEPT_LOG_ALARM = 0
    page = look(client, steward, "catalog:sync_job", captured.resource_id)
    # then
    assert "The source keeps much of its log for this job" in page

    # when it is lost
    CaptureSlot.objects.update(is_lost=True)
    page = look(client, steward, "catalog:sync_job", captured.resource_id)
    # then
    assert "The source no longer keeps all changes for this job" in page
    assert "Read everything anew" in page


def test_a_colleague_is_not_offered_to_begin_anew(client, colleague, steward, captured):
    ran(captured, steward)
    CaptureSlot.objects.update(is_lost=True)

    page = look(client, colleague, "catalog:sync_job", captured.resource_id)

    assert "no longer keeps all changes" in page
    assert "Read everything anew</button>" not in page


def test_a_run_that_cannot_go_on_offers_to_begin_anew(client, logical, steward, captured):
    # given
    ran(captured, steward)
    logical.run("TRUNCATE divisions")
    run = ran(captured, steward)

    # when
    page = look(client, steward, "catalog:run", run.pk)
    assert "emptied at the source by TRUNCATE" in page
    response = client.post(
        reverse("catalog:structure_accept", args=[captured.resource_id]),
        {"version": captured.version},
        follow=True,
        HTTP_ACCEPT_LANGUAGE="en",
    )

    # then
    assert "The next run reads everything anew." in response.content.decode()
    assert problems(response.content.decode()) == []
    captured.refresh_from_db()
    assert ran(captured, steward).state == RunState.SUCCEEDED


def test_the_source_page_shows_slots_that_are_still_there(client, steward, captured):
    ran(captured, steward)
    page = look(client, steward, "catalog:source", captured.source_id)
    assert CaptureSlot.objects.get().name in page

    CaptureSlot.objects.update(is_wanted=False, failure_code="locked")
    page = look(client, steward, "catalog:source", captured.source_id)
    assert "nobody any more; it is dropped as soon as the source answers" in page


def test_the_wizard_offers_the_mode_and_says_what_it_needs(client, steward, captured):
    page = look(client, steward, "catalog:sync_job_edit", captured.resource_id)
    assert "change capture from the log" in page
    assert "the right REPLICATION" in page


def test_programs_see_the_slot(steward, captured):
    # given
    api = APIClient()
    api.force_authenticate(steward)
    url = reverse("api:sync-job", args=[captured.resource_id])
    assert api.get(url).json()["capture"] is None

    # when
    ran(captured, steward)

    # then
    found = api.get(url).json()
    assert found["mode"] == "capture"
    slot = CaptureSlot.objects.get()
    assert found["capture"]["name"] == found["capture"]["publication"] == slot.name
    assert (found["capture"]["is_lost"], found["capture"]["is_alarming"]) == (False, False)
