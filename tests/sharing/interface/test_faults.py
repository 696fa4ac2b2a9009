"""An interface that is slow, broken, wrong or elsewhere: a clear error, nothing foreign, and rest for it."""

import json
import socket
import threading

import pytest
import redis
from django.conf import settings as current
from django.db import connections

from catalog.interfaces.breaker import FAILURES, is_resting
from catalog.models import AllowedNetwork, PublishedInterface
from sharing.models import Pull
from tests.sharing.test_delivery_api import with_key

from .conftest import path

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("status", "headers", "code", "told", "calls"),
    [
        (500, JSON, "interface_failed", 502, 3),
        (503, JSON, "interface_failed", 502, 3),
        (501, JSON, "interface_failed", 502, 1),
        (401, JSON, "interface_refused", 502, 1),
        (403, JSON, "interface_refused", 502, 1),
        (404, JSON, "interface_not_found", 404, 1),
        (400, JSON, "interface_call_wrong", 422, 1),
        (302, {"Location": "http://127.0.0.1/secret"}, "interface_redirects", 502, 1),
        (204, JSON, "interface_failed", 502, 1),
        (200, HTML, "interface_no_json", 502, 1),
        (200, {}, "interface_no_json", 502, 1),
        (503, {"Retry-After": "7"}, "interface_busy", 503, 1),
        (429, {"Retry-After": "99999"}, "interface_busy", 503, 1),
    ],
)
def test_each_status_has_its_refusal(
    caller, agreement, provider, status, headers, code, told, calls
):
    provider.answers = [(status, headers, b'{"detail": "internal words"}')] * 3

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (told, code)
    assert "internal" not in answer.text
    assert "127.0.0.1" not in answer.text
    assert len(provider.asked) == calls
    pull = Pull.objects.get()
    assert (pull.result, pull.status, pull.rows) == ("broken", told, 0)
    if code == "interface_busy":
        assert answer.headers["Retry-After"] == ("7" if status == 503 else "3600")


