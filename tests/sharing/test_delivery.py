import json
import threading
import time

import pytest
from django.db import connection, connections

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed, NotFound
from sharing import outlet
from sharing.delivery import copying, exports, pages
from sharing.delivery.exports import BrokenOffError
from sharing.models import Agreement, Pull
from sharing.services import agreements, suspensions
from tests.factories import InformationSystemFactory, in_days

from .conftest import agreed_on, data, fill

pytestmark = pytest.mark.django_db(transaction=True)


def page(agreement, party, **asked):
    given = {name: [str(value)] for name, value in asked.items()}
    return json.loads(pages.rows(number=agreement.number, party=party, asked=given))


def whole(agreement, party) -> bytes:
    stream = exports.export(number=agreement.number, party=party)
    try:
        return b"".join(stream)
    finally:
        stream.close()


def noted() -> tuple[Pull, Entry]:
    return Pull.objects.get(), Entry.objects.get(action__startswith="sharing.pull.")


def test_a_page_holds_the_agreed_items_in_the_order_of_the_key(cast, agreement):
    answer = page(agreement, cast.system)

    assert answer["count"] == 5
    assert answer["next"] is None
    assert answer["rows"][0] == {"code": "000000000001", "name": "name 1"}
    assert [row["code"][-1] for row in answer["rows"]] == ["1", "2", "3", "4", "5"]


def test_a_call_is_noted_once_on_the_page_and_in_the_trail(cast, agreement):
    page(agreement, cast.system, limit=2, fields="code")

    pull, entry = noted()
    assert (pull.result, pull.rows, pull.caller) == ("ok", 2, "学籍系统")
    assert pull.query == "fields=code&limit=2"
    assert pull.bytes > 0
    assert (entry.action, entry.data["rows"], entry.data["items"]) == (
        "sharing.pull.finish",
        2,
        ["code"],
    )
    assert set(entry.department_ids) == {cast.education.pk, cast.civil.pk}


def test_the_cursor_goes_on_where_the_page_ended(cast, agreement):
    first = page(agreement, cast.system, limit=2)
    second = page(agreement, cast.system, limit=2, after=first["next"])
    third = page(agreement, cast.system, limit=2, after=second["next"])

    codes = [row["code"][-1] for part in (first, second, third) for row in part["rows"]]
    assert codes == ["1", "2", "3", "4", "5"]
    assert third["next"] is None


def test_filters_are_equalities_on_agreed_items(cast, agreement):
    answer = page(agreement, cast.system, name="name 3")

    assert [row["code"] for row in answer["rows"]] == ["000000000003"]


