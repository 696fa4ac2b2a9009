"""A real worker, killed with -9 between what was decided and the telling of it: told once in the end."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from portal.clocks import tasks as clocks
from portal.clocks.models import Lapse, Notice
from portal.webhooks import tasks
from portal.webhooks.models import Delivery, DeliveryState
from portal.webhooks.services import endpoints, sending
from sharing import deadlines
from sharing.models import Agreement, Deadline, RequestState
from sharing.services import requests
from tests.journeys.processes import Running, environment, worker

from .receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 60


def wait_for(what: str, happened: Callable[[], object], running: Running) -> None:
    until = time.monotonic() + LONGEST
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"{what} did not happen\n{running.log.read_text()[-3000:]}")
        time.sleep(0.05)


@pytest.fixture
def start_worker(tmp_path):
    started: list[Running] = []

    def start() -> Running:
        place = tmp_path / str(len(started))
        place.mkdir()
        started.append(worker(place))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def blocked_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE NOT l.granted AND l.relation = %s::regclass"
            " AND d.datname = current_database()",
            [Notice._meta.db_table],
        )
        return cursor.fetchone()[0]


def test_a_decision_whose_telling_was_killed_is_told_to_the_system_once(
    cast, keeper, received, start_worker
):
    # given a system that has taken the call and says nothing, and a worker that waits for it
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook/"
    endpoints.add(system=cast.system, url=url, events=["request.agreed"], by=keeper)
    first = start_worker()
    requests.agree(
        request=received, version=received.version, opinion="同意", by=cast.provider_head
    )
    delivery = Delivery.objects.get()
    wait_for("the call", Delivery.objects.filter(attempts=1).exists, first)

    # when
    first.kill()
    silent.close()

    # then it is decided, and not told
    received.refresh_from_db()
    delivery.refresh_from_db()
    assert received.state == RequestState.AGREED
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)

    # when the time that the worker had for it is over, and another one comes
    with receiving() as opened:
        endpoint = delivery.endpoint
        endpoints.change(
            endpoint=endpoint,
            version=endpoint.version,
            url=opened.url,
            events=endpoint.events,
            by=keeper,
        )
        Delivery.objects.update(next_at=timezone.now())
        second = start_worker()
        tasks.sweep.delay()
        tasks.sweep.delay()
        wait_for("the delivery", Delivery.objects.filter(state="delivered").exists, second)
        tasks.send.delay(delivery.pk)
        clocks.sweep.delay()
        wait_for("the last task", lambda: "clocks.sweep" in _done(second), second)

    # then there is one outcome, and one notice of it
    assert [headers["webhook-id"] for headers, _body in opened.arrived] == [str(delivery.event_id)]
    assert Delivery.objects.count() == 1
    assert Agreement.objects.filter(request=received).count() == 1
    assert Entry.objects.filter(action="sharing.request.agree").count() == 1


# A decision in a process of its own, whose broker and cache are the address that it is given.
DECIDES = """
import sys
import django
django.setup()
from portal.organisation.models import User
from sharing.models import SharingRequest
from sharing.services import requests
found = SharingRequest.objects.get()
requests.agree(
    request=found, version=found.version, opinion="同意", by=User.objects.get(pk=sys.argv[1])
)
print("decided")
"""


def test_a_decision_stands_while_the_broker_is_away_and_is_told_later(cast, received, listening):
    # given an address at which nothing listens
    with socket.create_server(("127.0.0.1", 0)) as closed:
        away = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"

    # when
    told = subprocess.run(
        [sys.executable, "-c", DECIDES, str(cast.provider_head.pk)],
        env={**environment(), "REDIS_URL": away},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    # then
    assert told.returncode == 0, told.stderr[-3000:]
    assert "decided" in told.stdout
    received.refresh_from_db()
    assert received.state == RequestState.AGREED
    waiting = Delivery.objects.filter(event__type="request.agreed").get()
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 0)
    assert waiting.pk in sending.due()


def test_a_lapse_whose_telling_was_killed_is_noted_and_told_once(cast, received, start_worker):
    # given a clock that is late, and a worker that has noted it and cannot write the notice
    late = deadlines.today() - timedelta(days=1)
    Deadline.objects.filter(request=received).update(due=late, started_on=date(2026, 1, 5))
    first = start_worker()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"LOCK TABLE {Notice._meta.db_table} IN SHARE MODE")
        clocks.sweep.delay()
        wait_for("the sweep", blocked_sessions, first)

        # when
        first.kill()
        cursor.execute("ROLLBACK")

    # then nothing is half done
    wait_for("the end of its transaction", lambda: not blocked_sessions(), first)
    assert not Lapse.objects.exists()
    assert not Notice.objects.exists()

    # when another worker comes, and beat runs twice
    second = start_worker()
    clocks.sweep.delay()
    clocks.sweep.delay()
    wait_for("both sweeps", lambda: _done(second).count("clocks.sweep") >= 2, second)

    # then
    assert Lapse.objects.count() == 1
    told = Notice.objects.values_list("recipient", "kind", "about_id", "occasion")
    assert len(told) == len(set(told)) > 0
    assert {kind for _person, kind, _clock, _day in told} == {"lapsed"}
    assert Entry.objects.filter(action="sharing.deadline.overdue").count() == 1


def _done(running: Running) -> list[str]:
    """The tasks that ended well, by name."""
    lines = running.log.read_text().splitlines()
    return [line.split("Task ")[1].split("[")[0] for line in lines if "succeeded in" in line]