def test_what_heals_is_tried_again_for_a_get_alone(caller, agreement, provider):
    broken = (502, JSON, b"{}")
    provider.answers = [broken, broken]
    healed = caller.get(path(agreement, "persons"))
    provider.answers = [broken]
    body = {"names": ["a"]}
    posted = caller.post(path(agreement, "search"), body, content_type="application/json")

    assert (healed.status_code, healed.json()["count"]) == (200, 3)
    assert posted.status_code == 502
    assert [asked.method for asked in provider.asked] == ["GET", "GET", "GET", "POST"]
    assert Pull.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "interface_no_json"),
        (b"<html>", "interface_no_json"),
        (b"\xff\xfe[]", "interface_no_json"),
        (b"[NaN]", "interface_no_json"),
        (b"[" * 200_000, "interface_no_json"),
        (b'["a"]', "interface_unfit"),
        (b"null", "interface_unfit"),
        (b'"text"', "interface_unfit"),
        (b'[{"code": "0000000000012", "name": "longer than the item"}]', "interface_unfit"),
        (b'[{"code": "1", "name": "\\u0000"}]', "interface_unfit"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_as_a_whole(caller, agreement, provider, body, code):
    provider.answers = [(200, JSON, body)]

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (502, code)
    assert (len(provider.asked), Pull.objects.get().rows) == (1, 0)


def test_an_answer_that_is_too_large_is_refused(caller, agreement, provider, settings):
    settings.INTERFACE_MOST_BYTES = 200
    large = caller.get(path(agreement, "persons"))
    settings.INTERFACE_MOST_BYTES = 10_000
    provider.persons = provider.persons * 4
    many = caller.get(path(agreement, "persons"))

    assert large.json()["code"] == many.json()["code"] == "interface_too_large"
    assert list(Pull.objects.values_list("status", "rows")) == [(502, 0), (502, 0)]


def test_an_interface_that_does_not_answer_in_time_is_not_waited_for(
    caller, agreement, interface, provider
):
    PublishedInterface.objects.filter(pk=interface.pk).update(seconds=1)
    provider.delay = 3

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (504, "interface_timed_out")
    assert len(provider.asked) == 1


def test_an_interface_that_breaks_off_is_told_as_such(caller, agreement, provider):
    cut = (200, {**JSON, "Content-Length": "9999"}, b"[")
    provider.answers = [cut, cut, cut]

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (502, "interface_cut")


def test_where_nobody_listens_it_cannot_be_reached(caller, agreement, interface):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    PublishedInterface.objects.filter(pk=interface.pk).update(address=address)

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (502, "interface_unreachable")


def test_the_portal_connects_into_open_networks_alone(
    caller, agreement, interface, provider, settings
):
    settings.SOURCE_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    by_address = caller.get(path(agreement, "persons"))
    port = provider.address.split(":")[2]
    PublishedInterface.objects.filter(pk=interface.pk).update(address=f"http://localhost:{port}")
    by_name = caller.get(path(agreement, "persons"))
    PublishedInterface.objects.filter(pk=interface.pk).update(
        address="http://169.254.169.254/latest"
    )
    settings.SOURCE_ALLOWED_NETWORKS = ["0.0.0.0/0"]
    metadata = caller.get(path(agreement, "persons"))

    assert not AllowedNetwork.objects.exists()
    for answer in (by_address, by_name, metadata):
        assert (answer.status_code, answer.json()["code"]) == (502, "interface_not_allowed")
    assert provider.asked == []


def test_a_secret_that_no_key_opens_is_not_sent(caller, agreement, interface, provider):
    PublishedInterface.objects.filter(pk=interface.pk).update(sealed_headers=b"broken")

    answer = caller.get(path(agreement, "persons"))

    assert (answer.status_code, answer.json()["code"]) == (502, "interface_secret")
    assert provider.asked == []


def test_an_interface_that_keeps_failing_is_left_alone_and_then_tried_once(
    caller, agreement, interface, provider
):
    # given
    provider.answers = [(501, JSON, b"{}")] * FAILURES
    failed = [caller.get(path(agreement, "persons")).status_code for _call in range(FAILURES)]

    # when it is left alone
    resting = caller.get(path(agreement, "persons"))

    # then
    assert failed == [502] * FAILURES
    assert is_resting(interface.pk)
    assert (resting.status_code, resting.json()["code"]) == (503, "interface_resting")
    assert 0 < int(resting.headers["Retry-After"]) <= 30
    assert len(provider.asked) == FAILURES

    # when the rest is over, one call decides
    rest_is_over(interface)
    provider.answers = [(501, JSON, b"{}")]
    assert caller.get(path(agreement, "persons")).status_code == 502
    assert caller.get(path(agreement, "persons")).status_code == 503
    rest_is_over(interface)
    healed = [caller.get(path(agreement, "persons")).status_code for _call in range(2)]

    # then
    assert healed == [200, 200]
    assert not is_resting(interface.pk)
    assert len(provider.asked) == FAILURES + 3


def test_after_a_rest_only_one_call_is_let_through(cast, agreement, interface, provider):
    server = redis.Redis.from_url(current.REDIS_URL)
    server.set(f"portal:interface:{interface.pk}:failures", FAILURES, ex=60)
    provider.delay = 1
    statuses: list[int] = []
    callers = [with_key(cast.system)] * 3

    def call(caller) -> None:
        statuses.append(caller.get(path(agreement, "persons")).status_code)
        connections.close_all()

    threads = [threading.Thread(target=call, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(statuses) == [200, 503, 503]
    assert len(provider.asked) == 1


def test_the_callers_own_errors_do_not_make_it_rest(caller, agreement, interface, provider):
    provider.answers = [(400, JSON, b"{}")] * (FAILURES + 1)
    for _call in range(FAILURES + 1):
        assert caller.get(path(agreement, "persons")).status_code == 422

    assert not is_resting(interface.pk)
    assert json.loads(caller.get(path(agreement, "persons")).content)["count"] == 3


def rest_is_over(interface) -> None:
    server = redis.Redis.from_url(current.REDIS_URL)
    server.delete(f"portal:interface:{interface.pk}:resting")
