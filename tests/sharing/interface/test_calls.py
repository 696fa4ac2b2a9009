"""A provider's interface called through the portal: allowed calls in, agreed rows out."""

import json

import pytest
import redis
from django.conf import settings as current
from django.db import connections

from audit.models import Entry
from catalog.models import SharingMode
from catalog.services import interfaces
from sharing.models import Agreement, AgreementState, Pull
from sharing.services import agreements
from sharing.services.sweeping import sweep
from tests.agreements import confirmed, proposed
from tests.sharing.conftest import ODD, agreed_on
from tests.sharing.test_delivery_api import with_key

from .conftest import SECRET, path

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"Content-Type": "application/json; charset=utf-8"}


def noted_once() -> tuple[Pull, Entry]:
    return Pull.objects.get(), Entry.objects.get(action__startswith="sharing.pull.")


def test_the_agreed_items_come_out_and_nothing_else(caller, agreement, provider):
    answer = caller.get(path(agreement, "persons"), {"year": "2026", "area": ["1", "2"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "rows": [
            {"code": "000000000001", "name": "张三"},
            {"code": "000000000002", "name": "李四"},
            {"code": "000000000003", "name": "王五"},
        ],
        "count": 3,
    }
    (asked,) = provider.asked
    assert (asked.method, asked.path) == ("GET", "/v2/persons?year=2026&area=1&area=2")
    assert asked.headers["Authorization"] == SECRET
    assert "gdsp" not in str(asked.headers)
    pull, entry = noted_once()
    assert (pull.kind, pull.result, pull.rows, pull.bytes) == (
        "interface",
        "ok",
        3,
        len(answer.content),
    )
    assert pull.query == "GET persons?area=1,2&year=2026"
    assert (entry.action, entry.data["items"]) == ("sharing.pull.finish", ["code", "name"])
    assert SECRET not in json.dumps(entry.data)


def test_masks_and_row_scope_hold_for_what_the_interface_answers(cast, interface, caller):
    agreement = agreed_on(cast, interface.resource, row_filter=[ODD])
    proposed(agreement, cast.provider_steward, masks={"name": "person_name"})
    confirmed(agreement, cast.provider_head, cast.head)

    answer = caller.get(path(agreement, "persons"))

    assert [row["code"][-1] for row in answer.json()["rows"]] == ["1", "3"]
    assert {row["name"] for row in answer.json()["rows"]}.isdisjoint({"张三", "王五"})
    assert noted_once()[0].rows == 2


def test_an_interface_is_not_asked_where_pseudonyms_are_agreed(cast, agreement, caller, provider):
    proposed(agreement, cast.provider_steward, masks={"name": "pseudonym"})
    confirmed(agreement, cast.provider_head, cast.head)

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (403, "no_pseudonyms")
    assert provider.asked == []


def test_a_row_that_does_not_say_whether_it_is_in_the_scope_stays(
    cast, interface, caller, provider
):
    agreement = agreed_on(cast, interface.resource, row_filter=[ODD])
    provider.persons = [{"code": "000000000001", "name": "张三"}]

    assert caller.get(path(agreement, "persons")).json() == {"rows": [], "count": 0}


def test_one_object_is_one_row(caller, agreement, provider):
    provider.persons = provider.persons[0]

    answer = caller.get(path(agreement, "persons/a%2Fb"))
    again = caller.get(path(agreement, "persons/居民 1"))

    assert answer.status_code == 404
    assert again.json() == {"rows": [{"code": "000000000001", "name": "张三"}], "count": 1}
    assert [asked.path for asked in provider.asked] == ["/v2/persons/%E5%B1%85%E6%B0%91%201"]


def test_a_post_is_passed_on_and_its_rows_are_found_where_they_lie(caller, agreement, provider):
    provider.persons = {"data": {"items": provider.persons[:1], "total": 1}, "token": "internal"}

    body = {"names": ["张三", "李四"]}
    answer = caller.post(path(agreement, "search"), body, content_type="application/json")

    assert answer.json() == {"rows": [{"code": "000000000001", "name": "张三"}], "count": 1}
    (asked,) = provider.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/v2/search", body)


@pytest.mark.parametrize(
    "last",
    ["", "other", "persons/", "persons/a/b", "persons/..", "persons/.", "search", "../v1/persons"],
)
def test_a_call_that_is_not_allowed_is_not_passed_on(caller, agreement, provider, last):
    answer = caller.get(path(agreement, last))

    assert answer.status_code == 404
    assert provider.asked == []
    assert set(Pull.objects.values_list("result", "status")) <= {("denied", 404)}


def test_a_method_that_is_not_allowed_is_not_passed_on(caller, agreement, provider):
    body: dict[str, str] = {}
    post = caller.post(path(agreement, "persons"), body, content_type="application/json")

    assert (post.status_code, post.json()["code"]) == (404, "call_not_allowed")
    assert caller.put(path(agreement, "persons")).status_code == 405
    assert caller.head(path(agreement, "persons")).status_code == 405
    assert provider.asked == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"other": "1"}, "other"),
        ({"year": "1", "callback": "x"}, "callback"),
        ({"year": "9" * 8_001}, "parameters"),
    ],
)
def test_parameters_that_are_not_allowed_are_named(caller, agreement, provider, asked, field):
    answer = caller.get(path(agreement, "persons"), asked)

    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert provider.asked == []
    assert noted_once()[0].result == "denied"


