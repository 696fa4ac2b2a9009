"""The one opening through which an agreement's rows leave: a view, and a role that may read it alone.

`agreement.a_<id>` is a security-barrier view of exactly the agreed columns, granted to the role
`portal_reader`, which owns nothing and has no other right. Deliveries run as that role, so columns
and rows hold in the database even where Python errs (docs/adr/0010-agreement-bound-delivery.md).
"""

from django.db import OperationalError, connection, transaction
from psycopg import sql

from catalog.store.columns import Column, column_of
from catalog.store.tables import SCHEMA as STORE
from catalog.store.tables import create_missing, names, table_name, table_of
from sharing.models import Agreement

SCHEMA = "agreement"
READER = "portal_reader"
PATIENCE = "200ms"
ATTEMPTS = 50

# Whoever reads the view holds a lock on it. Ending the agreement outranks any reader of ours; a
# backup by another account is waited for, since the right is gone in any case.
END_READERS = """
SELECT count(pg_terminate_backend(held.pid))
FROM pg_locks AS held JOIN pg_stat_activity AS one ON one.pid = held.pid
WHERE held.locktype = 'relation' AND held.granted
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND held.relation = to_regclass(%s)
  AND held.pid <> pg_backend_pid() AND one.usename = session_user
"""


def columns_of(agreement: Agreement) -> list[Column]:
    """The agreed columns in the order of the resource; its key is always among them."""
    agreed = agreement.agreed_items.select_related("item").order_by("item__position")
    return [column_of(one.item) for one in agreed]


def open_view(agreement: Agreement) -> None:
    """Make the view and let the reader read it; runs in the transaction that opens the agreement.

    The view is in the order of the key: the planner does not look through a security barrier for
    the order that a query asks, and would sort the whole table for each page of a thousand rows.
    """
    columns = columns_of(agreement)
    key = [column for column in columns if column.is_key]
    name = sql.Identifier(SCHEMA, agreement.view_name)
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(agreement.resource))
        cursor.execute(
            sql.SQL(
                "CREATE VIEW {} WITH (security_barrier) AS SELECT {} FROM {} ORDER BY {}"
            ).format(
                name,
                names(columns),
                sql.Identifier(STORE, table_name(agreement.resource_id)),
                names(key),
            )
        )
        cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, sql.Identifier(READER)))


def close_view(agreement: Agreement) -> None:
    """Take right and view away; pulls that run on it are ended, new ones wait and then find nothing.

    Runs in the transaction that ends the agreement, and raises when the view cannot be had within
    ten seconds, so that nothing is half done.
    """
    name = sql.Identifier(SCHEMA, agreement.view_name)
    if view_exists(agreement):
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, sql.Identifier(READER)))
    for attempt in range(1, ATTEMPTS + 1):
        with connection.cursor() as cursor:
            cursor.execute(END_READERS, [f"{SCHEMA}.{agreement.view_name}"])
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                cursor.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(name))
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def view_exists(agreement: Agreement) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.{agreement.view_name}"])
        found: bool = cursor.fetchone()[0]
        return found
