"""Rows and exports as an information system draws them: over HTTP, with its key."""

import json
import threading
import time

import pytest
from django.db import connection, connections
from django.test import Client

from audit.models import Entry
from catalog.models import Resource
from sharing import outlet
from sharing.delivery.exports import BrokenOffError
from sharing.models import Pull
from sharing.services import agreements
from sharing.services.sweeping import sweep
from tests.factories import InformationSystemFactory, in_days

from .calls import path, with_key
from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)


def noted_once():
    """The one line of the one call, and its entry."""
    return Pull.objects.get(), Entry.objects.get(action__startswith="sharing.pull.")


def test_a_page_has_one_shape(caller, agreement):
    answer = caller.get(path(agreement))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "rows": [{"code": f"00000000000{n}", "name": f"name {n}"} for n in range(1, 6)],
        "count": 5,
        "next": None,
    }
    pull, entry = noted_once()
    assert (pull.result, pull.status, pull.rows, pull.bytes) == ("ok", 200, 5, len(answer.content))
    assert (entry.action, entry.actor_kind, entry.actor_name) == (
        "sharing.pull.finish",
        "system",
        "学籍系统",
    )


@pytest.mark.parametrize("limit", [1, 7, 20, 99, 100, 101, 10_000])
def test_pages_of_any_size_give_every_row_once_in_the_order_of_the_key(
    cast, caller, by_year, limit
):
    # given
    agreement = agreed_on(cast, by_year, items=("note",))
    got: list[tuple[str, int]] = []
    asked: dict[str, object] = {"limit": limit, "fields": "year,area"}
    calls = 0

    # when
    while True:
        answer = caller.get(path(agreement), asked).json()
        calls += 1
        assert answer["count"] == len(answer["rows"]) <= limit
        assert all(list(row) == ["year", "area"] for row in answer["rows"])
        got += [(row["area"], row["year"]) for row in answer["rows"]]
        if answer["next"] is None:
            break
        asked["after"] = answer["next"]

    # then
    assert got == [(f"{area}0000", year) for area in range(11, 15) for year in range(5, 30)]
    assert calls == Pull.objects.count()
    assert calls == Entry.objects.filter(action="sharing.pull.finish").count()


def test_the_cursor_goes_on_when_the_key_is_not_among_the_fields(cast, caller, by_year):
    agreement = agreed_on(cast, by_year, items=("note",))

    first = caller.get(path(agreement), {"limit": 60, "fields": "note"}).json()
    second = caller.get(
        path(agreement), {"limit": 60, "fields": "note", "after": first["next"]}
    ).json()

    assert (first["count"], second["count"], second["next"]) == (60, 40, None)


def test_several_values_of_a_filter_mean_any_and_several_filters_mean_all(cast, caller, by_year):
    agreement = agreed_on(cast, by_year, items=("note",))

    answer = caller.get(path(agreement), {"area": ["110000", "130000"], "year": "7"}).json()

    assert [(row["area"], row["year"]) for row in answer["rows"]] == [("110000", 7), ("130000", 7)]


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"fields": "code,parent_code"}, "fields", "Not in this agreement: parent_code."),
        ({"parent_code": "1"}, "filter", "Not in this agreement: parent_code."),
        ({"nothing": "1"}, "filter", "Not in this agreement: nothing."),
        ({"limit": "0"}, "limit", "A whole number from 1 to 10000."),
        ({"limit": "10001"}, "limit", "A whole number from 1 to 10000."),
        ({"limit": "-1"}, "limit", "A whole number from 1 to 10000."),
        ({"limit": "٣"}, "limit", "A whole number from 1 to 10000."),
        ({"limit": "9" * 5000}, "limit", "A whole number from 1 to 10000."),
        ({"limit": ""}, "limit", "A whole number from 1 to 10000."),
        ({"after": ""}, "after", "Not a cursor of this agreement"),
        ({"after": "WzEsWyIxIl1d:abc:def"}, "after", "Not a cursor of this agreement"),
    ],
)
def test_a_wrong_call_is_422_and_says_what_is_wrong(caller, agreement, asked, field, words):
    answer = caller.get(path(agreement), asked)

    assert answer.status_code == 422
    told = answer.json()
    assert (told["code"], list(told["fields"])) == ("invalid", [field])
    assert told["fields"][field][0].startswith(words)
    pull, entry = noted_once()
    assert (pull.result, pull.status, entry.action) == ("denied", 422, "sharing.pull.deny")


def test_a_cursor_that_was_tampered_with_or_is_anothers_is_422(cast, caller, agreement, by_year):
    # given
    good = caller.get(path(agreement), {"limit": 2}).json()["next"]
    other = agreed_on(cast, by_year, items=("note",))
    head, tail = good.split(":", 1)

    # then
    for cursor in (head[:-1] + ("A" if head[-1] != "A" else "B") + ":" + tail, good[:-1], head):
        assert caller.get(path(agreement), {"after": cursor}).status_code == 422
    assert list(caller.get(path(other), {"after": good}).json()["fields"]) == ["after"]
    assert caller.get(path(agreement), {"after": good}).json()["count"] == 3


