"""A connection that was kept between two requests is used again without a word, unless it has ended."""

from contextlib import closing

import psycopg
import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def next_request() -> int:
    """The backend that the next request's first statement finds."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def elsewhere(statement: str, *given: object) -> None:
    """On a connection of somebody else."""
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute(statement, given)


@pytest.fixture
def asked(monkeypatch):
    """The statements that the next request sends beside its own."""
    sent: list[str] = []
    usual = psycopg.Cursor.execute

    def execute(self, query, *given, **how):
        sent.append(str(query))
        return usual(self, query, *given, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return sent


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()
    connection.ensure_connection()
    yield next_request()
    connection.close()


def test_the_settings_name_it():
    assert settings.DATABASES["default"]["ENGINE"] == "portal.common.database"
    assert connection.vendor == "postgresql"


def test_a_connection_at_rest_is_asked_nothing(kept, asked):
    assert next_request() == kept
    assert asked == ["SELECT pg_backend_pid()"]


def test_a_connection_that_the_server_ended_is_opened_anew(kept):
    elsewhere("SELECT pg_terminate_backend(%s, 5000)", kept)

    assert next_request() != kept


def test_what_the_server_sends_unasked_is_looked_into_and_the_connection_goes_on(kept, asked):
    # given
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    elsewhere("NOTIFY something")
    asked.clear()

    # when, then
    assert next_request() == kept
    assert asked == ["SELECT 1", "SELECT pg_backend_pid()"]
