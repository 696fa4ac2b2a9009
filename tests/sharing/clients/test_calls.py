"""Catalogue, rows, verification and refusals through the Python client."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from govshare_client import (
    InvalidError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    Portal,
    PortalError,
    QuotaExceededError,
    UnavailableError,
    UnreachableError,
    Verified,
)
from oauth2_provider.models import get_access_token_model

from sharing.models import Agreement, Pull
from sharing.services import agreements

from .conftest import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_catalogue_is_searched_and_agreements_are_listed(portal, cast, resource, agreement):
    found = list(portal.search(resource.name))

    assert [(one.id, one.name) for one in found] == [(resource.pk, resource.name)]
    assert found[0].department == cast.civil.name
    assert portal.resource(resource.pk).row_count == 5
    assert [(one.number, one.state) for one in portal.agreements()] == [
        (agreement.number, "active")
    ]
    assert list(portal.agreements(state="terminated")) == []
    assert portal.agreement(agreement.number).terms().items == ("code", "name")
    assert portal.agreement(agreement.number).key() == ["code"]


def test_lists_go_on_over_pages(portal, cast, resource, agreement):
    assert [one.number for one in portal.agreements(limit=1)] == [agreement.number]
    assert [one.id for one in portal.search(limit=1)] == [resource.pk]


def test_rows_come_in_pages_with_fields_and_filter(drawn):
    asked = {"column": "code", "op": "ge", "value": "000000000002"}

    rows = list(drawn.rows(fields=["name"], filter=asked, page_size=2))

    assert rows == [{"name": f"name {i}"} for i in range(2, 6)]
    assert list(Pull.objects.order_by("id").values_list("rows", flat=True)) == [2, 2, 0]


def test_rows_come_from_the_end_too(drawn):
    rows = list(drawn.rows(order="-code", fields=["name"], page_size=2))

    assert rows == [{"name": f"name {i}"} for i in range(5, 0, -1)]


def test_keys_and_values_are_verified_in_their_order(drawn):
    entries = ["000000000001", {"code": "000000000002", "name": "other"}, "999999999999"]

    assert list(drawn.verify(entries)) == [
        Verified(found=True, matched=(), differ=()),
        Verified(found=True, matched=(), differ=("name",)),
        Verified(found=False, matched=(), differ=()),
    ]


def test_more_keys_than_a_call_takes_are_sent_in_several(drawn):
    entries = ["000000000001", *("999999999999" for _ in range(10_000))]

    found = [one.found for one in drawn.verify(entries)]

    assert (len(found), found[0], any(found[1:])) == (10_001, True, False)
    assert list(Pull.objects.order_by("id").values_list("kind", "rows")) == [
        ("verify", 10_000),
        ("verify", 1),
    ]


def test_a_token_that_ended_before_its_time_is_renewed_once(drawn):
    tokens = get_access_token_model().objects
    next(drawn.rows())
    tokens.all().delete()

    assert len(list(drawn.rows())) == 5
    assert tokens.count() == 1


def test_a_wrong_secret_and_a_revoked_client_are_told_as_such(live_server, cast, agreement):
    made = client_of(cast.system)
    wrong = Portal(live_server.url, client_id=made.client_id, client_secret="wrong")

    with pytest.raises(NotSignedInError) as refused:
        list(wrong.agreements())

    assert (refused.value.code, refused.value.status) == ("invalid_client", 401)
    assert not Pull.objects.exists()


def test_a_secret_is_not_in_what_is_shown_of_a_portal(portal, credentials):
    assert credentials["client_secret"] not in repr(portal.connection._credentials)


def test_refusals_are_exceptions_with_the_portals_code(cast, portal, drawn, agreement):
    with pytest.raises(NotFoundError) as unknown:
        portal.agreement("GXXY-1999-0001").terms()
    with pytest.raises(InvalidError) as wrong:
        list(drawn.rows(fields=["nothing"]))
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
    with pytest.raises(NotAllowedError) as ended:
        list(drawn.rows())

    assert unknown.value.code == "not_found"
    assert list(wrong.value.fields) == ["fields"]
    assert wrong.value.fields["fields"][0].startswith("Not in this agreement: nothing.")
    assert "nothing" in str(wrong.value)
    assert ended.value.code == "not_allowed"
    assert "超范围使用" in ended.value.message


def test_a_quota_that_ends_tomorrow_is_raised_at_once(drawn, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(calls_a_day=1)
    list(drawn.rows())

    with pytest.raises(QuotaExceededError) as refused:
        list(drawn.rows())

    assert refused.value.code == "quota_exceeded"
    assert refused.value.retry_after > 0
    assert Pull.objects.filter(status=429).count() == 1


class Busy(BaseHTTPRequestHandler):
    """A portal that answers what it is told to, one answer a call."""

    answers: list[tuple[int, dict[str, str], bytes]] = []
    calls: list[str] = []

    def do_GET(self):
        self.calls.append(self.headers["Authorization"])
        status, headers, body = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words):
        """Not into the output of the tests."""


@pytest.fixture
def busy():
    Busy.answers, Busy.calls = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


SLOW_DOWN = (429, {"Retry-After": "1"}, b'{"code": "quota_exceeded", "message": "m", "fields": {}}')
NO_MORE = (200, {}, b'{"results": [], "next": null}')


def test_retry_after_is_waited_for(busy):
    Busy.answers = [SLOW_DOWN, (503, {"Retry-After": "0"}, b"{}"), NO_MORE]

    assert list(Portal(busy, api_key="k").agreements()) == []

    assert Busy.calls == ["Api-Key k"] * 3


def test_patience_ends(busy):
    Busy.answers = [SLOW_DOWN] * 9

    with pytest.raises(QuotaExceededError) as hasty:
        list(Portal(busy, api_key="k", patience=0).agreements())
    assert (hasty.value.retry_after, len(Busy.calls)) == (1, 1)

    with pytest.raises(QuotaExceededError):
        list(Portal(busy, api_key="k", patience=2).agreements())
    assert len(Busy.calls) == 1 + 3


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ((503, {}, b"<html>"), UnavailableError),
        ((503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"[]"), UnavailableError),
        ((200, {}, b"<html>"), UnreachableError),
    ],
)
def test_what_is_no_portal_is_told_as_such(busy, answer, raised):
    Busy.answers = [answer]

    with pytest.raises(raised):
        list(Portal(busy, api_key="k").agreements())

    assert len(Busy.calls) == 1


def test_a_redirect_is_not_followed_with_the_credential(busy):
    Busy.answers = [(302, {"Location": f"{busy}/elsewhere"}, b"")]

    with pytest.raises(PortalError) as refused:
        list(Portal(busy, api_key="k").agreements())

    assert (refused.value.status, len(Busy.calls)) == (302, 1)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"client_id": "a"},
        {"client_id": "a", "client_secret": "b", "api_key": "c"},
    ],
)
def test_one_credential_is_needed(given):
    with pytest.raises(ValueError, match="client_id and client_secret, or api_key"):
        Portal("https://portal.example", **given)


def test_an_address_is_needed():
    with pytest.raises(ValueError, match="Not the address of a portal"):
        Portal("ftp://portal.example", api_key="k")
