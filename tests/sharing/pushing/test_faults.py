"""What goes wrong at the target: told in words, nothing half done, both sides told."""

import signal
import subprocess
import sys
import threading
import time

import pytest
from django.utils import timezone

from portal.clocks.models import Notice, NoticeKind
from sharing.delivery import pushing, quotas
from sharing.models import Pull, PullKind, PullResult, Push, PushState, PushTarget
from sharing.push_words import explain
from sharing.services import agreements, push_targets, pushes
from tests.journeys.processes import environment
from tests.sharing.follower import row, sync

from .homes import WRITER, pushed

pytestmark = pytest.mark.django_db(transaction=True)
OLD = [("000000000009", "before")]


@pytest.fixture
def held(home):
    """The table is there, with a row from before that no failure may touch."""
    home.make()
    home.run("INSERT INTO divisions VALUES ('000000000009', 'before')")
    home.let("SELECT", "INSERT", "UPDATE", "DELETE")
    return home


def failed(push: Push, code: str) -> None:
    assert (push.state, push.failure_code) == (PushState.FAILED, code)
    assert push.rows is None
    assert explain(push.failure_code, push.failure_data).to_do
    pull = Pull.objects.get(kind=PullKind.PUSH)
    assert (pull.result, pull.status) == (PullResult.BROKEN, 502)


def test_a_wrong_password_is_told_to_both_sides(cast, batch, held):
    # given
    held.register(batch, cast.applicant, password="wrong")

    # when
    push = pushed(batch, cast.applicant)

    # then
    failed(push, "wrong_password")
    assert held.rows() == OLD
    told = set(
        Notice.objects.filter(kind=NoticeKind.PUSH_FAILED).values_list("recipient", flat=True)
    )
    assert told == {cast.applicant.pk, cast.head.pk, cast.provider_steward.pk}
    assert "wrong" not in str(Pull.objects.get().reason)


def test_a_network_that_is_not_allowed_is_not_connected_to(cast, batch, held):
    held.register(batch, cast.applicant, host="192.0.2.7")

    push = pushed(batch, cast.applicant)

    failed(push, "network_not_allowed")
    assert held.rows() == OLD


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE", "SELECT"])
def test_a_missing_right_at_the_table_moves_no_row(cast, batch, home, right):
    # given
    home.make()
    home.run("INSERT INTO divisions VALUES ('000000000009', 'before')")
    if home.kind == "mysql":
        home.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {WRITER}")
        home.run(f"GRANT CREATE TEMPORARY TABLES ON {home.database}.* TO {WRITER}")
        home.run(
            "CREATE TABLE portal_pushes (agreement varchar(40), relation varchar(130),"
            " receipt text NOT NULL, pushed_at datetime(6) NOT NULL,"
            " PRIMARY KEY (agreement, relation))"
        )
        home.let("SELECT", "INSERT", "UPDATE", "DELETE", table="portal_pushes")
    home.let(*({"SELECT", "INSERT", "UPDATE", "DELETE"} - {right}))
    home.register(batch, cast.applicant)

    # when
    push = pushed(batch, cast.applicant)

    # then
    failed(push, "permission_denied")
    assert home.rows() == OLD


def test_a_table_that_is_missing_is_not_made_unasked(cast, batch, home):
    home.register(batch, cast.applicant, makes_table=False)

    failed(pushed(batch, cast.applicant), "target_missing")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DROP COLUMN name", "target_columns_missing"),
        ("ADD COLUMN more varchar(10) NOT NULL", "target_columns_wanted"),
        ("RENAME COLUMN name TO names", "target_columns_missing"),
    ],
)
def test_a_table_of_another_shape_is_refused_before_any_row_moves(cast, batch, held, change, code):
    # given
    held.run("DELETE FROM divisions")
    held.run(f"ALTER TABLE divisions {change}")
    held.register(batch, cast.applicant)

    # when
    push = pushed(batch, cast.applicant)

    # then
    failed(push, code)
    assert held.rows("code") == []
    assert push.failure_data["columns"] in {"name", "more"}


