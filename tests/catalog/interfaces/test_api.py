"""Interfaces by programs: the services and refusals of the pages, and a call that is tried."""

import json

import pytest
from rest_framework.test import APIClient

from audit.models import Entry
from catalog.models import InterfaceCall, ItemType, PublishedInterface, ResourceState
from portal.common.sealing import unseal
from portal.organisation.models import DutyKind
from tests.factories import InformationSystemFactory, ResourceFactory, UserFactory
from tests.sharing.interface.provider import PERSONS, serving
from tests.trail import acts, refused

SECRET = "Bearer a secret of the provider"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def resource(steward):
    items = [
        {"name": "代码", "column": "code", "length": 12, "is_key": True, "is_nullable": False},
        {"name": "姓名", "column": "name", "length": 40},
        {"name": "工资", "column": "salary", "type": ItemType.INTEGER},
        {"name": "备注", "column": "note", "length": 40},
    ]
    return ResourceFactory(
        department=steward.department, state=ResourceState.PUBLISHED, items=items
    )


@pytest.fixture
def provider():
    with serving() as made:
        yield made


def client_of(party) -> APIClient:
    client = APIClient()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(party)
    return client


@pytest.fixture
def api(steward):
    return client_of(steward)


def address(resource, last=""):
    return f"/api/v1/resources/{resource.pk}/interface/{last}"


def registered(api, resource, place="https://api.example.org/v2/"):
    body = {"address": place, "seconds": 3, "headers": {"Authorization": SECRET}}
    answer = api.post(address(resource), body, format="json")
    assert answer.status_code == 201, answer.json()
    return answer


def allowed(api, resource, version=1, **changes):
    body = {"version": version, "method": "GET", "path": "persons/{code}", **changes}
    return api.post(address(resource, "calls/"), body, format="json")


def test_a_steward_registers_allows_opens_and_closes_and_the_secret_is_never_shown(
    api, resource, steward
):
    told = [registered(api, resource)]
    told.append(allowed(api, resource, parameters=["year"], rows_path="data.items", most_rows=10))
    call = told[-1].json()["calls"][0]
    told.append(api.post(address(resource, "open/"), {"version": 2}, format="json"))
    told.append(api.get(address(resource)))
    told.append(api.get("/api/v1/interfaces/"))
    told.append(api.post(address(resource, "close/"), {"version": 3}, format="json"))
    told.append(
        api.post(address(resource, f"calls/{call['id']}/forbid/"), {"version": 4}, format="json")
    )

    assert [one.status_code for one in told] == [201, 201, 200, 200, 200, 200, 200]
    assert call == {
        "id": call["id"],
        "method": "GET",
        "path": "persons/{code}",
        "parameters": ["year"],
        "rows_path": "data.items",
        "most_rows": 10,
    }
    opened = told[3].json()
    assert (opened["is_open"], opened["header_names"], opened["version"]) == (
        True,
        ["Authorization"],
        3,
    )
    assert told[4].json()["results"] == [opened]
    assert told[6].json()["calls"] == []
    assert not any(SECRET in one.text for one in told)
    assert json.loads(unseal(PublishedInterface.objects.get().sealed_headers)) == {
        "Authorization": SECRET
    }
    assert [entry.action for entry in Entry.objects.filter(actor_id=steward.pk).order_by("id")] == [
        "catalog.interface.register",
        "catalog.interface.allow",
        "catalog.interface.open",
        "catalog.interface.close",
        "catalog.interface.forbid",
    ]


