"""CKAN's `datastore_search`: rows for who holds a live agreement, through its view and its quotas alone."""

import json

import pytest
from ckanapi import NotAuthorized, RemoteCKAN, ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from catalog.formats.identifiers import id_of_way
from catalog.models import ItemType, ResourceState, SharingMode
from catalog.store.tables import create_missing, table_of
from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_api_key
from sharing.models import Agreement, Pull, PullKind
from sharing.services import agreements
from tests.factories import InformationSystemFactory, ResourceFactory, UserFactory

from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/3/action/datastore_search"


def key_of(system) -> str:
    steward = UserFactory(department=system.department, duties=[DutyKind.STEWARD])
    return issue_api_key(system=system, days=30, by=steward).secret


@pytest.fixture
def caller(cast):
    return Client(headers={"Authorization": key_of(cast.system), "accept-language": "en"})


def ask(client, agreement, *, status=200, **given):
    """Posted as JSON; the result, or of a refusal its error."""
    body = {"resource_id": id_of_way(agreement.resource, SharingMode.INTERFACE), **given}
    answer = client.post(PATH, json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content
    told = answer.json()
    assert told["success"] is (status == 200)
    return told["result"] if status == 200 else told["error"]


def test_who_holds_an_agreement_gets_its_rows_in_ckans_shape(caller, agreement):
    wanted = id_of_way(agreement.resource, SharingMode.INTERFACE)

    result = ask(caller, agreement)

    assert result == {
        "include_total": True,
        "limit": 100,
        "offset": 0,
        "records_format": "objects",
        "resource_id": wanted,
        "agreement": agreement.number,
        "total_estimation_threshold": None,
        "fields": [{"id": "code", "type": "text"}, {"id": "name", "type": "text"}],
        "_links": {"start": f"{PATH}?resource_id={wanted}"},
        "total": 5,
        "total_was_estimated": False,
        "records": [{"code": f"00000000000{n}", "name": f"name {n}"} for n in range(1, 6)],
    }
    pull, entry = Pull.objects.get(), Entry.objects.get(action__startswith="sharing.pull.")
    assert (pull.kind, pull.result, pull.rows, pull.query) == (
        PullKind.ROWS,
        "ok",
        5,
        "datastore_search",
    )
    assert (entry.action, entry.actor_name, entry.data["items"]) == (
        "sharing.pull.finish",
        "学籍系统",
        ["code", "name"],
    )


def test_types_are_told_and_numbers_are_not_rounded(cast, caller):
    # given
    kinds = [ItemType.NUMERIC, ItemType.INTEGER, ItemType.LOGICAL, ItemType.DATE, ItemType.DATETIME]
    kinds += [ItemType.CURRENCY, ItemType.DOUBLE, ItemType.MEMO]
    made = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        items=[
            {"name": "代码", "column": "code", "length": 6, "is_key": True, "is_nullable": False},
            *({"name": f"项{kind}", "column": f"c{kind}".lower(), "type": kind} for kind in kinds),
        ],
    )
    numeric = f"c{ItemType.NUMERIC}".lower()
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
        cursor.execute(
            f"INSERT INTO store.r_{made.pk} (code, {numeric}) VALUES ('1', 12345678901234567890.123)"
        )
    made.row_count, made.rows_changed_at = 1, timezone.now()
    made.save(update_fields=["row_count", "rows_changed_at"])
    columns = [f"c{kind}".lower() for kind in kinds]
    agreement = agreed_on(cast, made, items=tuple(columns))

    # when
    answer = caller.post(
        PATH,
        {"resource_id": id_of_way(made, SharingMode.INTERFACE)},
        content_type="application/json",
    )

    # then
    assert {one["id"]: one["type"] for one in answer.json()["result"]["fields"]} == dict(
        zip(
            ["code", *columns],
            ["text", "numeric", "int8", "bool", "date", "timestamptz", "numeric", "float8", "text"],
            strict=True,
        )
    )
    assert b"12345678901234567890.123" in answer.content
    assert agreement.number == answer.json()["result"]["agreement"]


@pytest.mark.parametrize("by", ["offset", "next"])
def test_pages_by_offset_and_by_the_link_give_every_row_once(cast, caller, resource, by):
    # given
    fill(resource, rows=11)
    agreement = agreed_on(cast, resource)
    got = []

    # when
    result = ask(caller, agreement, limit=4)
    while result["records"]:
        got += [row["code"] for row in result["records"]]
        if by == "offset":
            result = ask(caller, agreement, limit=4, offset=len(got))
        elif "next" in result["_links"]:
            result = caller.get(result["_links"]["next"]).json()["result"]
        else:
            break

    # then
    assert got == [f"{n:012d}" for n in range(1, 12)]
    assert result["total"] == 11


