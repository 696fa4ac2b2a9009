"""A process that dies in the middle of an ending leaves nothing half done."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from audit.models import Entry
from catalog.models import Resource
from sharing import outlet
from sharing.delivery import exports, noting, pages, quotas, running
from sharing.models import Agreement, AgreementState, AgreementStep, Pull
from sharing.services import agreements
from tests.catalog.sources.database import admin
from tests.journeys.processes import environment

from .calls import path, with_key
from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)

# Everything is done but the commit.
ENDS_AND_WAITS = """
import sys, time
import django
django.setup()
from django.db import transaction
from portal.organisation.models import User
from sharing.models import Agreement
from sharing.services import agreements
with transaction.atomic():
    agreements.terminate(
        agreement=Agreement.objects.get(pk=int(sys.argv[1])),
        reason="x", by=User.objects.get(pk=int(sys.argv[2])),
    )
    print("ended", flush=True)
    time.sleep(60)
"""


def test_a_worker_killed_while_it_ends_an_agreement_has_ended_nothing(cast, agreement):
    # given
    process = subprocess.Popen(
        [sys.executable, "-c", ENDS_AND_WAITS, str(agreement.pk), str(cast.head.pk)],
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ended\n"

    # when
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()

    # then right, view and state are as they were, and rows still come
    body = pages.rows(number=agreement.number, party=cast.system, asked={})
    assert b'"count":5' in body
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    assert outlet.view_exists(agreement)
    assert Resource.objects.permitted(cast.system, "pull_resource").exists()
    assert not AgreementStep.objects.filter(agreement=agreement, move="terminate").exists()

    # and the act can be done again
    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)
    assert not outlet.view_exists(agreement)


# The stream is under way, and somebody has its first bytes.
GIVES_AND_WAITS = """
import sys, time
import django
django.setup()
from portal.organisation.models import InformationSystem
from sharing.delivery import exports
system = InformationSystem.objects.get(pk=int(sys.argv[2]))
pieces = iter(exports.export(number=sys.argv[1], party=system))
while not next(pieces):
    pass
print("given", flush=True)
time.sleep(60)
"""
LEASE = 1.5


@pytest.fixture
def limited(cast, resource) -> Agreement:
    """Many rows, and of the day's quota as many again; one export at once."""
    fill(resource, rows=60_000)
    agreement = agreed_on(cast, resource)
    quota = {"rows_a_day": 120_000, "exports_at_once": 1, "calls_a_day": 10}
    Agreement.objects.filter(pk=agreement.pk).update(**quota)
    agreement.refresh_from_db()
    return agreement


def left_after(seconds: float) -> int:
    until = time.monotonic() + seconds
    while not (found := noting.note_left_behind()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def whole(agreement, cast) -> bytes:
    stream = exports.export(number=agreement.number, party=cast.system)
    try:
        return b"".join(stream)
    finally:
        stream.close()


def test_a_stream_whose_process_is_killed_is_noted_and_what_did_not_leave_is_given_back(
    cast, limited
):
    # given
    process = subprocess.Popen(
        [sys.executable, "-c", GIVES_AND_WAITS, limited.number, str(cast.system.pk)],
        env=environment() | {"DELIVERY_LEASE_SECONDS": str(LEASE)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"given\n"

    # when it lives, its lease is renewed and its place is taken
    time.sleep(LEASE * 2)
    assert noting.note_left_behind() == 0
    with pytest.raises(quotas.PlacesError):
        whole(limited, cast)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()

    # then it is noted once, as broken, with no fewer rows than left
    assert left_after(LEASE * 4) == 1
    assert noting.note_left_behind() == 0
    denied, noted = Pull.objects.order_by("id")
    assert (denied.result, noted.result) == ("denied", "broken")
    assert 0 < noted.rows < 60_000
    assert noted.bytes >= 256 * 1024
    entry = Entry.objects.get(action="sharing.pull.break")
    assert (entry.actor_name, entry.data["rows"]) == (cast.system.name, noted.rows)

    # and the next export, of all rows, is within the quota
    assert whole(limited, cast).count(b"\n") == 60_001
    assert running.known() == 0


@contextmanager
def database_away() -> Iterator[None]:
    """All sessions end, and there are no new ones meanwhile."""
    name = connection.settings_dict["NAME"]
    with admin() as cluster:
        cluster.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        try:
            cluster.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [name],
            )
            yield
        finally:
            cluster.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
            connection.close()  # as a server does at the end of a request


def test_a_stream_that_the_database_breaks_off_ends_as_broken_and_is_noted_later(cast, limited):
    # given
    stream = exports.export(number=limited.number, party=cast.system)
    given = iter(stream)
    pieces = [next(given), next(given)]

    # when
    with database_away():
        with pytest.raises(exports.BrokenOffError):
            pieces.extend(given)
        stream.close()
    body = b"".join(pieces)

    # then no reader of CSV takes it for whole
    assert body.rpartition(b"\n")[2].startswith(b'"INCOMPLETE. ')
    assert not Pull.objects.exists()

    # and it is noted when the database is back, its place free
    assert noting.note_left_behind() == 1
    noted = Pull.objects.get()
    assert (noted.result, noted.bytes) == ("broken", body.rfind(b"\n") + 1)
    assert whole(limited, cast).count(b"\n") == 60_001


@contextmanager
def valkey_away(settings) -> Iterator[None]:
    """Nothing listens where quotas and streams look for it."""
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    for server in (running._server, quotas._server):
        server.cache_clear()
    try:
        yield
    finally:
        settings.REDIS_URL = there
        for server in (running._server, quotas._server):
            server.cache_clear()


def test_an_export_that_ends_while_valkey_is_away_holds_no_place_when_it_is_back(
    cast, limited, settings
):
    # given
    settings.DELIVERY_LEASE_SECONDS = LEASE
    stream = exports.export(number=limited.number, party=cast.system)

    # when
    with valkey_away(settings):
        body = b"".join(stream)
        stream.close()
    time.sleep(LEASE * 2)

    # then it was noted by itself, and the next is given
    assert body.count(b"\n") == 60_001
    assert noting.note_left_behind() == 0
    assert whole(limited, cast) == body
    assert running.known() == 0
    assert list(Pull.objects.values_list("result", "rows")) == [("ok", 60_000)] * 2


def test_who_calls_while_the_database_is_away_is_asked_to_come_again(cast, agreement):
    # given
    caller = with_key(cast.system)

    # when
    with database_away():
        answer = caller.get(path(agreement))

    # then
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert caller.get(path(agreement)).status_code == 200


def test_without_valkey_what_counts_nothing_is_delivered_and_noted(cast, agreement, settings):
    # given
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}

    # when
    answer = with_key(cast.system).get(path(agreement))

    # then
    assert answer.status_code == 200
    assert Pull.objects.get().result == "ok"