def test_a_change_keeps_the_secret_and_another_server_wants_it_again(api, resource):
    registered(api, resource)
    place = address(resource)

    kept = api.put(
        place,
        {"address": "https://api.example.org/v3/", "seconds": 9, "version": 1},
        format="json",
    )
    moved = api.put(
        place, {"address": "https://else.example.org/", "seconds": 9, "version": 2}, format="json"
    )
    removed = api.put(
        place,
        {"address": "https://api.example.org/v3/", "seconds": 9, "headers": {}, "version": 2},
        format="json",
    )

    assert (kept.status_code, kept.json()["header_names"]) == (200, ["Authorization"])
    assert (moved.status_code, list(moved.json()["fields"])) == (422, ["headers"])
    assert (removed.status_code, removed.json()["header_names"]) == (200, [])
    held = PublishedInterface.objects.get()
    assert (held.address, held.seconds, held.version) == ("https://api.example.org/v3/", 9, 3)


def test_the_version_comes_as_if_match_and_a_call_under_a_key_is_done_once(api, resource):
    first = registered(api, resource)
    assert first["ETag"] == '"1"'
    body = {"method": "GET", "path": "persons"}
    headers = {"If-Match": '"1"', "Idempotency-Key": "k-1"}

    made = api.post(address(resource, "calls/"), body, format="json", headers=headers)
    again = api.post(address(resource, "calls/"), body, format="json", headers=headers)
    late = api.post(address(resource, "open/"), None, format="json", headers={"If-Match": '"1"'})

    assert (made.status_code, made["ETag"]) == (201, '"2"')
    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == made.json()
    assert InterfaceCall.objects.count() == 1
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert not PublishedInterface.objects.get().is_open
    opened = api.post(address(resource, "open/"), headers={"If-Match": '"2"'})
    assert (opened.status_code, opened.json()["is_open"]) == (200, True)


WRONG = [
    ("", {"address": "ftp://x", "seconds": 3}, "address"),
    ("", {"address": "https://api.example.org", "seconds": 31}, "seconds"),
    ("", {"address": "https://api.example.org", "headers": {"Host": "x"}}, "headers"),
    ("", {"address": "https://api.example.org", "headers": {"X": "a\r\nY: b"}}, "headers"),
    ("", {"address": "https://api.example.org", "headers": {"X": {"a": "b"}}}, "headers"),
]


@pytest.mark.parametrize(("last", "body", "field"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_registered(api, resource, last, body, field):
    answer = api.post(address(resource, last), body, format="json")

    assert answer.status_code == 422
    assert [name.split(".")[0] for name in answer.json()["fields"]] == [field], answer.json()
    assert not PublishedInterface.objects.exists()
    assert not acts().exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"path": "../persons"}, "path"),
        ({"method": "DELETE"}, "method"),
        ({"parameters": ["a b"]}, "parameters"),
        ({"most_rows": 10_001}, "most_rows"),
        ({"rows_path": "a..b"}, "rows_path"),
    ],
)
def test_a_call_that_cannot_be_is_not_allowed(api, resource, changes, field):
    registered(api, resource)

    answer = allowed(api, resource, **changes)

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert not InterfaceCall.objects.exists()
    assert PublishedInterface.objects.get().version == 1


def test_others_see_nothing_or_may_not(api, resource, steward):
    registered(api, resource)
    call = allowed(api, resource).json()["calls"][0]["id"]
    before = acts().count()
    colleague = UserFactory(department=steward.department, duties=[DutyKind.STAFF])
    system = InformationSystemFactory(department=steward.department)
    stranger = UserFactory(duties=[DutyKind.STEWARD])
    changes = [
        ("put", "", {"address": "https://api.example.org", "seconds": 3, "version": 2}),
        ("post", "calls/", {"version": 2, "method": "GET", "path": "x"}),
        ("post", f"calls/{call}/forbid/", {"version": 2}),
        ("post", f"calls/{call}/try/", {"path": "persons/1"}),
        ("post", "open/", {"version": 2}),
        ("post", "close/", {"version": 2}),
    ]

    def told(party):
        client = APIClient()
        client.force_authenticate(party)
        return [
            getattr(client, how)(address(resource, last), body, format="json").status_code
            for how, last, body in changes
        ]

    assert told(stranger) == [404] * 6
    assert told(colleague) == [403] * 6
    assert told(system) == [403] * 6
    client = client_of(stranger)
    assert client.get(address(resource)).status_code == 404
    assert client.get("/api/v1/interfaces/").json()["results"] == []
    assert APIClient().get(address(resource)).status_code == 401
    held = PublishedInterface.objects.get()
    assert (held.version, held.is_open, held.calls.count()) == (2, False, 1)
    assert acts().count() == before
    assert refused()


