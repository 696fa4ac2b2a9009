"""Quotas of an agreement: exact with many calls at once, told with the time to try again."""

import threading
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.utils import timezone
from rest_framework.test import APIClient

from portal.common.errors import DomainError
from sharing.delivery import exports, pages, quotas, running
from sharing.models import Agreement, Pull

from .conftest import ROWS

pytestmark = pytest.mark.django_db(transaction=True)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _empty_counters():
    server = redis.Redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter("portal:quota:*"):
        server.delete(key)


def limited(agreement: Agreement, **given: int) -> Agreement:
    Agreement.objects.filter(pk=agreement.pk).update(**given)
    agreement.refresh_from_db()
    return agreement


def page(agreement, cast, **asked: list[str]) -> bytes:
    return pages.rows(number=agreement.number, party=cast.system, asked=asked)


def whole(agreement, cast) -> bytes:
    stream = exports.export(number=agreement.number, party=cast.system)
    got = b"".join(stream)
    stream.close()
    return got


def outcome(act) -> str:
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return "done"


def test_without_quotas_nothing_is_counted(cast, agreement):
    page(agreement, cast)

    assert list(redis.Redis.from_url(settings.REDIS_URL).scan_iter("portal:quota:*")) == []


def test_calls_a_day_are_counted_to_the_last(cast, agreement):
    limited(agreement, calls_a_day=2)

    found = [outcome(lambda: page(agreement, cast)) for _call in range(3)]

    assert found == ["done", "done", "quota_exceeded"]
    assert list(Pull.objects.order_by("id").values_list("result", "status")) == [
        ("ok", 200),
        ("ok", 200),
        ("denied", 429),
    ]


def test_many_calls_at_once_pass_exactly_as_often_as_agreed(cast, agreement):
    limited(agreement, calls_a_day=3)
    together = threading.Barrier(8)
    found: list[str] = []

    def call() -> None:
        together.wait(10)
        found.append(outcome(lambda: page(agreement, cast)))
        connections.close_all()

    threads = [threading.Thread(target=call) for _number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)

    assert sorted(found) == ["done"] * 3 + ["quota_exceeded"] * 5
    assert Pull.objects.filter(result="ok").count() == 3


def test_rows_a_day_are_given_to_the_last_one_and_the_cursor_goes_on(cast, agreement):
    limited(agreement, rows_a_day=3)

    first = page(agreement, cast, limit=["2"])
    second = page(agreement, cast, limit=["2"])

    assert b'"count":2' in first
    assert b'"count":1' in second
    assert b'"next":null' not in second
    assert outcome(lambda: page(agreement, cast)) == "quota_exceeded"


def test_rows_that_were_not_there_are_given_back(cast, agreement):
    limited(agreement, rows_a_day=ROWS * 2)

    found = [outcome(lambda: page(agreement, cast, limit=["1000"])) for _call in range(3)]

    assert found == ["done", "done", "quota_exceeded"]


def test_an_export_is_whole_or_refused(cast, agreement):
    limited(agreement, rows_a_day=ROWS + 1)

    assert whole(agreement, cast).count(b"\n") == ROWS + 1
    with pytest.raises(quotas.QuotaError) as refused:
        whole(agreement, cast)

    assert str(ROWS) in str(refused.value.message)
    assert b'"count":1' in page(agreement, cast)


def test_exports_at_the_same_time_are_as_many_as_agreed(cast, agreement):
    limited(agreement, exports_at_once=1)
    running = exports.export(number=agreement.number, party=cast.system)

    assert outcome(lambda: whole(agreement, cast)) == "quota_exceeded"
    running.close()

    assert outcome(lambda: whole(agreement, cast)) == "done"


def test_the_place_of_an_export_is_kept_while_its_process_lives_and_free_soon_after(
    cast, agreement, settings
):
    settings.DELIVERY_LEASE_SECONDS = 2
    limited(agreement, exports_at_once=1)
    taken = quotas.take(agreement, rows=1, is_export=True)
    assert taken is not None
    time.sleep(3)

    assert outcome(lambda: whole(agreement, cast)) == "quota_exceeded"
    # as if its process had died
    running.heart.drop(taken.keys[2], taken.lease)
    time.sleep(3)

    assert outcome(lambda: whole(agreement, cast)) == "done"


def test_a_call_that_was_wrong_is_not_counted(cast, agreement):
    limited(agreement, calls_a_day=1)

    found = [
        outcome(lambda: page(agreement, cast, fields=["parent_code"])),
        outcome(lambda: page(agreement, cast)),
    ]

    assert found == ["invalid", "done"]


def test_counters_that_were_lost_begin_with_what_the_record_says(cast, agreement):
    limited(agreement, calls_a_day=2)
    page(agreement, cast)
    redis.Redis.from_url(settings.REDIS_URL).flushdb()

    found = [outcome(lambda: page(agreement, cast)) for _call in range(2)]

    assert found == ["done", "quota_exceeded"]


def test_a_day_ends_at_midnight_in_shanghai(cast, agreement, monkeypatch):
    limited(agreement, calls_a_day=1)
    today = timezone.localdate()
    late = datetime(today.year, today.month, today.day, 23, 59, 30, tzinfo=SHANGHAI)
    monkeypatch.setattr(timezone, "now", lambda: late)
    page(agreement, cast)
    with pytest.raises(quotas.QuotaError) as refused:
        page(agreement, cast)
    assert refused.value.retry_after == 31

    monkeypatch.setattr(timezone, "now", lambda: late + timedelta(seconds=31))

    assert outcome(lambda: page(agreement, cast)) == "done"


def test_the_api_answers_429_with_retry_after_and_words(cast, agreement):
    limited(agreement, calls_a_day=1)
    caller = APIClient()
    caller.force_authenticate(cast.system)
    path = f"/api/v1/agreements/{agreement.number}/rows/"
    caller.get(path)

    answer = caller.get(path)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
    assert answer.json()["code"] == "quota_exceeded"
    assert "1" in answer.json()["message"]


def test_without_valkey_nothing_is_delivered_uncounted(cast, agreement, monkeypatch):
    limited(agreement, calls_a_day=9)
    nowhere = redis.Redis(host="127.0.0.1", port=1)
    monkeypatch.setattr(quotas, "_server", lambda: nowhere)

    assert outcome(lambda: page(agreement, cast)) == "quotas_away"
    assert Pull.objects.get().result == "denied"


def test_the_page_shows_use_beside_what_is_agreed(cast, agreement, client):
    limited(agreement, calls_a_day=1234)
    page(agreement, cast)
    client.force_login(cast.applicant)

    html = client.get(agreement.get_absolute_url(), headers={"accept-language": "en"}).content

    assert "1 / 1,234" in html.decode().replace("\u202f", ",").replace(" ", " ")