def test_fields_filters_and_the_total_are_the_agreements(cast, caller, agreement):
    assert ask(caller, agreement, fields=["name"], limit=1)["records"] == [{"name": "name 1"}]
    assert ask(caller, agreement, fields="name, code", limit=1)["records"] == [
        {"name": "name 1", "code": "000000000001"}
    ]
    result = ask(caller, agreement, filters={"name": ["name 2", "name 4"]}, limit=1)
    assert (result["total"], result["records"][0]["name"]) == (2, "name 2")
    assert ask(caller, agreement, filters='{"name": "name 3"}')["total"] == 1
    assert ask(caller, agreement, filters={"name": 3})["total"] == 0
    result = ask(caller, agreement, limit=0)
    assert (result["records"], result["total"], result["limit"]) == ([], 5, 0)
    result = ask(caller, agreement, include_total=False)
    assert "total" not in result
    assert len(result["records"]) == 5
    assert ask(caller, agreement, limit=40_000)["limit"] == 10_000


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"q": "name"}, "q", "Rows are not searched for words: use filters"),
        ({"full_text": "name"}, "full_text", "Rows are not searched for words: use filters"),
        ({"sort": "name desc"}, "sort", "Rows come in the order of their key"),
        ({"distinct": True}, "distinct", "Rows come as they are, each with its key"),
        ({"records_format": "csv"}, "records_format", "Rows come as objects"),
        ({"fields": ["parent_code"]}, "fields", "Not in this agreement: parent_code."),
        ({"filters": {"parent_code": "1"}}, "filters", "Not in this agreement: parent_code."),
        ({"filters": "{"}, "filters", "Could not parse as valid JSON"),
        ({"filters": [1]}, "filters", "Not a json object"),
        ({"filters": {"name": []}}, "filters", "name: a text, a number, or a list of them"),
        ({"filters": {"name": {"a": 1}}}, "filters", "name: a text, a number, or a list of them"),
        ({"limit": -1}, "limit", "Must be a natural number"),
        ({"limit": "x"}, "limit", "Invalid integer"),
        ({"offset": -1}, "offset", "Must be a natural number"),
        ({"after": "nonsense"}, "after", "Not a cursor of this agreement"),
    ],
)
def test_a_wrong_question_is_refused_by_its_argument(caller, agreement, given, field, words):
    error = ask(caller, agreement, status=409, **given)

    assert error["__type"] == "Validation Error"
    assert list(error) == ["__type", field]
    assert error[field][0].startswith(words)
    assert not Pull.objects.filter(result="ok").exists()


def test_everybody_else_is_refused_as_before_and_draws_nothing(cast, caller, agreement, shelf_key):
    # given: a visitor, another department's system, the provider, the competent department, a stranger
    others = [Client(), Client(headers={"Authorization": shelf_key})]
    for person in (cast.provider_head, cast.officer, cast.stranger):
        others.append(Client())
        others[-1].force_login(person)

    # then: who may see the entry is told of agreements, who may not finds nothing
    told = [ask(client, agreement, status=404 if client is others[0] else 403) for client in others]
    assert [error["__type"] for error in told] == [
        "Not Found Error",
        *["Authorization Error"] * 4,
    ]
    assert told[-1]["message"].startswith("Access denied: rows leave this portal under a live")
    assert not Pull.objects.exists()


@pytest.fixture
def shelf_key(cast):
    return key_of(cast.strange_system)


def test_signed_in_staff_of_the_requester_draws_and_another_duty_is_told_why(cast, agreement):
    # given
    staff, keeper = (
        Client(headers={"accept-language": "en"}),
        Client(headers={"accept-language": "en"}),
    )
    staff.force_login(cast.applicant)
    keeper.force_login(UserFactory(department=cast.education, duties=[]))

    # then
    assert ask(staff, agreement)["total"] == 5
    error = ask(keeper, agreement, status=403)
    assert error == {
        "__type": "Authorization Error",
        "message": "Access denied: Rows are drawn by a department's staff and its systems.",
    }
    assert list(Pull.objects.order_by("pk").values_list("result", flat=True)) == ["ok", "denied"]


def test_what_has_ended_or_waits_opens_nothing(cast, caller, agreement):
    # when
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)

    # then
    error = ask(caller, agreement, status=403)
    assert error["message"].startswith("Access denied: rows leave this portal under a live")

    # when: a new one is agreed and waits for its rows
    waiting = agreed_on(cast, ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED))

    # then
    error = ask(caller, waiting, status=403)
    assert error["message"].startswith("Access denied: The provider has not opened the data yet")
    assert Pull.objects.get().result == "denied"


def test_an_agreement_of_another_system_is_told_as_such(cast, caller, filled):
    other = InformationSystemFactory(department=cast.education, name="资助系统")
    agreement = agreed_on(cast, filled, system=other)

    error = ask(caller, agreement, status=403)

    assert '"资助系统"' in error["message"]
    assert ask(Client(headers={"Authorization": key_of(other)}), agreement)["total"] == 5


def test_quotas_are_counted_and_a_used_up_one_says_when(caller, agreement):
    # given
    Agreement.objects.filter(pk=agreement.pk).update(calls_a_day=3, rows_a_day=7)

    # then: five rows, then what is left, then none
    assert len(ask(caller, agreement)["records"]) == 5
    assert len(ask(caller, agreement)["records"]) == 2
    answer = caller.get(PATH, {"resource_id": id_of_way(agreement.resource, SharingMode.INTERFACE)})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["error"]["__type"] == "Not Now Error"
    assert [pull.rows for pull in Pull.objects.order_by("pk")] == [5, 2, 0]


def test_ckans_own_client_draws_the_rows(live_server, cast, agreement):
    wanted = id_of_way(agreement.resource, SharingMode.INTERFACE)
    with RemoteCKAN(live_server.url, apikey=key_of(cast.system)) as ckan:
        result = ckan.action.datastore_search(
            resource_id=wanted, filters={"name": "name 2"}, fields=["code"]
        )
        assert (result["total"], result["records"]) == (1, [{"code": "000000000002"}])
        with pytest.raises(ValidationError):
            ckan.action.datastore_search(resource_id=wanted, q="name")
    stranger = RemoteCKAN(live_server.url, apikey=key_of(cast.strange_system))
    with stranger, pytest.raises(NotAuthorized):
        stranger.action.datastore_search(resource_id=wanted)
    with RemoteCKAN(live_server.url, apikey=key_of(cast.system), get_only=True) as ckan:
        assert len(ckan.action.datastore_search(resource_id=wanted, limit=2)["records"]) == 2
