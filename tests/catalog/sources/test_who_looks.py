"""Who looks at sources, jobs and runs by page, and who is told why not more."""

import pytest
from django.urls import reverse

from catalog.models import RunState, SyncRun
from catalog.services import run_queue
from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, UserFactory

from .looking import look

PAGES = [
    ("catalog:source", lambda job, run: job.source.pk),
    ("catalog:sync_job", lambda job, run: job.resource.pk),
    ("catalog:run", lambda job, run: run.pk),
    ("catalog:run_live", lambda job, run: run.pk),
]


@pytest.mark.parametrize(("name", "key"), PAGES, ids=[name for name, _ in PAGES])
def test_the_providers_people_and_the_officer_look_and_others_know_of_nothing(
    client, job, steward, colleague, officer, stranger, name, key
):
    run = run_queue.start_run(job=job, by=steward)

    for person in (steward, colleague, officer):
        client.force_login(person)
        assert client.get(reverse(name, args=[key(job, run)])).status_code == 200
    client.force_login(stranger)
    assert client.get(reverse(name, args=[key(job, run)])).status_code == 404


@pytest.mark.parametrize("who", ["colleague", "officer"])
def test_who_may_only_look_reads_why(client, request, job, steward, who):
    person = request.getfixturevalue(who)
    run = run_queue.start_run(job=job, by=steward)
    SyncRun.objects.update(state=RunState.FAILED, failure_code="no_key")
    words = {
        "colleague": "This is for the data stewards of your department.",
        "officer": "Only the data stewards of the department that owns it may do this.",
    }[who]

    for name, key in PAGES[:3]:
        page = look(client, person, name, key(job, run))
        assert words in page
    for name in ("source_edit", "source_test"):
        url = reverse(f"catalog:{name}", args=[job.source.pk])
        assert client.post(url, {}).status_code == 403
    for name in ("run_start", "sync_job_edit"):
        url = reverse(f"catalog:{name}", args=[job.resource.pk])
        assert client.post(url, {}).status_code == 403
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize("who", ["colleague", "officer"])
def test_a_schedule_is_refused_to_who_only_looks(client, request, job, who):
    client.force_login(request.getfixturevalue(who))
    url = reverse("catalog:sync_schedule", args=[job.resource.pk])

    assert client.post(url, {"rhythm": "daily", "at": "06:00"}).status_code == 403
    job.refresh_from_db()
    assert not hasattr(job, "timing")


def test_an_officer_of_a_city_sees_the_city_only(client, job, steward):
    from tests.factories import RegionFactory

    city = RegionFactory(code="990100", name="云州市", level="city", parent=RegionFactory())
    officer = UserFactory(
        department=DepartmentFactory(region=city, is_competent=True),
        duties=[DutyKind.COMPETENT_OFFICER],
    )
    run = run_queue.start_run(job=job, by=steward)

    client.force_login(officer)

    assert client.get(reverse("catalog:run", args=[run.pk])).status_code == 404
