"""What only tests may do to the trail: empty it between tests, and tamper with it.

Both need a database role that may set `session_replication_role`; the application has no such code.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper

GENESIS = "\\x" + "00" * 32


@contextmanager
def behind_the_portals_back() -> Iterator[CursorWrapper]:
    """A cursor whose statements no trigger sees, as those of a hostile superuser."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def flush_past_the_triggers(operations: DatabaseOperations, sql_list: list[str]) -> None:
    """Stands in for `execute_sql_flush`: truncate what a test committed, and begin a new chain."""
    with (
        transaction.atomic(using=operations.connection.alias),
        operations.connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in sql_list:
            cursor.execute(sql)
        cursor.execute("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, %s)", [GENESIS])


def let_tests_flush(monkeypatch: Any) -> None:
    """Without this, the flush after each `transactional_db` test is refused by the trail's triggers."""
    monkeypatch.setattr(DatabaseOperations, "execute_sql_flush", flush_past_the_triggers)


def chain_now() -> None:
    """Do now what commit would do, for a test whose transaction never commits."""
    connection.check_constraints()
