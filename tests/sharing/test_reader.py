"""Connections of the reader are kept for the next pull; nothing of one pull is left for it."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from sharing.delivery import exports, pages, reader
from sharing.delivery.reader import reading
from sharing.models import Agreement, Pull
from sharing.services import agreements

from .conftest import agreed_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _from_none(settings) -> Iterator[None]:
    """One connection alone, so that the second pull has that of the first."""
    reader.close()
    settings.DELIVERY_CONNECTIONS = 1
    yield
    reader.close()


def backend_of(agreement: Agreement) -> int:
    with reading(agreement) as opened:
        return opened.info.backend_pid


def test_pulls_of_two_agreements_use_one_connection_each_under_its_own_name(cast, agreement):
    # given
    with reading(agreement) as opened:
        first = opened.info.backend_pid
        named = opened.execute("SHOW application_name").fetchone()

    # when
    other = Agreement(number="GXXY-0000-9999")
    with reading(other) as opened:
        second = opened.info.backend_pid
        then = opened.execute("SHOW application_name").fetchone()

    # then
    assert first == second
    assert (named, then) == ((f"portal-pull:{agreement.number}",), ("portal-pull:GXXY-0000-9999",))


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE none",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET default_transaction_read_only = off",
        "SET statement_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        "SET search_path = store",
        "SET timezone = 'UTC'",
        "SET datestyle = 'German'",
        "SET application_name = 'somebody else'",
        "SET max_parallel_workers_per_gather = 4",
    ],
)
def test_no_role_and_no_setting_of_a_pull_is_left_for_the_next(agreement, statement):
    # given
    before = session_of(agreement)

    # when
    with reading(agreement) as opened:
        backend = opened.info.backend_pid
        opened.execute(statement)

    # then
    after = session_of(agreement)
    assert after == before
    assert after["backend"] == backend
    assert after["role"] == "portal_reader"


def session_of(agreement: Agreement) -> dict[str, object]:
    """What the next pull finds."""
    with reading(agreement) as opened:
        who = opened.execute("SELECT current_user").fetchone()
        settings = opened.execute(
            "SELECT name, setting FROM pg_settings WHERE name <> 'transaction_isolation'"
        ).fetchall()
        return {
            "backend": opened.info.backend_pid,
            "role": who and who[0],
            "settings": sorted(settings),
            "autocommit": opened.autocommit,
            "isolation": opened.isolation_level,
        }


def test_locks_cursors_and_prepared_statements_end_with_the_pull(agreement):
    # given
    with reading(agreement) as opened:
        opened.execute("SELECT pg_advisory_lock(606)")
        opened.execute("PREPARE mine AS SELECT 1")
        opened.execute("DECLARE held CURSOR WITH HOLD FOR SELECT 1")
        opened.execute("LISTEN something")

    # when
    with reading(agreement) as opened:
        left = opened.execute(
            "SELECT (SELECT count(*) FROM pg_prepared_statements),"
            " (SELECT count(*) FROM pg_cursors WHERE name = 'held'),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 606),"
            " (SELECT count(*) FROM pg_listening_channels())"
        ).fetchone()

    # then
    assert left == (0, 0, 0, 0)


def test_a_snapshot_is_the_pulls_own(agreement):
    with reading(agreement, is_snapshot=True) as opened:
        level = opened.execute("SHOW transaction_isolation").fetchone()

    with reading(agreement) as opened:
        then = opened.execute("SHOW transaction_isolation").fetchone()
        is_in_transaction = opened.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    assert (level, then, is_in_transaction) == (("repeatable read",), ("read committed",), False)


def test_a_pull_that_failed_leaves_no_transaction_behind(agreement):
    with pytest.raises(psycopg.errors.UndefinedTable), reading(agreement, is_snapshot=True) as one:
        one.execute("SELECT * FROM agreement.nothing")

    assert session_of(agreement)["role"] == "portal_reader"


def test_a_connection_that_died_in_the_pool_is_replaced_unseen(cast, agreement):
    # given
    dead = backend_of(agreement)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])
        assert cursor.fetchone() == (True,)

    # when
    body = pages.rows(number=agreement.number, party=cast.system, asked={})

    # then
    assert b'"count":5' in body
    assert backend_of(agreement) != dead


def test_the_end_of_an_agreement_waits_for_no_kept_connection(cast, resource, agreement):
    # given a connection that has read its view and lies in the pool
    pages.rows(number=agreement.number, party=cast.system, asked={})
    kept = backend_of(agreement)

    # when
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.head)

    # then it is left alone, and sees nothing more
    assert backend_of(agreement) == kept
    with pytest.raises(psycopg.errors.UndefinedTable), reading(agreement) as opened:
        opened.execute(f"SELECT * FROM agreement.{agreement.view_name}")


def test_terms_that_change_under_a_kept_connection_are_those_of_the_next_page(cast, agreement):
    # given the page asked often enough that a driver would keep its plan
    for _time in range(8):
        pages.rows(number=agreement.number, party=cast.system, asked={"fields": ["code"]})

    # when the view is made anew with another shape
    with connection.cursor() as cursor:
        name = f"agreement.{agreement.view_name}"
        cursor.execute(f"DROP VIEW {name}")
        cursor.execute(
            f"CREATE VIEW {name} WITH (security_barrier) AS"
            f" SELECT 'x'::text AS name, code FROM store.r_{agreement.resource_id}"
        )
        cursor.execute(f"GRANT SELECT ON {name} TO portal_reader")

    # then
    body = pages.rows(number=agreement.number, party=cast.system, asked={"fields": ["name"]})
    assert body.count(b'"name":"x"') == 5


def test_whoever_waits_in_vain_for_a_connection_is_told_to_come_again(cast, agreement):
    # when all connections are taken
    with reading(agreement), pytest.raises(reader.BusyError) as refused:
        pages.rows(number=agreement.number, party=cast.system, asked={})

    # then
    assert (refused.value.status, refused.value.retry_after) == (503, 5)
    noted = Pull.objects.get()
    assert (noted.result, noted.status, noted.rows) == ("denied", 503, 0)


def test_a_stream_that_is_left_gives_its_place_to_the_next(cast, filled):
    # given
    agreement = agreed_on(cast, filled)
    stream = exports.export(number=agreement.number, party=cast.system)
    next(iter(stream))

    # when
    stream.close()

    # then
    assert b'"count":5' in pages.rows(number=agreement.number, party=cast.system, asked={})


def test_pulls_at_once_never_share_a_connection(agreement, settings):
    # given
    settings.DELIVERY_CONNECTIONS = 4
    reader.close()
    seen: list[set[int]] = []
    at_work: set[int] = set()
    watching = threading.Lock()

    def pull() -> None:
        for _time in range(10):
            with reading(agreement) as opened:
                pid = opened.info.backend_pid
                with watching:
                    assert pid not in at_work
                    at_work.add(pid)
                    seen.append({pid})
                opened.execute("SELECT pg_sleep(0.001)")
                with watching:
                    at_work.discard(pid)

    # when
    threads = [threading.Thread(target=pull) for _number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    # then
    assert len(seen) == 80
    assert len(set.union(*seen)) <= 4


NAME = sql.SQL("SELECT current_setting('application_name'), current_user::text")


def test_an_answer_is_given_under_the_agreements_name_and_leaves_nothing(agreement):
    # given
    before = session_of(agreement)

    # when
    said = reader.answer(
        agreement,
        sql.SQL("SELECT set_config('portal.place', '[1]', false)"),
        sql.SQL("SELECT pg_advisory_lock(606)"),
        sql.SQL("SET timezone = 'UTC'"),
        NAME,
    )

    # then
    assert said == (f"portal-pull:{agreement.number}", "portal_reader")
    assert session_of(agreement) == before
    with reading(agreement) as opened:
        left = opened.execute(
            "SELECT nullif(current_setting('portal.place', true), ''),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 606)"
        ).fetchone()
    assert left == (None, 0)


def test_a_role_that_an_answer_takes_is_given_back(agreement):
    # given
    backend = backend_of(agreement)
    role = sql.SQL("SELECT set_config('role', 'none', false)")

    # when an answer changes it, it is the reader's again for the next
    reader.answer(agreement, role)

    # then
    assert reader.answer(agreement, NAME) == (f"portal-pull:{agreement.number}", "portal_reader")
    assert backend_of(agreement) == backend


def test_an_answer_that_fails_leaves_nothing_either(agreement):
    # given
    before = session_of(agreement)

    # when
    with pytest.raises(psycopg.errors.UndefinedTable):
        reader.answer(
            agreement, sql.SQL("SET timezone = 'UTC'"), sql.SQL("SELECT * FROM agreement.nothing")
        )

    # then
    assert session_of(agreement) == before


def test_an_answer_without_a_row_is_none(agreement):
    assert reader.answer(agreement, sql.SQL("SELECT 1 WHERE false")) is None


def test_closing_lets_every_session_go(agreement):
    # given
    backend = backend_of(agreement)

    # when
    reader.close()

    # then
    until = time.monotonic() + 10
    while _lives(backend) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _lives(backend)


def _lives(backend: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", [backend])
        return bool(cursor.fetchone()[0])