def test_the_export_is_byte_for_byte_what_copy_gives(cast, caller, by_year):
    # given
    agreement = agreed_on(cast, by_year, items=("note",))
    with connection.cursor() as cursor:
        statement = (
            f"COPY (SELECT area, year, note FROM store.r_{by_year.pk} ORDER BY area, year)"
            " TO STDOUT WITH (FORMAT csv, HEADER)"
        )
        with cursor.copy(statement) as copy:
            whole = b"".join(bytes(block) for block in copy)

    # when
    answer = caller.get(path(agreement, "export.csv"))
    body = answer.getvalue()

    # then
    assert body == whole
    assert b"secret" not in body
    pull, entry = noted_once()
    assert (pull.kind, pull.result, pull.rows, pull.bytes) == ("csv", "ok", 100, len(whole))
    assert (entry.action, entry.data["items"]) == ("sharing.pull.finish", ["area", "year", "note"])


def test_an_empty_table_gives_an_empty_page_and_a_header(cast, caller, agreement):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM store.r_{agreement.resource_id}")

    assert caller.get(path(agreement)).json() == {"rows": [], "count": 0, "next": None}
    assert caller.get(path(agreement, "export.csv")).getvalue() == b"code,name\n"
    assert list(Pull.objects.values_list("rows", flat=True)) == [0, 0]


BOTH = pytest.mark.parametrize("last", ["rows/", "export.csv"])


@BOTH
def test_without_a_key_it_is_401(agreement, last):
    for headers in ({}, {"Authorization": "Api-Key nonsense"}):
        answer = Client(headers=headers).get(path(agreement, last))
        assert answer.status_code == 401
        assert set(answer.json()) == {"code", "message", "fields"}
    assert not Pull.objects.exists()


@BOTH
def test_another_department_gets_the_404_of_what_does_not_exist(cast, agreement, last):
    stranger = with_key(cast.strange_system)

    answer = stranger.get(path(agreement, last))
    nothing = stranger.get(f"/api/v1/agreements/GXXY-1999-0001/{last}")

    assert (answer.status_code, answer.json()) == (nothing.status_code, nothing.json())
    assert answer.status_code == 404
    # A number that does not exist is in the trail too: who tries numbers is seen there.
    assert [pull.status for pull in Pull.objects.all()] == [404]
    denied = Entry.objects.filter(action__startswith="sharing.pull.")
    assert [(entry.action, entry.result) for entry in denied] == [
        ("sharing.pull.deny", "denied")
    ] * 2


@BOTH
def test_a_number_that_cannot_be_is_404(caller, agreement, last):
    for number in ("9" * 300, "%F0%9F%98%80", "a%27b"):
        assert caller.get(f"/api/v1/agreements/{number}/{last}").status_code == 404


@BOTH
def test_the_providers_own_system_is_told_that_the_requester_draws(cast, agreement, last):
    provider = with_key(InformationSystemFactory(department=cast.civil, name="户籍系统"))

    answer = provider.get(path(agreement, last))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert answer.json()["message"] == "Only the requester draws rows under this agreement."
    assert noted_once()[0].status == 403


@BOTH
def test_a_pending_agreement_says_that_it_waits(cast, caller, resource, last):
    agreement = agreed_on(cast, resource)

    answer = caller.get(path(agreement, last))

    assert answer.status_code == 403
    assert answer.json()["message"].startswith("The provider has not opened the data yet")
    assert noted_once()[0].rows == 0


@BOTH
def test_a_terminated_agreement_says_why(cast, caller, agreement, last):
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)

    answer = caller.get(path(agreement, last))

    assert answer.status_code == 403
    assert answer.json()["message"].endswith(": 超范围使用")
    assert noted_once()[1].data["reason"].endswith("超范围使用")


@BOTH
def test_an_expired_agreement_says_its_last_day(cast, caller, agreement, last):
    type(agreement).objects.filter(pk=agreement.pk).update(
        starts_on=in_days(-9), ends_on=in_days(-1)
    )
    assert sweep().expired == 1

    answer = caller.get(path(agreement, last))

    assert answer.status_code == 403
    assert in_days(-1).isoformat() in answer.json()["message"]


@BOTH
def test_on_its_last_day_rows_still_come(cast, caller, filled, last):
    agreement = agreed_on(cast, filled, use_until=in_days(0))

    answer = caller.get(path(agreement, last))

    assert answer.status_code == 200
    # An export that nobody reads to its end keeps its session.
    assert len(answer.getvalue()) > 0


def test_a_closed_system_draws_no_more(cast, caller, agreement):
    type(cast.system).objects.filter(pk=cast.system.pk).update(is_active=False)

    assert caller.get(path(agreement)).status_code == 401


def test_an_end_cuts_an_export_over_http_within_two_seconds(cast, caller, resource):
    # given a caller that has read one chunk of many
    fill(resource, rows=400_000)
    agreement = agreed_on(cast, resource)
    answer = caller.get(path(agreement, "export.csv"))
    stream = iter(answer.streaming_content)
    first = next(stream)

    # when
    def end() -> None:
        agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        connections.close_all()

    ending = threading.Thread(target=end)
    began = time.monotonic()
    ending.start()
    ending.join(20)
    rest: list[bytes] = []
    with pytest.raises(BrokenOffError):
        rest.extend(stream)
    took = time.monotonic() - began
    answer.close()

    # then
    assert first.startswith(b"code,name\n")
    assert took < 2
    assert not outlet.view_exists(agreement)
    assert not Resource.objects.permitted(cast.system, "pull_resource").exists()
    pull, entry = noted_once()
    assert (pull.result, entry.action, entry.result) == ("broken", "sharing.pull.break", "broken")
    assert pull.rows < 400_000
    assert json.loads(caller.get(path(agreement)).content)["code"] == "not_allowed"
