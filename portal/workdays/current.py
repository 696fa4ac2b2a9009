"""The calendar in force, kept in the memory of each process.

All lists in force are some 800 days: they are read in two queries and kept. The lists only ever
grow by rows that never change, so one query over two dozen rows, the stamp (how many lists
there are, and the newest), tells whether what is kept still holds.

- `calendar_now()` compares the stamp at every call. A date counted by it may be stored: it is
  counted by the newest list that its transaction can see.
- `calendar_from_memory()` compares at most once in `RECHECK_SECONDS`. A page with hundreds of
  deadlines costs no query. The process that publishes forgets its copy on commit; the others show
  the new countdowns within that time.

A transaction that has published, and is not over, sees its own list and must not hand it to other
threads, since it may still be rolled back: it counts by a copy of its own.
"""

import threading
import time
from dataclasses import dataclass

from django.db import connection, transaction

from .calendar import Calendar

RECHECK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state of the table: how many lists were ever published, and the newest of them."""

    lists: int
    newest: int


@dataclass(frozen=True, slots=True)
class Kept:
    calendar: Calendar
    stamp: Stamp
    compared_at: float


class _OwnCopy(threading.local):
    kept: Kept | None = None


_shared: Kept | None = None
_own = _OwnCopy()


def calendar_now() -> Calendar:
    """The calendar by which dates that are stored are counted. One small query."""
    global _shared
    if _publishing():
        _own.kept = _compared(_own.kept)
        return _own.kept.calendar
    _shared = kept = _compared(_shared)
    return kept.calendar


def calendar_from_memory() -> Calendar:
    """The calendar by which pages show what is left; at most `RECHECK_SECONDS` behind."""
    kept = _shared
    if kept is None or time.monotonic() - kept.compared_at > RECHECK_SECONDS or _publishing():
        return calendar_now()
    return kept.calendar


def forget_on_commit() -> None:
    """For the transaction that publishes: after its commit, this process reads the lists again."""
    transaction.on_commit(forget)


def forget() -> None:
    global _shared
    _shared = None


def _publishing() -> bool:
    """Whether this transaction has published a list and is not over yet.

    Django drops the callback at commit, and also when the transaction or savepoint is rolled back,
    so what waits for the commit is the exact answer.
    """
    return any(waiting[1] is forget for waiting in connection.run_on_commit)


def _compared(kept: Kept | None) -> Kept:
    """`kept` with a new time when nothing was published since, else the lists as they are now."""
    from . import selectors  # the package is imported before Django's models are ready

    compared_at = time.monotonic()
    # Read before the lists: one that comes between is in the copy, and only makes it read again.
    stamp = selectors.stamp()
    if kept is not None and kept.stamp == stamp:
        return Kept(kept.calendar, stamp, compared_at)
    return Kept(Calendar.of(selectors.lists_in_force()), stamp, compared_at)