@pytest.mark.parametrize("body", ["[]", '"a"', '{"names": {"a": 1}}', '{"names": null}', "{"])
def test_a_body_that_is_no_object_of_parameters_is_refused(caller, agreement, provider, body):
    answer = caller.post(path(agreement, "search"), body, content_type="application/json")

    assert answer.status_code == 422
    assert provider.asked == []


def test_who_is_no_party_learns_nothing(cast, agreement, provider):
    stranger = with_key(cast.strange_system)

    answer = stranger.get(path(agreement, "persons"))
    nothing = stranger.get(path(Agreement(number="GXXY-1999-0001"), "persons"))

    assert (answer.status_code, answer.json()) == (404, nothing.json())
    assert provider.asked == []


def test_an_agreement_for_another_mode_does_not_call(cast, interface, caller, provider):
    agreement = agreed_on(cast, interface.resource, sharing_mode=SharingMode.FILE)
    type(agreement).objects.filter(pk=agreement.pk).update(state=AgreementState.ACTIVE)

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert provider.asked == []


def test_a_closed_interface_passes_nothing_on(cast, caller, agreement, interface, provider):
    interfaces.close_interface(
        interface=interface, version=interface.version, by=cast.provider_steward
    )

    assert caller.get(path(agreement, "persons")).status_code == 404
    assert provider.asked == []


def test_an_agreement_that_has_ended_does_not_call(cast, caller, agreement, provider):
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)

    answer = caller.get(path(agreement, "persons"))

    assert answer.status_code == 403
    assert "超范围使用" in answer.json()["message"]
    assert provider.asked == []


def test_an_agreement_that_ends_during_the_call_gets_no_row(cast, caller, agreement, provider):
    def end() -> None:
        agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        connections.close_all()

    provider.meanwhile = end

    answer = caller.get(path(agreement, "persons"))

    assert answer.status_code == 403
    assert "超范围使用" in answer.json()["message"]
    assert (len(provider.asked), noted_once()[0].rows) == (1, 0)


def test_calls_a_day_are_counted_before_the_provider_is_asked(caller, agreement, provider):
    Agreement.objects.filter(pk=agreement.pk).update(calls_a_day=1)

    first, second = (caller.get(path(agreement, "persons")) for _call in range(2))

    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["Retry-After"]) > 0
    assert len(provider.asked) == 1


def test_an_answer_of_more_rows_than_are_left_is_not_given(caller, agreement, provider):
    Agreement.objects.filter(pk=agreement.pk).update(rows_a_day=5)

    answers = [caller.get(path(agreement, "persons")) for _call in range(2)]
    provider.persons = provider.persons[:2]
    fitting = caller.get(path(agreement, "persons"))

    assert [answer.status_code for answer in answers] == [200, 429]
    assert (fitting.status_code, fitting.json()["count"]) == (200, 2)
    assert list(Pull.objects.order_by("id").values_list("rows", flat=True)) == [3, 0, 2]


def test_an_agreement_opens_with_the_interface_when_there_are_no_rows(cast, interface):
    by = cast.provider_steward
    interfaces.close_interface(interface=interface, version=interface.version, by=by)
    agreement = agreed_on(cast, interface.resource)
    assert agreement.state == AgreementState.PENDING
    assert sweep().activated == 0

    interface.refresh_from_db()
    interfaces.open_interface(interface=interface, version=interface.version, by=by)

    assert sweep().activated == 1
    agreement.refresh_from_db()
    assert agreement.is_active


def test_a_breaker_that_cannot_be_read_lets_the_call_pass(caller, agreement, interface):
    server = redis.Redis.from_url(current.REDIS_URL)
    server.set(f"portal:interface:{interface.pk}:failures", "not a number")

    answer = caller.get(path(agreement, "persons"))

    assert answer.status_code == 200
