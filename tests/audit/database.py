"""What only tests may do to the trail: empty it between tests, and tamper with it.

Both disable its triggers for a moment, as the owner of a table can; no code of the portal does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

TABLES = ("audit_entry", "audit_link", "audit_head", "audit_queue")
GENESIS = "\\x" + "00" * 32


@contextmanager
def behind_the_portals_back() -> Iterator[CursorWrapper]:
    """A cursor whose statements no trigger sees, as those of a hostile owner of the database."""
    chain_now()
    with transaction.atomic(), connection.cursor() as cursor:
        _set_triggers(cursor, "DISABLE")
        yield cursor
        _set_triggers(cursor, "ENABLE")


def flush_past_the_triggers(operations: Any, sql_list: list[str]) -> None:
    """Stands in for `execute_sql_flush`: truncate what a test committed, and begin a new chain."""
    with (
        transaction.atomic(using=operations.connection.alias),
        operations.connection.cursor() as cursor,
    ):
        _set_triggers(cursor, "DISABLE")
        for sql in sql_list:
            cursor.execute(sql)
        cursor.execute("INSERT INTO audit_head (seq, hash) VALUES (0, %s)", [GENESIS])
        _set_triggers(cursor, "ENABLE")


def let_tests_flush(monkeypatch: Any) -> None:
    """Without this, the triggers refuse the flush after each `transactional_db` test."""
    monkeypatch.setattr(type(connection.ops), "execute_sql_flush", flush_past_the_triggers)


def chain_now() -> None:
    """Do now what commit would do, for a test whose transaction never commits."""
    connection.check_constraints()


def _set_triggers(cursor: CursorWrapper, state: str) -> None:
    for table in TABLES:
        cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
