"""The one opening through which an agreement's rows leave: a view, and a role that may read it alone.

`agreement.a_<id>` is a security-barrier view of exactly the agreed columns and rows, masked where that
is agreed, and granted to the role `portal_reader`, which owns nothing and has no other right. Where
verification alone is agreed it is not granted, and a function is: see `sharing.verification`.
Deliveries run as that role, so columns, rows and masks hold in the database even where Python errs
(docs/adr/0010-agreement-bound-delivery.md). Changes of the rows leave by views of their own beside it:
`sharing.change_views`; so do the rows in other orders: `sharing.ordered_views`; and those of keys with
decimal numbers from a place on: `sharing.decimal_keys`. A row that is not true, where that is agreed,
is in all of them: `sharing.canaries`.
"""

from dataclasses import replace

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import DataItem, ItemType, MaskingRule
from catalog.store import changes
from catalog.store.columns import COLUMN_FACTS, Column, column_of
from catalog.store.tables import SCHEMA as STORE
from catalog.store.tables import create_missing, table_name, table_of
from portal.common.composed import Composed, Placeholder
from portal.common.errors import DomainError
from sharing import (
    canaries,
    change_views,
    decimal_keys,
    masks,
    ordered_views,
    pseudonyms,
    row_filters,
    verification,
)
from sharing.agreed_rows import AgreedRows
from sharing.models import Agreement, AgreementItem

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
  AND held.relation = ANY (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
  AND held.pid <> pg_backend_pid() AND one.usename = session_user
"""


def columns_of(agreement: Agreement) -> list[Column]:
    """The agreed columns in the order of the resource; its key is always among them.

    What is delivered masked is text, whatever it is in the store.
    """
    items = _AGREED.rows(agreement=agreement.pk)
    return [_as_delivered(column_of(item), agreement) for item in items]


def _agreed() -> QuerySet[DataItem]:
    agreed = AgreementItem.objects.filter(agreement=Placeholder("agreement")).values("item")
    items = DataItem.objects.filter(pk__in=agreed).order_by("position")
    return items.only(*COLUMN_FACTS)


_AGREED = Composed(_agreed)


def open_view(agreement: Agreement) -> None:
    """Make the views and let the reader read them; runs in the transaction that opens the agreement.

    The view is in the order of the key: the planner does not look through a security barrier for
    the order that a query asks, and would sort the whole table for each page of a thousand rows.
    """
    columns = columns_of(agreement)
    name = sql.Identifier(SCHEMA, agreement.view_name)
    let_outs = [let_out(column, agreement) for column in columns]
    table = table_of(agreement.resource)
    by_key = ordered_views.of_key(agreement, columns, is_down=False)
    rows = rows_of(agreement)
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        if MaskingRule.PSEUDONYM in agreement.masks.values():
            pseudonyms.draw_key(cursor, agreement.requester_id)
        create_missing(cursor, table)
        changes.keep(cursor, table)
        change_views.open_views(
            cursor,
            agreement,
            columns=columns,
            let_out=let_outs,
            rows=rows.scope,
            canary=rows.canary,
        )
        cursor.execute(
            sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(
                name, rows.query(by=by_key.by)
            )
        )
        if agreement.verification_only or decimal_keys.first(columns) is not None:
            verification.open_function(cursor, agreement, columns, rows=rows, reader=READER)
        if not agreement.verification_only:
            cursor.execute(
                sql.SQL("GRANT SELECT ON {} TO {}").format(_all(agreement), sql.Identifier(READER))
            )
        orders = ordered_views.wanted(agreement, columns)
        ordered_views.open_missing(cursor, agreement, orders, rows=rows, reader=READER)
        decimal_keys.open_views(cursor, agreement, columns, rows=rows, reader=READER)


def follow_orders(agreement: Agreement) -> None:
    """Let the rows out in the orders that are marked now; pulls in other orders go on.

    Runs in a transaction that holds the agreement, which is active.
    """
    columns = columns_of(agreement)
    orders = ordered_views.wanted(agreement, columns)
    rows = rows_of(agreement)
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        ordered_views.drop_unwanted(cursor, agreement, orders)
        ordered_views.open_missing(cursor, agreement, orders, rows=rows, reader=READER)


def close_view(agreement: Agreement) -> None:
    """Take right and views away; pulls that run on them are ended, new ones wait and then find nothing.

    Runs in the transaction that ends the agreement, and raises when the view cannot be had within
    ten seconds, so that nothing is half done.
    """
    reader = sql.Identifier(READER)
    with connection.cursor() as cursor:
        there = ordered_views.names_of(cursor, agreement)
        for name in there:
            one = sql.Identifier(SCHEMA, name)
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(one, reader))
    for attempt in range(1, ATTEMPTS + 1):
        with connection.cursor() as cursor:
            cursor.execute(END_READERS, [[f"{SCHEMA}.{name}" for name in there]])
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                cursor.execute(verification.drop_function(agreement))
                if there:
                    views = (sql.Identifier(SCHEMA, name) for name in there)
                    cursor.execute(sql.SQL("DROP VIEW {}").format(sql.SQL(", ").join(views)))
                cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        except OperationalError:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def view_exists(agreement: Agreement) -> bool:
    return _exists(agreement.view_name)


def lets_out_changes(agreement: Agreement) -> bool:
    return _exists(f"{agreement.view_name}_changes")


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{SCHEMA}.{name}"])
        found: bool = cursor.fetchone()[0]
        return found


def _all(agreement: Agreement) -> sql.Composed:
    """The views of the rows, of their changes, and of how far these reach."""
    names = (f"{agreement.view_name}{suffix}" for suffix in ("", "_changes", "_log"))
    return sql.SQL(", ").join(sql.Identifier(SCHEMA, name) for name in names)


def _scope(agreement: Agreement) -> sql.Composable:
    """Which rows the agreement lets out. Raises DomainError when its row scope cannot be asked."""
    items = {item.column: item for item in agreement.resource.items.all()}
    try:
        return row_filters.where(row_filters.kept(agreement.row_filter), items)
    except KeyError as gone:
        words = _("The agreed row scope asks for a data item that is gone: agree on other terms.")
        raise DomainError(words, code="row_scope_gone") from gone


def rows_of(agreement: Agreement) -> AgreedRows:
    """What the agreement lets out, for views, and for who owns the store.

    Raises DomainError when its row scope cannot be asked, or its canary row does not fit the items.
    """
    return AgreedRows(
        shown=sql.SQL(", ").join(let_out(column, agreement) for column in columns_of(agreement)),
        table=sql.Identifier(STORE, table_name(agreement.resource_id)),
        scope=_scope(agreement),
        canary=canaries.of(agreement),
    )


def _as_delivered(column: Column, agreement: Agreement) -> Column:
    rule = agreement.masks.get(column.name)
    if rule is None:
        return column
    if rule == MaskingRule.PSEUDONYM:
        return replace(column, kind=ItemType.CHARACTER, length=pseudonyms.LENGTH, code_list="")
    return replace(column, kind=ItemType.MEMO, length=None, code_list="")


def let_out(column: Column, agreement: Agreement) -> sql.Composable:
    """The column as the agreement lets it out, masked where that is agreed."""
    if column.name in agreement.masks:
        return masks.masked(column.name, agreement)
    return column.identifier
