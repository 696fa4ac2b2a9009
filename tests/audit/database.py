"""What only tests may do to the trail: empty it between tests, and tamper with it.

Both disable its triggers for a moment, as the owner of a table can; no code of the portal does.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from audit import months
from audit.models import Month, TreeHead
from audit.months import parts
from audit.sealing import CannotSeal, seal

TABLES = (
    "audit_entry",
    "audit_leaf",
    "audit_node",
    "audit_treehead",
    "audit_publickey",
    "audit_otherhead",
    "audit_otherfork",
)
DROP = "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_of_this_transaction"
ADD = (
    "ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_of_this_transaction"
    " CHECK (xid = pg_current_xact_id()) NOT VALID"
)


def seal_now() -> TreeHead:
    """Seal everything that is committed; the head over it."""
    sealed = seal()
    assert sealed is not None
    assert sealed.head is not None
    return sealed.head


@contextmanager
def behind_the_portals_back() -> Iterator[CursorWrapper]:
    """A cursor whose statements nothing stops, as those of a hostile owner of the database.

    All that was committed before is sealed.
    """
    with suppress(CannotSeal):  # what was tampered with before
        seal()
    with unguarded() as cursor:
        yield cursor


@contextmanager
def unguarded() -> Iterator[CursorWrapper]:
    """The same, with what is not sealed left as it is."""
    with transaction.atomic(), connection.cursor() as cursor:
        _set_triggers(cursor, "DISABLE")
        cursor.execute(DROP)
        yield cursor
        cursor.execute(ADD)
        _set_triggers(cursor, "ENABLE")


def empty_the_trail() -> None:
    """Without any entry, seal or month but those that are and come."""
    with transaction.atomic(), connection.cursor() as cursor:
        for month in Month.objects.filter(ends__lt=timezone.now()):
            cursor.execute(f"DROP TABLE IF EXISTS {month.relation}")
        Month.objects.all().delete()
        _set_triggers(cursor, "DISABLE")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
        _set_triggers(cursor, "ENABLE")
    months.ensure()


def flush_past_the_triggers(operations: Any, sql_list: list[str]) -> None:
    """Stands in for `execute_sql_flush`: truncate what a test committed."""
    with (
        transaction.atomic(using=operations.connection.alias),
        operations.connection.cursor() as cursor,
    ):
        _set_triggers(cursor, "DISABLE")
        for sql in sql_list:
            cursor.execute(sql)
        _set_triggers(cursor, "ENABLE")


def let_tests_flush(monkeypatch: Any) -> None:
    """Without this, the triggers refuse the flush after each `transactional_db` test."""
    monkeypatch.setattr(type(connection.ops), "execute_sql_flush", flush_past_the_triggers)


def _set_triggers(cursor: CursorWrapper, state: str) -> None:
    for table in (*TABLES, *sorted(parts(cursor))):
        cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