def tried(api, resource, path="persons/1", **body):
    call = PublishedInterface.objects.get().calls.get()
    return api.post(
        address(resource, f"calls/{call.pk}/try/"), {"path": path, **body}, format="json"
    )


def test_a_call_is_tried_while_the_interface_is_closed_and_tells_no_value(api, resource, provider):
    registered(api, resource, provider.address)
    allowed(api, resource, parameters=["year"])

    answer = tried(api, resource, "persons/甲 乙", parameters={"year": ["2025", "2026"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "rows": 3,
        "filled": {"code": 3, "name": 3, "salary": 3, "note": 0},
        "code": "",
        "what": "",
    }
    (asked,) = provider.asked
    assert asked.path == "/v2/persons/%E7%94%B2%20%E4%B9%99?year=2025&year=2026"
    assert asked.headers["Authorization"] == SECRET
    entry = Entry.objects.get(action="catalog.interface.try")
    assert entry.data["call"] == "GET persons/{code}"
    assert (entry.result, entry.data["rows"]) == ("ok", 3)
    told = json.dumps(entry.data, ensure_ascii=False)
    assert not any(word in told for word in ("甲", "2025", PERSONS[0]["name"], SECRET))


BROKEN = [
    ((200, {"Content-Type": "application/json"}, b"{"), "interface_no_json"),
    ((200, {"Content-Type": "text/html"}, b"<p>"), "interface_no_json"),
    (
        (200, {"Content-Type": "application/json"}, b'[{"salary": "much"}]'),
        "interface_unfit",
    ),
    ((200, {"Content-Type": "application/json"}, b"[1]"), "interface_unfit"),
    ((200, {"Content-Type": "application/json"}, b"[" * 100_000), "interface_no_json"),
    ((401, {}, b"no"), "interface_refused"),
    ((302, {"Location": "http://127.0.0.1/"}, b""), "interface_redirects"),
    ((404, {}, b""), "interface_not_found"),
]


@pytest.mark.parametrize(
    ("given", "code"), BROKEN, ids=[f"{n}-{c}" for n, (_g, c) in enumerate(BROKEN)]
)
def test_a_trial_says_what_is_wrong_with_the_answer(api, resource, provider, given, code):
    registered(api, resource, provider.address)
    allowed(api, resource)
    provider.answers = [given]

    answer = tried(api, resource)

    told = answer.json()
    assert (answer.status_code, told["ok"], told["code"], told["rows"]) == (200, False, code, 0)
    assert told["what"]
    assert "127.0.0.1" not in told["what"]
    assert Entry.objects.get(action="catalog.interface.try").data["failure"] == code


def test_what_the_call_does_not_allow_is_not_sent(api, resource, provider):
    registered(api, resource, provider.address)
    allowed(api, resource, parameters=["year"])

    answers = [
        tried(api, resource, "persons"),
        tried(api, resource, "persons/.."),
        tried(api, resource, parameters={"other": "1"}),
        tried(api, resource, parameters={"year": {"a": 1}}),
        tried(api, resource, parameters={"year": "x" * 8_001}),
    ]

    assert [one.status_code for one in answers] == [422] * 5
    assert [list(one.json()["fields"]) for one in answers] == [
        ["path"],
        ["path"],
        ["other"],
        ["year"],
        ["parameters"],
    ]
    assert provider.asked == []
    assert not Entry.objects.filter(action="catalog.interface.try").exists()