def test_a_column_of_another_type_and_a_missing_key_are_told(cast, batch, home):
    bin = " COLLATE utf8mb4_bin" if home.kind == "mysql" else ""
    for made, code in (
        (f"code varchar(12){bin} PRIMARY KEY, name integer", "target_columns_unfit"),
        (f"code varchar(12){bin} PRIMARY KEY, name varchar(50){bin}", "target_columns_unfit"),
        (f"code varchar(12){bin}, name varchar(100){bin}", "target_key_missing"),
    ):
        home.run("DROP TABLE IF EXISTS divisions")
        home.run(f"CREATE TABLE divisions ({made})")
        home.let("SELECT", "INSERT", "UPDATE", "DELETE")
        if not PushTarget.objects.exists():
            home.register(batch, cast.applicant)
        assert pushed(batch, cast.applicant).failure_code == code
    result = push_targets.test_target(agreement=batch, by=cast.applicant)
    assert not result.is_ok
    assert PushTarget.objects.get().test_failure == "target_key_missing"


def test_a_value_that_the_table_refuses_takes_the_whole_push_back(cast, batch, held, stored):
    # given a constraint that the last row breaks
    held.run("ALTER TABLE divisions ADD CONSTRAINT no_three CHECK (code <> '000000000003')")
    held.register(batch, cast.applicant)

    # when
    push = pushed(batch, cast.applicant)

    # then
    failed(push, "value_refused")
    assert held.rows() == OLD


def test_a_table_without_transactions_is_refused(cast, batch, maria):
    maria.make()
    maria.run("ALTER TABLE divisions ENGINE=MyISAM")
    maria.register(batch, cast.applicant)

    failed(pushed(batch, cast.applicant), "target_engine")


def test_letters_that_a_collation_takes_for_the_same_may_not_be_a_key(cast, batch, maria):
    maria.run("CREATE TABLE divisions (code varchar(12) PRIMARY KEY, name varchar(100))")
    maria.register(batch, cast.applicant)

    failed(pushed(batch, cast.applicant), "target_columns_unfit")


def test_a_target_that_is_away_is_tried_again_and_then_given_up(cast, batch, home):
    # given a port on which nobody listens
    home.register(batch, cast.applicant, port=1)
    push = pushes.start(agreement=batch, by=cast.applicant)

    # when, and each time its hour has come
    times = []
    for _ in range(pushing.MOST_ATTEMPTS):
        Push.objects.filter(pk=push.pk).update(next_attempt_at=None)
        times.append(pushing.execute(push_id=push.pk))

    # then each try is farther off than the one before, and the last is the last
    *again, last = times
    now = timezone.now()
    assert last is None
    assert [one - now > pushing.DELAYS[i] * 0.9 for i, one in enumerate(again)] == [True] * 3
    push.refresh_from_db()
    assert (push.state, push.failure_code, push.attempt) == (PushState.FAILED, "unreachable", 4)
    assert Notice.objects.filter(kind=NoticeKind.PUSH_FAILED).count() == 3
    assert Pull.objects.filter(kind=PullKind.PUSH, result=PullResult.BROKEN).count() == 4


def test_an_agreement_that_ended_lets_nothing_out(cast, batch, held):
    # given a push that waits
    held.register(batch, cast.applicant)
    push = pushes.start(agreement=batch, by=cast.applicant)
    agreements.terminate(agreement=batch, reason="用途已实现", by=cast.head)

    # when
    pushing.execute(push_id=push.pk)

    # then
    push.refresh_from_db()
    assert push.state == PushState.STOPPED
    assert "用途已实现" in push.failure_data["reason"]
    assert held.rows() == OLD


def test_revocation_cuts_a_push_that_writes_already(cast, batch, held):
    # given a push that has staged its rows and waits at the table for somebody else's work
    held.register(batch, cast.applicant)
    push = pushes.start(agreement=batch, by=cast.applicant)
    worker = threading.Thread(target=_in_a_thread, args=(push.pk,))
    with held.at_work():
        worker.start()
        held.until_somebody_waits()

        # when
        began = time.monotonic()
        agreements.terminate(agreement=batch, reason="用途已实现", by=cast.head)
        took = time.monotonic() - began
    worker.join(60)

    # then the end did not wait for the push, and the push has written nothing
    assert took < 10
    push.refresh_from_db()
    assert push.state == PushState.STOPPED
    assert held.rows() == OLD


