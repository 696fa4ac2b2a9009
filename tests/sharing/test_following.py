"""Who follows the changes waits for them, is told of them, and holds exactly the agreed rows."""

import json
import threading
import time
from contextlib import ExitStack

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from portal.webhooks.models import Event
from portal.webhooks.services import endpoints
from sharing import outlet, waking
from sharing.delivery import changes, cursors
from sharing.delivery.reader import reading
from sharing.models import Agreement
from sharing.services import following

from .follower import Follower, ask, codes, row, sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_waits_is_answered_when_rows_change(cast, scoped, stored):
    """It listens, holds no connection meanwhile, and hears of the commit."""
    # given
    since = ask(scoped, cast.system)["next"]
    answers: list[dict] = []

    def wait() -> None:
        answers.append(ask(scoped, cast.system, since=since, wait=30))
        connections.close_all()

    waiting = threading.Thread(target=wait)
    waiting.start()
    server = waking._server()
    channel = f"portal:rows:{stored.pk}"
    for _try in range(200):
        if server.pubsub_numsub(channel)[0][1] and not pulling(scoped):
            break
        time.sleep(0.02)

    # when
    began = time.monotonic()
    sync(stored, [row(1), row(2)])
    waiting.join(30)

    # then
    assert codes(answers[0]) == [("delete", 3)]
    assert time.monotonic() - began < waking.LOOK_AGAIN


def test_who_waits_in_vain_is_answered_with_nothing(cast, scoped):
    since = ask(scoped, cast.system)["next"]

    answer = ask(scoped, cast.system, since=since, wait=1)

    assert (answer["changes"], answer["more"]) == ([], False)


def test_who_finds_no_place_to_wait_is_answered_at_once(cast, scoped, stored, settings):
    since = ask(scoped, cast.system)["next"]
    with ExitStack() as taken:
        for _place in range(settings.CHANGES_MOST_WAITING):
            assert taken.enter_context(waking.place(stored.pk)) is not None

        began = time.monotonic()
        answer = ask(scoped, cast.system, since=since, wait=30)

    assert answer["changes"] == []
    assert time.monotonic() - began < 20


def pulling(agreement: Agreement) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s",
            [f"portal-pull:{agreement.number}"],
        )
        return int(cursor.fetchone()[0])


def told() -> list[str]:
    return list(Event.objects.filter(type="agreement.changes").values_list("subject", flat=True))


def test_the_requesters_systems_are_told_once_that_rows_have_changed(cast, scoped, stored):
    # given
    endpoints.add(
        system=cast.system,
        url="http://127.0.0.1:9/hook/",
        events=["agreement.changes"],
        by=cast.head,
    )
    following.tell()

    # when rows in scope change, and then one that is not
    sync(stored, [row(1), row(2), row(4, parent="2")])
    assert following.tell(resource_id=stored.pk) == 1
    assert following.tell() == 0
    sync(stored, [row(1), row(2)])
    assert following.tell(resource_id=stored.pk) == 0

    # then
    assert told() == [scoped.number]
    event = Event.objects.get(type="agreement.changes")
    assert event.payload["data"] == {"state": "active", "resource": stored.code}


def test_an_agreement_without_views_of_changes_gets_them(cast, scoped, stored):
    """As those have that were active before there were any."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP VIEW agreement.a_{scoped.pk}_changes, agreement.a_{scoped.pk}_log")
    assert following.tell() == 0

    assert following.open_missing() == 1
    assert following.open_missing() == 0

    since = ask(scoped, cast.system)["next"]
    sync(stored, [row(1), row(2)])
    assert codes(ask(scoped, cast.system, since=since)) == [("delete", 3)]


numbers = st.integers(1, 8)


histories = st.lists(
    st.dictionaries(numbers, st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"]))),
    min_size=1,
    max_size=5,
)


@trying(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, limit=st.integers(1, 5))
def test_who_replays_holds_exactly_the_agreements_rows(cast, scoped, stored, history, limit):
    follower = Follower(scoped, cast.system)
    follower.take_export()

    for one in history:
        sync(stored, [row(i, name, parent) for i, (name, parent) in one.items()])
        follower.catch_up(limit=limit)
        assert follower.rows == {
            f"{i:012d}": {"code": f"{i:012d}", "name": name}
            for i, (name, parent) in one.items()
            if parent == "1"
        }


def test_who_replays_beside_syncs_holds_the_rows_of_each_moment(cast, scoped, stored):
    """Syncs of three threads at once; the consumer compares itself in the snapshot it has read."""
    # given
    follower = Follower(scoped, cast.system)
    follower.take_export()
    columns = outlet.columns_of(scoped)
    done = threading.Event()

    def sync_often(who: int) -> None:
        try:
            for turn in range(15):
                rows = [row(i, f"{who} {turn}", str(1 + (i + turn) % 2)) for i in range(who, 30, 3)]
                sync(stored, rows, pause=0.005 * who)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sync_often, args=(who,)) for who in (1, 2, 3)]
    ending = threading.Thread(target=lambda: ([one.join() for one in threads], done.set()))
    place = cursors.position_of(scoped, follower.cursor, columns=columns)
    compared = 0

    # when
    for thread in (*threads, ending):
        thread.start()
    while True:
        is_last = done.is_set()
        with reading(scoped, is_snapshot=True) as opened:
            reader = opened.cursor()
            while True:
                document, _found, place, is_more = changes.read(
                    reader, scoped, columns, since=place, limit=7
                )
                for change in json.loads(document):
                    follower.apply(change)
                if not is_more:
                    break
            reader.execute(f"SELECT code, name FROM agreement.a_{scoped.pk}")
            truth = {code: {"code": code, "name": name} for code, name in reader.fetchall()}
        # then
        assert follower.rows == truth
        compared += 1
        if is_last:
            break
    ending.join()
    assert compared > 1
