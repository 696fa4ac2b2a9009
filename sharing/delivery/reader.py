"""Connections on which rows are delivered: as the role that may read agreements' views only.

They are kept for the next pull, of whichever agreement: to open one takes longer than a page. What a
pull did to its session is undone before another gets it.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from portal.common.database import has_spoken
from portal.common.errors import DomainError
from sharing.models import Agreement
from sharing.outlet import READER

logger = structlog.get_logger(__name__)
# What a pull meets when its agreement has ended while it waited for the view.
GONE = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InsufficientPrivilege,
)
PATIENCE = 5.0  # seconds until there must be a connection
IDLE = 60.0
RETRY_SECONDS = 5
# RESET ROLE is back to the role of the session's beginning, the reader; RESET SESSION AUTHORIZATION
# takes that off first, and must not be the last.
UNDO = sql.SQL(
    "CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; SELECT pg_advisory_unlock_all();"
    " RESET SESSION AUTHORIZATION; RESET ALL; RESET ROLE; SELECT current_user"
)

Reader = psycopg.Connection[tuple[Any, ...]]
_pools: dict[tuple[object, ...], ConnectionPool[Reader]] = {}
_making = threading.Lock()


class BusyError(DomainError):
    """No connection could be had: all are drawing rows, or the database is away."""

    code = "delivery_busy"
    status = 503


@contextmanager
def reading(agreement: Agreement, *, is_snapshot: bool = False) -> Iterator[Reader]:
    """A connection for one pull, its own until it lets go; each statement is a transaction by itself.

    With `is_snapshot` all of them see the rows of one moment. A connection that is closed meanwhile
    is not used again. Raises BusyError.
    """
    pool = _pool()
    opened = _taken(pool, agreement)
    try:
        with opened:
            if is_snapshot:
                opened.autocommit = False
                opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield opened
    finally:
        _let_go(pool, opened)


def answer(agreement: Agreement, *statements: sql.Composable) -> tuple[Any, ...] | None:
    """The row that the last statement gives: a pull of its own, in one message to the database.

    That names the session, asks, and undoes what a pull may have done, all in one transaction.
    Raises BusyError, and what a statement raises.
    """
    pool = _pool()
    opened = _lively(pool)
    is_undone = False
    try:
        with opened:
            cursor = opened.execute(sql.SQL("; ").join([_named(agreement), *statements, UNDO]))
            for _statement in statements:
                cursor.nextset()
            row = cursor.fetchone()
            _check_role(cursor)
            is_undone = True
            return row
    finally:
        _let_go(pool, opened, is_undone=is_undone)


def close() -> None:
    """Let all connections of this process go; the next pull opens new ones."""
    with _making:
        mine = [known for known in _pools if known[0] == os.getpid()]
        pools = [_pools.pop(known) for known in mine]
    for pool in pools:
        pool.close()


atexit.register(close)


def session_name(agreement: Agreement) -> str:
    return f"portal-pull:{agreement.number}"


def options_of() -> str:
    """What libpq sets as the session begins: the role, that nothing is written, limits of time."""
    limit = settings.DELIVERY_STATEMENT_TIMEOUT
    return (
        f"-c role={READER} -c default_transaction_read_only=on"
        f" -c statement_timeout={limit}s -c idle_in_transaction_session_timeout=60s"
        " -c max_parallel_workers_per_gather=0 -c timezone=Asia/Shanghai -c datestyle=ISO"
    )


def _pool() -> ConnectionPool[Reader]:
    """This process's pool: a connection does not survive a fork, and settings are those of now."""
    given = connection.settings_dict
    asked = {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"] or None,
        "options": options_of(),
    }
    known = (os.getpid(), *asked.values())
    with _making:
        if known not in _pools:
            _pools[known] = ConnectionPool(
                kwargs={
                    **asked,
                    "connect_timeout": 5,
                    "application_name": "portal-reader",
                    "autocommit": True,
                    # A view that is made anew would meet plans of the old one.
                    "prepare_threshold": None,
                },
                min_size=0,
                max_size=settings.DELIVERY_CONNECTIONS,
                max_idle=IDLE,
                timeout=PATIENCE,
                num_workers=1,
                name="readers",
                open=True,
            )
        return _pools[known]


def _taken(pool: ConnectionPool[Reader], agreement: Agreement) -> Reader:
    """A live one, which says whose rows it draws to who looks at the database's sessions."""
    while True:
        opened = _next(pool)
        try:
            opened.execute(_named(agreement))
        except psycopg.OperationalError:
            _drop(pool, opened)
        else:
            return opened


def _lively(pool: ConnectionPool[Reader]) -> Reader:
    """One whose server has not ended it: nothing is asked of it to know that."""
    while has_spoken((opened := _next(pool)).pgconn):
        _drop(pool, opened)
    return opened


def _next(pool: ConnectionPool[Reader]) -> Reader:
    try:
        return pool.getconn()
    except PoolTimeout as busy:
        words = _("No rows can be drawn just now: too many calls at once. Try again in a moment.")
        raise BusyError(words, retry_after=RETRY_SECONDS) from busy


def _drop(pool: ConnectionPool[Reader], dead: Reader) -> None:
    """It died while nobody used it; each that did is dropped, and the next is younger."""
    dead.close()
    pool.putconn(dead)


def _named(agreement: Agreement) -> sql.Composed:
    return sql.SQL("SET application_name = {}").format(sql.Literal(session_name(agreement)))


def _let_go(pool: ConnectionPool[Reader], opened: Reader, *, is_undone: bool = False) -> None:
    """Back to the pool as it was opened; ended when it is not at rest, or cannot be so again."""
    try:
        if opened.info.transaction_status != TransactionStatus.IDLE:
            opened.close()
        elif not is_undone:
            _undo(opened)
    except psycopg.Error as lost:
        logger.warning("reader_ended", error=str(lost))
        opened.close()
    finally:
        pool.putconn(opened)


def _undo(opened: Reader) -> None:
    opened.autocommit = True
    opened.isolation_level = None
    opened.read_only = None
    opened.deferrable = None
    _check_role(opened.execute(UNDO))


def _check_role(cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
    """Raises unless `UNDO`, whose answer is the last, left the session with the reader's role."""
    while cursor.nextset():
        pass
    if cursor.fetchone() != (READER,):
        raise psycopg.OperationalError("the session has lost its role")