def test_a_value_that_is_too_long_matches_nothing(cast, agreement):
    # a cast to the column's length would cut it down to a code that exists
    answer = page(agreement, cast.system, code="000000000003999")

    assert answer["count"] == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"fields": "code,parent_code"}, "fields"),
        ({"parent_code": "1"}, "filter"),
        ({"fields": "code;drop"}, "fields"),
        ({"limit": "0"}, "limit"),
        ({"limit": "10001"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"after": "nonsense"}, "after"),
        ({"name": "a\0b"}, "name"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(cast, agreement, asked, field):
    with pytest.raises(Invalid) as refused:
        page(agreement, cast.system, **asked)

    assert list(refused.value.fields) == [field]
    pull, entry = noted()
    assert (pull.result, pull.status, pull.rows) == ("denied", 422, 0)
    assert (entry.action, entry.result) == ("sharing.pull.deny", "denied")


def test_words_of_a_query_are_never_sql(cast, agreement):
    answer = page(agreement, cast.system, name="' OR true --")

    assert answer["rows"] == []


def test_a_cursor_is_of_one_agreement(cast, agreement):
    # given a cursor of another agreement, and one that was tampered with
    mine = page(agreement, cast.system, limit=1)["next"]
    agreements.terminate(agreement=agreement, reason="换新", by=cast.head)
    other = agreed_on(cast, agreement.resource)

    # then
    for cursor in (mine, mine[:-2] + "aa"):
        with pytest.raises(Invalid):
            page(other, cast.system, after=cursor)


def test_the_export_is_the_whole_grant_in_the_order_of_the_key(cast, agreement):
    body = whole(agreement, cast.system)

    lines = body.decode().splitlines()
    assert lines[0] == "code,name"
    assert lines[1] == "000000000001,name 1"
    assert len(lines) == 6
    pull, entry = noted()
    assert (pull.result, pull.rows, pull.bytes, pull.kind) == ("ok", 5, len(body), "csv")
    assert entry.action == "sharing.pull.finish"


def test_an_export_leaves_in_large_chunks(cast, resource):
    fill(resource, rows=60_000)
    agreement = agreed_on(cast, resource)

    stream = exports.export(number=agreement.number, party=cast.system)
    chunks = list(stream)

    assert sum(chunk.count(b"\n") for chunk in chunks) == 60_001
    assert min(len(chunk) for chunk in chunks[:-1]) >= copying.CHUNK
    assert Pull.objects.get().rows == 60_000


def test_who_hangs_up_is_noted_and_reads_no_more(cast, resource):
    # given
    fill(resource, rows=60_000)
    agreement = agreed_on(cast, resource)
    stream = exports.export(number=agreement.number, party=cast.system)
    next(iter(stream))

    # when
    stream.close()

    # then
    pull, entry = noted()
    assert pull.result == "broken"
    assert 0 < pull.rows < 60_000
    assert entry.action == "sharing.pull.break"
    assert backends(agreement) == 0


def test_who_never_starts_to_read_is_noted_too(cast, agreement):
    exports.export(number=agreement.number, party=cast.system).close()

    assert noted()[0].result == "broken"
    assert backends(agreement) == 0


@pytest.mark.parametrize("way", [page, whole])
def test_a_stranger_learns_nothing(cast, agreement, way):
    with pytest.raises(NotFound):
        way(agreement, cast.strange_system)

    pull, entry = noted()
    assert (pull.result, pull.status) == ("denied", 404)
    assert entry.actor_name == "路人系统"


@pytest.mark.parametrize("way", [page, whole])
@pytest.mark.parametrize("who", ["provider_head", "officer"])
def test_who_knows_of_it_but_may_not_draw_is_told_why(cast, agreement, who, way):
    with pytest.raises(NotAllowed):
        way(agreement, getattr(cast, who))

    assert noted()[0].status == 403


def test_only_the_named_system_draws(cast, filled):
    # given
    agreement = agreed_on(cast, filled, system=cast.system)
    other = InformationSystemFactory(department=cast.education, name="另一系统")

    # then
    assert page(agreement, cast.system)["count"] == 5
    with pytest.raises(NotAllowed) as refused:
        page(agreement, other)
    assert "学籍系统" in str(refused.value.message)


def test_people_of_the_requester_draw_too(cast, agreement):
    assert whole(agreement, cast.applicant).startswith(b"code,name\n")


@pytest.mark.parametrize("way", [page, whole])
def test_nothing_leaves_before_it_is_opened(cast, resource, way):
    agreement = agreed_on(cast, resource)

    with pytest.raises(NotAllowed):
        way(agreement, cast.system)


@pytest.mark.parametrize("way", [page, whole])
@pytest.mark.parametrize("stop", [agreements.terminate, suspensions.suspend])
def test_nothing_leaves_after_the_end_and_the_reason_is_told(cast, agreement, way, stop):
    stop(agreement=agreement, reason="超范围使用", by=cast.officer)

    with pytest.raises(NotAllowed) as refused:
        way(agreement, cast.system)

    assert "超范围使用" in str(refused.value.message)


@pytest.mark.parametrize("way", [page, whole])
def test_a_term_that_is_over_is_over_before_the_sweep(cast, agreement, way):
    Agreement.objects.filter(pk=agreement.pk).update(starts_on=in_days(-9), ends_on=in_days(-1))

    with pytest.raises(NotAllowed) as refused:
        way(agreement, cast.system)

    assert in_days(-1).isoformat() in str(refused.value.message)


def test_a_view_that_went_away_meanwhile_is_a_refusal(cast, agreement):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW agreement.{agreement.view_name}")

    for way in (page, whole):
        with pytest.raises(NotAllowed):
            way(agreement, cast.system)


@pytest.mark.parametrize("way", [agreements.terminate, suspensions.suspend])
def test_ending_or_suspending_an_agreement_cuts_its_running_export(cast, resource, way):
    """Two connections, and a reader too slow to have the rows in its buffers."""
    # given
    fill(resource, rows=400_000)
    agreement = agreed_on(cast, resource)
    stream = exports.export(number=agreement.number, party=cast.system)
    reading = iter(stream)
    next(reading)
    assert backends(agreement) == 1

    # when
    took: list[float] = []

    def end() -> None:
        began = time.monotonic()
        way(agreement=agreement, reason="超范围使用", by=cast.officer)
        took.append(time.monotonic() - began)
        connections.close_all()

    ending = threading.Thread(target=end)
    ending.start()
    ending.join(20)
    rest: list[bytes] = []
    with pytest.raises(BrokenOffError):
        rest.extend(reading)
    stream.close()

    # then
    assert took[0] < 2
    agreement.refresh_from_db()
    assert not agreement.is_active
    assert not outlet.view_exists(agreement)
    assert backends(agreement) == 0
    pull, entry = noted()
    assert (pull.result, entry.action) == ("broken", "sharing.pull.break")
    assert pull.rows < 400_000
    assert "超范围使用" in pull.reason


def test_a_broken_stream_does_not_pass_for_a_whole_one(cast, resource):
    # given
    fill(resource, rows=400_000)
    agreement = agreed_on(cast, resource)
    stream = exports.export(number=agreement.number, party=cast.system)
    got: list[bytes] = []

    # when
    with pytest.raises(BrokenOffError):  # noqa: PT012
        for chunk in stream:
            got.append(chunk)
            if len(got) == 1:
                agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.head)

    # then the last field is never closed
    last = got[-1].decode()
    assert last.startswith('"INCOMPLETE. ' + agreement.number)
    assert last.count('"') == 1


