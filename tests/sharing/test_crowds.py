"""Many callers at once, callers that vanish, and callers that say only half: through the real web server."""

import json
import socket
import struct
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests
from django.db import connection

from portal.organisation.models import DutyKind
from portal.organisation.services.systems import issue_api_key
from sharing.models import Agreement, Pull
from sharing.services import agreements
from tests.factories import UserFactory
from tests.journeys.processes import web

from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 1_000
ANSWER_LIMIT = 300


@pytest.fixture
def secret(cast):
    steward = UserFactory(department=cast.education, duties=[DutyKind.STEWARD])
    return issue_api_key(system=cast.system, days=30, by=steward).secret


def opened(address: str, *, buffer: int | None = None) -> socket.socket:
    where = urlsplit(address)
    made = socket.socket()
    if buffer is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.settimeout(ANSWER_LIMIT)
    made.connect((where.hostname, where.port))
    return made


def request(agreement, secret, last, method="GET", **headers) -> bytes:
    lines = [
        f"{method} /api/v1/agreements/{agreement.number}/{last} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Api-Key {secret}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer_of(caller: socket.socket) -> tuple[int, bytes]:
    """Status and body of an answer after which the server closes."""
    said = b""
    while piece := caller.recv(65_536):
        said += piece
    head, _blank, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def sessions(name: str = "portal-") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE starts_with(application_name, %s)", [name]
        )
        return cursor.fetchone()[0]


def readers() -> int:
    return sessions("portal-pull") + sessions("portal-reader")


def until(is_so, *, seconds: float) -> float:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def test_a_thousand_callers_at_once_get_whole_answers_and_exactly_what_is_agreed(
    cast, agreement, secret, tmp_path
):
    # given
    Agreement.objects.filter(pk=agreement.pk).update(calls_a_day=CROWD - 100)
    asked = request(agreement, secret, "rows/?limit=2", Connection="close")
    before = readers()

    # when
    with web(tmp_path) as address, ExitStack() as crowd:
        callers = [crowd.enter_context(opened(address)) for _place in range(CROWD)]
        for caller in callers:
            caller.sendall(asked)
        answers = [answer_of(caller) for caller in callers]
        held = readers()

    # then
    statuses = [status for status, _body in answers]
    assert (statuses.count(200), statuses.count(429)) == (CROWD - 100, 100)
    bodies = {body for status, body in answers if status == 200}
    assert {tuple(row["name"] for row in json.loads(body)["rows"]) for body in bodies} == {
        ("name 1", "name 2")
    }
    assert {json.loads(body)["code"] for status, body in answers if status == 429} == {
        "quota_exceeded"
    }
    results = list(Pull.objects.values_list("result", flat=True))
    assert (results.count("ok"), results.count("denied")) == (CROWD - 100, 100)
    assert held - before <= 16


def test_a_thousand_connections_that_say_nothing_or_half_keep_nobody_waiting(
    cast, agreement, secret, tmp_path
):
    whole = request(agreement, secret, "rows/")
    says = [b"", whole[:40], whole[:-2]]

    with web(tmp_path) as address, ExitStack() as crowd:
        for place in range(CROWD):
            crowd.enter_context(opened(address)).sendall(says[place % len(says)])
        began = time.monotonic()
        answers = [
            requests.get(
                f"{address}/api/v1/agreements/{agreement.number}/rows/",
                headers={"Authorization": f"Api-Key {secret}"},
                timeout=20,
            )
            for _time in range(5)
        ]
        took = time.monotonic() - began

    assert [answer.json()["count"] for answer in answers] == [5] * 5
    assert took < 10
    assert list(Pull.objects.values_list("result", flat=True)) == ["ok"] * 5


def test_who_vanishes_leaves_neither_session_nor_place(cast, resource, secret, tmp_path):
    # given
    fill(resource, rows=600_000)
    agreement = agreed_on(cast, resource)
    Agreement.objects.filter(pk=agreement.pk).update(exports_at_once=1)
    asked = request(agreement, secret, "export.csv", Connection="close")

    with web(tmp_path) as address:
        with opened(address, buffer=16_384) as caller:
            caller.sendall(asked)
            assert caller.recv(16_384).startswith(b"HTTP/1.1 200")

            # when the line is cut, without a goodbye
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        # then
        until(lambda: Pull.objects.exists(), seconds=30)
        until(lambda: sessions("portal-pull:") == 0, seconds=30)
        with opened(address) as next_one:
            next_one.sendall(asked)
            status, body = answer_of(next_one)

    assert status == 200
    assert body.count(b"\n") >= 600_001
    noted = list(Pull.objects.order_by("id").values_list("result", "rows"))
    assert [result for result, _rows in noted] == ["broken", "ok"]
    assert 0 < noted[0][1] < 600_000 == noted[1][1]


def test_who_reads_nothing_keeps_nobody_waiting_and_is_cut_by_the_end(
    cast, resource, secret, tmp_path
):
    # given
    fill(resource, rows=600_000)
    agreement = agreed_on(cast, resource)
    export = request(agreement, secret, "export.csv", Connection="close")
    page = request(agreement, secret, "rows/?limit=1", Connection="close")

    with web(tmp_path) as address, ExitStack() as crowd:
        slow = [crowd.enter_context(opened(address, buffer=16_384)) for _place in range(4)]
        for caller in slow:
            caller.sendall(export)
            assert caller.recv(4_096).startswith(b"HTTP/1.1 200")
        assert sessions("portal-pull:") == len(slow)

        # when
        began = time.monotonic()
        for _time in range(20):
            with opened(address) as other:
                other.sendall(page)
                assert answer_of(other)[0] == 200
        took = time.monotonic() - began
        agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)

        # then
        assert sessions("portal-pull:") == 0
        bodies = []
        for caller in slow:
            body = b""
            while piece := caller.recv(65_536):
                body += piece
            bodies.append(body)
        until(lambda: Pull.objects.filter(result="broken").count() == len(slow), seconds=30)

    assert took < 10
    assert not any(body.count(b"\n") > 600_000 for body in bodies)
    assert all(b"INCOMPLETE. " in body for body in bodies)
    assert all(pull.rows < 600_000 for pull in Pull.objects.filter(kind="csv"))
