"""Harvests by programs: the services and refusals of the page."""

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import Classification, Harvest, HarvestSchedule
from catalog.services import harvests
from portal.organisation.models import DutyKind
from tests.factories import InformationSystemFactory, UserFactory

from .fetching import file_source
from .harvest_portal import package, serve_packages
from .harvesting import *  # noqa: F403 - the cast of the harvests
from .harvesting import harvested, plan_fields
from .test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(steward):
    return client_of(steward)


def url(name: str, *keys: int) -> str:
    return reverse(f"api:{name}", args=keys)


def test_a_harvest_is_started_watched_and_read_by_api(ckan, steward, portal, api):
    # given
    serve_packages(portal, [package(1), package(2, title="长" * 201)])

    # when
    started = api.post(url("harvest-list", ckan.pk), plan_fields(), format="json")
    again = api.post(url("harvest-list", ckan.pk), plan_fields(), format="json")
    waiting = api.get(started.headers["Location"]).json()
    harvests.execute(harvest_id=started.json()["id"])
    done = api.get(started.headers["Location"]).json()

    # then
    assert (started.status_code, again.status_code) == (202, 409)
    assert (waiting["state"], waiting["found"]) == ("queued", 0)
    made = Harvest.objects.get()
    figures = {name: done[name] for name in ("found", "created", "problem_count")}
    assert figures == {"found": 2, "created": 1, "problem_count": 1}
    assert (done["state"], done["by"], done["is_scheduled"], done["failure"]) == (
        "done",
        steward.name,
        False,
        None,
    )
    assert {name: done[name] for name in plan_fields()} == plan_fields()
    assert done["imports"] == [made.imports.get().pk]
    (problem,) = done["problems"]
    assert (problem["field"], problem["page"]) == ("name", f"{portal.url}/dataset/set-2")


def test_harvests_and_datasets_are_listed_page_by_page(ckan, steward, portal, api):
    # given
    first = harvested(ckan, steward)
    serve_packages(portal, [package(1), package(3)])
    second = harvested(ckan, steward)
    harvested(file_source(ckan.department, "ckan", address=portal.url), steward)

    # when
    page = api.get(url("harvest-list", ckan.pk), {"limit": 1}).json()
    rest = api.get(page["next"]).json()
    datasets = url("harvested-dataset-list", ckan.pk)

    # then
    assert [one["id"] for one in page["results"] + rest["results"]] == [second.pk, first.pk]
    assert rest["next"] is None

    def titles(**asked: str) -> list[str]:
        return [one["title"] for one in api.get(datasets, asked).json()["results"]]

    assert titles() == ["数据集1", "数据集2", "数据集3"]
    assert titles(which="vanished") == ["数据集2"]
    assert titles(q="3") == ["数据集3"]
    assert titles(which="removed") == []
    assert api.get(datasets, {"which": "gone"}).json()["fields"].keys() == {"which"}
    shown = api.get(datasets).json()["results"][0]
    assert (shown["identifier"], shown["resource_state"]) == ("id-1", "draft")


def test_the_same_key_twice_starts_one_harvest(ckan, api):
    headers = {"Idempotency-Key": "one"}
    body = plan_fields()
    answers = [
        api.post(url("harvest-list", ckan.pk), body, format="json", headers=headers)
        for _time in range(2)
    ]

    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"] == Harvest.objects.get().pk


def test_wrong_plans_are_refused_by_field_and_nothing_is_started(ckan, api):
    Classification.objects.create(resource_class="3", code="08", name="交通", level="item")

    def fields_of(**wrong: str) -> set[str]:
        body = {**plan_fields(), **wrong}
        answer = api.post(url("harvest-list", ckan.pk), body, format="json")
        assert answer.status_code == 422
        return set(answer.json()["fields"])

    assert fields_of(grade="L9") == {"grade"}
    assert fields_of() == {"classification"}
    assert not Harvest.objects.exists()


def test_a_schedule_is_read_and_set_by_api(ckan, steward, api):
    # given
    where = url("harvest-schedule", ckan.pk)
    daily = {"rhythm": "daily", "at": "06:30", "spread": 0, "zone": "Asia/Urumqi"}
    assert api.put(where, daily, format="json").status_code == 409
    harvested(ckan, steward)
    before = api.get(where).json()

    # when
    told = api.put(where, daily, format="json").json()

    # then
    assert (before["rhythm"], before["by"], before["next_due_at"]) == ("off", None, None)
    assert {name: told[name] for name in daily} == daily
    assert (told["by"], told["working_days"]) == (steward.name, False)
    assert told["next_due_at"]
    assert api.get(where).json() == told
    assert api.put(where, {"rhythm": "yearly"}, format="json").json()["fields"].keys() == {"rhythm"}
    assert HarvestSchedule.objects.get().rhythm == "daily"
    assert api.put(where, {"rhythm": "off"}, format="json").json()["next_due_at"] is None
    assert not HarvestSchedule.objects.exists()


def test_a_harvest_is_for_who_may_look_and_its_acts_for_stewards(ckan, steward, department, portal):
    # given
    made = harvested(ckan, steward)
    other = file_source(department, "rest", address="http://127.0.0.1/")
    ours = file_source(department, "ckan", address=portal.url)
    acts = [("post", url("harvest-list", ckan.pk)), ("put", url("harvest-schedule", ckan.pk))]
    reads = [
        url("harvest-list", ckan.pk),
        url("harvest-detail", ckan.pk, made.pk),
        url("harvest-schedule", ckan.pk),
        url("harvested-dataset-list", ckan.pk),
    ]
    before = Entry.objects.exclude(result="denied").count()

    # when, then: the right is asked before the input
    colleague = client_of(UserFactory(department=department, duties=[DutyKind.STAFF]))
    system = client_of(InformationSystemFactory(department=department))
    stranger = client_of(UserFactory(duties=[DutyKind.STEWARD]))
    for method, where in acts:
        assert getattr(colleague, method)(where, {}, format="json").status_code == 403
        assert getattr(system, method)(where, {}, format="json").status_code in {403, 404}
        assert getattr(stranger, method)(where, {}, format="json").status_code == 404
    for where in reads:
        assert colleague.get(where).status_code == 200
        assert stranger.get(where).status_code == 404
    by_steward = client_of(steward)
    assert by_steward.get(url("harvest-list", other.pk)).status_code == 404
    assert by_steward.get(url("harvest-detail", ours.pk, made.pk)).status_code == 404
    assert Harvest.objects.count() == 1
    assert not HarvestSchedule.objects.exists()
    assert Entry.objects.exclude(result="denied").count() == before