def backends(agreement) -> int:
    with connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
                [f"portal-pull:{agreement.number}"],
            )
            found = cursor.fetchone()[0]
            if found == 0:
                return 0
            time.sleep(0.02)
    return found


def test_filters_of_other_types_say_which_column_is_wrong(cast, db):
    # given a resource with a number and a date
    from catalog.models import ItemType, ResourceState
    from catalog.store.tables import create_missing, table_of
    from tests.factories import ResourceFactory

    resource = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        items=[
            {
                "name": "编号",
                "column": "id",
                "type": ItemType.INTEGER,
                "is_key": True,
                "is_nullable": False,
            },
            {"name": "日期", "column": "day", "type": ItemType.DATE},
        ],
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(resource))
        cursor.execute(f"INSERT INTO store.r_{resource.pk} VALUES (7, '2026-11-23'), (8, NULL)")
    resource.rows_changed_at = data().use_until
    type(resource).objects.filter(pk=resource.pk).update(rows_changed_at="2026-11-23T00:00Z")
    resource.refresh_from_db()
    agreement = agreed_on(cast, resource, items=("day",))

    # then
    assert page(agreement, cast.system, day="2026-11-23")["rows"] == [
        {"id": 7, "day": "2026-11-23"}
    ]
    with pytest.raises(Invalid) as refused:
        page(agreement, cast.system, id="7", day="yesterday-ish")
    assert list(refused.value.fields) == ["day"]
