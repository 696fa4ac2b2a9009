"""Tables of stored rows go with the entries whose rows they hold, after a test that empties all tables."""

from typing import Any

import pytest
from django.db import connection
from psycopg import sql


def drop_stored_rows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_and_drop(self: Any, sql_list: list[str]) -> None:
        flush(self, sql_list)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'store'")
            for (name,) in cursor.fetchall():
                table = sql.Identifier("store", name)
                cursor.execute(sql.SQL("DROP TABLE {} CASCADE").format(table))

    monkeypatch.setattr(operations, "execute_sql_flush", flush_and_drop)
