"""Sources, jobs and runs by programs: the services and refusals of the pages."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import Entry
from catalog.models import RunState, Source, SyncJob, SyncRun
from catalog.services import run_queue, sync_runs
from portal.organisation.models import DutyKind
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    ResourceFactory,
    UserFactory,
)
from tests.trail import acts, refused

from .database import PASSWORD

ROWS = [("1", "甲", None), ("2", "乙", "1")]


@pytest.fixture
def resource(db):
    return ResourceFactory(name="区划代码")


@pytest.fixture
def steward(resource):
    return UserFactory(department=resource.department, duties=[DutyKind.STEWARD])


@pytest.fixture
def api(steward):
    return client_of(steward)


def client_of(party) -> APIClient:
    client = APIClient()
    client.force_authenticate(party)
    return client


def body_of(business, **changes):
    place = business.place()
    return {
        "name": "业务库",
        "host": place.host,
        "port": place.port,
        "database": place.database,
        "username": place.username,
        "password": place.password,
        **changes,
    }


def test_the_whole_way_by_api(api, resource, business):
    # given
    business.fill(ROWS)

    # when
    made = api.post(reverse("api:source-list"), body_of(business), format="json")
    source = made.json()
    tested = api.post(reverse("api:source-test", args=[source["id"]]))
    job_url = reverse("api:sync-job", args=[resource.pk])
    job = api.put(
        job_url,
        {
            "source": source["id"],
            "relation": "public.divisions",
            "mapping": {"code": "code", "name": "name", "parent_code": "parent_code"},
            "schedule": {"rhythm": "daily", "at": "06:30"},
        },
        format="json",
    )
    started = api.post(reverse("api:sync-job-run", args=[resource.pk]))
    again = api.post(reverse("api:sync-job-run", args=[resource.pk]))
    queued = api.get(started.json()["url"]).json()
    sync_runs.execute(run_id=started.json()["id"])
    ended = api.get(started.json()["url"]).json()
    listed = api.get(reverse("api:sync-run-list", args=[resource.pk])).json()

    # then
    assert (made.status_code, tested.status_code, job.status_code) == (201, 200, 200)
    assert "password" not in made.json()
    assert tested.json()["ok"] is True
    assert tested.json()["product"].startswith("PostgreSQL 1")
    assert job.json() == {
        "resource": resource.pk,
        "source": source["id"],
        "relation": "public.divisions",
        "mapping": {"code": "code", "name": "name", "parent_code": "parent_code"},
        "mode": "full",
        "watermark_column": "",
        "overlap": 0,
        "sweep": "none",
        "sweep_every": 1,
        "capture": None,
        "schedule": {
            "rhythm": "daily",
            "at": "06:30",
            "weekday": 1,
            "day": 1,
            "zone": "Asia/Shanghai",
            "working_days": False,
            "spread": 10,
        },
        "version": 1,
    }
    assert (started.status_code, started["Location"]) == (202, started.json()["url"])
    assert (again.status_code, again.json()["code"]) == (409, "run_under_way")
    assert (queued["state"], queued["progress"], queued["failure"]) == ("queued", None, None)
    assert (ended["state"], ended["rows_read"], ended["rows_inserted"]) == ("succeeded", 2, 2)
    assert len(ended["log"]) == 6
    assert [run["number"] for run in listed["results"]] == [1]


def test_a_failure_is_told_in_words(api, resource, business, steward):
    business.fill(ROWS)
    business.job(resource)
    business.run("DROP TABLE divisions")
    run = run_queue.start_run(job=SyncJob.objects.get(), by=steward)
    sync_runs.execute(run_id=run.pk)

    told = api.get(reverse("api:sync-run-detail", args=[run.pk]), HTTP_ACCEPT_LANGUAGE="en").json()

    assert told["failure_code"] == "relation_missing"
    assert told["failure"]["what"].startswith("The source has no table or view “public.divisions”")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"host": "a b"}, ["host"]),
        ({"port": 0}, ["port"]),
        ({"password": ""}, ["password"]),
        ({"name": "x" * 101, "database": ""}, ["database", "name"]),
    ],
)
def test_a_wrong_source_is_refused_by_field(api, business, changes, fields):
    response = api.post(reverse("api:source-list"), body_of(business, **changes), format="json")

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert sorted(response.json()["fields"]) == fields
    assert not Source.objects.exists()


def test_a_change_wants_the_version_and_a_new_place_the_password(api, resource, business):
    # given
    source = business.source(resource.department)
    url = reverse("api:source-detail", args=[source.pk])
    body = body_of(business)
    del body["password"]

    # then
    assert api.put(url, {**body, "version": 9}, format="json").json()["code"] == "stale_version"
    moved = api.put(url, {**body, "host": "localhost", "version": 1}, format="json")
    assert (moved.status_code, list(moved.json()["fields"])) == (422, ["password"])
    assert api.put(url, {**body, "version": 1}, format="json").json()["version"] == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mapping": {"code": "code", "name": "name"}}, "mapping"),
        ({"mapping": {"code": "code", "name": "nope", "parent_code": "code"}}, "mapping"),
        ({"relation": "public.nothing"}, "relation"),
        ({"source": -1}, "source"),
    ],
    ids=["unmapped", "no_column", "no_table", "no_source"],
)
def test_a_job_is_checked_against_the_live_source(api, resource, business, change, field):
    business.fill(ROWS)
    source = business.source(resource.department)
    body = {
        "source": source.pk,
        "relation": "public.divisions",
        "mapping": {"code": "code", "name": "name", "parent_code": "parent_code"},
    }

    response = api.put(
        reverse("api:sync-job", args=[resource.pk]), {**body, **change}, format="json"
    )

    assert response.status_code == 422
    assert list(response.json()["fields"]) == [field]
    assert not SyncJob.objects.exists()
    assert not Entry.objects.exists()


CALLS = [
    ("get", "source-detail", "source", 200, 404),
    ("put", "source-detail", "source", 422, 404),
    ("post", "source-test", "source", 403, 404),
    ("get", "sync-job", "resource", 200, 404),
    ("put", "sync-job", "resource", 422, 404),
    ("post", "sync-job-run", "resource", 403, 404),
    ("get", "sync-run-list", "resource", 200, 404),
    ("get", "sync-run-detail", "run", 200, 404),
]


@pytest.mark.parametrize(("method", "name", "of", "own", "foreign"), CALLS)
def test_who_may_look_may_not_act_and_others_know_of_nothing(
    resource, business, steward, method, name, of, own, foreign
):
    # given
    business.fill(ROWS)
    job = business.job(resource)
    run = run_queue.start_run(job=job, by=steward)
    SyncRun.objects.update(state=RunState.SUCCEEDED)
    key = {"source": job.source_id, "resource": resource.pk, "run": run.pk}[of]
    url = reverse(f"api:{name}", args=[key])
    competent = DepartmentFactory(is_competent=True, region=resource.department.region)
    lookers = [
        UserFactory(department=resource.department),
        UserFactory(department=competent, duties=[DutyKind.COMPETENT_OFFICER]),
        InformationSystemFactory(department=resource.department),
    ]
    strangers = [UserFactory(duties=[DutyKind.STEWARD]), InformationSystemFactory()]

    # then
    for party in lookers:
        assert getattr(client_of(party), method)(url, {}, format="json").status_code == own
    for party in strangers:
        assert getattr(client_of(party), method)(url, {}, format="json").status_code == foreign
    assert APIClient().get(url).status_code in {401, 403}
    assert SyncRun.objects.count() == 1


def test_a_stranger_with_good_input_changes_nothing(resource, business):
    business.fill(ROWS)
    source = business.source(resource.department)
    colleague = client_of(UserFactory(department=resource.department))
    body = {
        "source": source.pk,
        "relation": "public.divisions",
        "mapping": {"code": "code", "name": "name", "parent_code": "parent_code"},
    }

    job = colleague.put(reverse("api:sync-job", args=[resource.pk]), body, format="json")
    made = colleague.post(reverse("api:source-list"), body_of(business), format="json")
    moved = colleague.put(
        reverse("api:source-detail", args=[source.pk]),
        body_of(business, version=1),
        format="json",
    )

    assert [answer.status_code for answer in (job, made, moved)] == [403, 403, 403]
    assert {answer.json()["code"] for answer in (job, made, moved)} == {"not_allowed"}
    assert not SyncJob.objects.exists()
    assert Source.objects.count() == 1
    assert refused() == ["deny"] * 3
    assert not acts().exists()


def test_lists_hold_what_one_may_look_at(api, resource, business):
    business.source(DepartmentFactory())
    mine = business.source(resource.department)

    found = api.get(reverse("api:source-list")).json()["results"]

    assert [source["id"] for source in found] == [mine.pk]
    assert PASSWORD not in str(found)