def _in_a_thread(push_id: int) -> None:
    from django.db import connection

    try:
        pushing.execute(push_id=push_id)
    finally:
        connection.close()


# A worker that stops where it is told, so as to be killed there.
STOPS = """
import sys, time
import django
django.setup()
from sharing.delivery import pushing, quotas
from sharing.models import PushTarget
from sharing.targets.kinds import target_at
made = type(target_at(PushTarget.objects.get()))
where, real = sys.argv[2], getattr(made, sys.argv[2])
def stopped(self, *args, **kwargs):
    found = real(self, *args, **kwargs)
    if where != "commit" or getattr(self, "has_kept", False):
        print("here", flush=True)
        time.sleep(60)
    return found
keep = made.keep
def kept(self, *args):
    self.has_kept = True
    return keep(self, *args)
made.keep = kept
setattr(made, where, stopped)
pushing.execute(push_id=int(sys.argv[1]))
"""


@pytest.mark.parametrize("where", ["merge", "commit"])
def test_a_worker_killed_in_the_middle_neither_loses_nor_doubles(cast, batch, held, stored, where):
    # given a push of changes
    held.register(batch, cast.applicant, mode="changes")
    pushed(batch, cast.applicant)
    sync(stored, [row(1, "other"), row(3), row(5)])
    push = pushes.start(agreement=batch, by=cast.applicant)
    process = subprocess.Popen(
        [sys.executable, "-c", STOPS, str(push.pk), where],
        env=environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"

    # when it is killed before its commit, or after it and before anybody heard
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    push.refresh_from_db()
    assert push.state == PushState.RUNNING
    before = len(held.rows())
    _until_let_go(push)

    # then the next worker finds it, and finishes it once
    assert list(pushes.left_behind(now=timezone.now())) == [push.pk]
    pushing.execute(push_id=push.pk)
    push.refresh_from_db()
    assert (push.state, push.is_equal) == (PushState.DELIVERED, True)
    assert (push.rows, push.inserted, push.updated, push.deleted) == (3, 1, 1, 1)
    assert before == 3
    assert held.rows() == [
        ("000000000001", "other"), ("000000000003", "name"), ("000000000005", "name"),
    ]  # fmt: skip
    ok = Pull.objects.filter(kind=PullKind.PUSH, result=PullResult.OK).order_by("pk")
    assert [pull.rows for pull in ok] == [3, 3]


def _until_let_go(push: Push) -> None:
    """PostgreSQL notices in its own time that the worker is gone."""
    until = time.monotonic() + 20
    while not pushes.left_behind(now=timezone.now()) and time.monotonic() < until:
        time.sleep(0.1)


def test_two_workers_at_one_push_deliver_once(cast, batch, held):
    # given
    held.register(batch, cast.applicant)
    push = pushes.start(agreement=batch, by=cast.applicant)
    workers = [threading.Thread(target=_in_a_thread, args=(push.pk,)) for _ in range(2)]

    # when
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    # then
    push.refresh_from_db()
    assert (push.state, push.attempt) == (PushState.DELIVERED, 1)
    assert Pull.objects.filter(kind=PullKind.PUSH).count() == 1


def test_a_push_waits_for_the_place_of_an_attempt_that_was_killed(cast, batch, stored, home):
    # given the agreed one export at once is running still
    home.make()
    home.let("SELECT", "INSERT", "UPDATE", "DELETE")
    home.register(batch, cast.applicant)
    type(batch).objects.filter(pk=batch.pk).update(exports_at_once=1)
    batch.refresh_from_db()
    killed = quotas.take(batch, rows=0, is_export=True)
    assert killed is not None

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert (push.state, push.failure_code) == (PushState.RETRYING, "busy")
    assert home.rows() == []

    # when the place is free, and its time has come
    quotas.free_place(killed)
    Push.objects.filter(pk=push.pk).update(next_attempt_at=timezone.now())
    pushing.execute(push_id=push.pk)

    # then
    push.refresh_from_db()
    assert (push.state, push.is_equal) == (PushState.DELIVERED, True)
