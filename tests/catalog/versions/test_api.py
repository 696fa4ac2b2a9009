"""The life of a change by API."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from catalog.models import Resource
from tests.catalog.conftest import an_entry, published
from tests.factories import InformationSystemFactory

from .conftest import changed, items_of


def caller(person) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def path(resource: Resource | int, *parts: object) -> str:
    key = resource if isinstance(resource, int) else resource.pk
    return f"/api/v1/resources/{key}/" + "".join(f"{part}/" for part in parts)


def sent(client: APIClient, address: str, status: int, **given) -> dict:
    answer = client.post(address, given, format="json")
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else {}


def test_the_whole_life(cast, live):
    steward, head, officer = (caller(one) for one in (cast.steward, cast.head, cast.officer))

    change = sent(steward, path(live, "revision"), 201, version=live.version)
    assert (change["revision_of"], change["state"], change["code"]) == (live.pk, "draft", live.code)
    written = steward.patch(
        path(change["id"]), {"version": 1, "abstract": "新的摘要"}, format="json"
    ).json()
    for kind in ("secrecy", "pia"):
        sent(
            steward,
            path(change["id"], "assess"),
            200,
            version=written["version"],
            kind=kind,
            is_present=False,
            is_passed=True,
            findings="可以",
        )
    compared = steward.get(path(change["id"], "compare")).json()
    assert [(one["field"], one["after"]) for one in compared["fields"]] == [
        ("abstract", "新的摘要")
    ]
    moved = sent(steward, path(change["id"], "submit"), 200, version=written["version"])
    moved = sent(head, path(change["id"], "approve"), 200, version=moved["version"])
    after = sent(officer, path(change["id"], "publish"), 200, version=moved["version"])

    assert (after["id"], after["state"], after["abstract"]) == (live.pk, "published", "新的摘要")
    told = officer.get(path(live, "versions")).json()
    assert told["latest"] == 2
    assert [(one["number"], one["published_by"]) for one in told["results"]] == [
        (2, "林岚"),
        (1, "林岚"),
    ]


def test_versions_are_read_and_compared(cast, live):
    # given
    changed(cast, live, abstract="新", items=items_of(live)[:1])
    client = caller(cast.stranger)

    # when
    listed = client.get(path(live, "versions")).json()["results"]
    first = client.get(path(live, "versions", 1)).json()
    compared = client.get(path(live, "versions", 1, "compare", 2)).json()

    # then
    assert [one["published_by"] for one in listed] == [None, None]
    assert first["entry"]["abstract"] == an_entry().abstract
    assert [item["column"] for item in first["items"]] == ["code", "name"]
    assert [one["field"] for one in compared["fields"]] == ["abstract"]
    assert compared["items"] == [
        {"how": "removed", "column": "name", "name": "区划名称", "fields": []}
    ]
    assert client.get(path(live, "versions", 3)).status_code == 404
    assert client.get(path(live, "compare")).status_code == 404


def test_a_second_change_is_refused_with_its_code(cast, live):
    client = caller(cast.steward)
    sent(client, path(live, "revision"), 201, version=live.version)

    refused = sent(client, path(live, "revision"), 409, version=live.version)

    assert refused["code"] == "change_open"
    assert Resource.objects.filter(revision_of=live).count() == 1


def test_a_change_is_discarded(cast, live):
    client = caller(cast.steward)
    change = sent(client, path(live, "revision"), 201, version=live.version)

    gone = sent(client, path(change["id"], "discard"), 200, version=1, reasons="不再需要")

    assert gone["state"] == "discarded"
    assert sent(client, path(live, "discard"), 403, version=live.version)["code"] == "not_allowed"


@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("head", 403), ("officer", 403)])
def test_nobody_else_begins_a_change(cast, live, who, status):
    sent(caller(getattr(cast, who)), path(live, "revision"), status, version=live.version)

    assert not Resource.objects.filter(revision_of=live).exists()


def test_systems_read_versions_and_begin_nothing(cast, live):
    client = caller(InformationSystemFactory(department=cast.civil))

    assert client.get(path(live, "versions")).status_code == 200
    sent(client, path(live, "revision"), 403, version=live.version)


def test_visitors_read_versions_of_open_entries_only(cast, live):
    opened = changed(cast, published(cast, name="公共厕所"), is_open=True)
    client = APIClient()

    assert [one["number"] for one in client.get(path(opened, "versions")).json()["results"]] == [2]
    assert client.get(path(opened, "versions", 1)).status_code == 404
    assert client.get(path(live, "versions")).status_code == 401
    assert client.post(path(opened, "revision"), {"version": 1}).status_code == 401


def test_the_schema_of_these_paths_is_whole(db, capfd):
    # when
    generator = SchemaGenerator(urlconf="catalog.api.versions_urls")
    schema = generator.get_schema(request=None, public=True)

    # then
    complaints = capfd.readouterr().err.splitlines()
    assert [line for line in complaints if "authenticator" not in line] == []
    assert len(schema["paths"]) == 6
