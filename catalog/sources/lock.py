"""The lock that a worker holds for a whole run: PostgreSQL lets go of it when the worker dies.

A session lock, not a transaction's, for a run is several transactions. The database connection must
therefore be the worker's own: behind PgBouncer, workers need session pooling.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import InterfaceError, OperationalError, connection

logger = structlog.get_logger(__name__)

# The upper half of the 64-bit key, so that nobody else's locks are met: four letters in ASCII.
CLASS = 0x53594E43  # SYNC
IMPORTS = 0x42554C4B  # BULK
PROFILES = 0x50524F46  # PROF
PUSHES = 0x50555348  # PUSH
HARVESTS = 0x48415256  # HARV, by source


@contextmanager
def held(resource_id: int, *, kind: int = CLASS) -> Iterator[bool]:
    """Hold the lock of the resource (of the import) meanwhile; False when somebody else holds it."""
    key = kind << 32 | resource_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            _release(key)


def held_until_commit(resource_id: int) -> bool:
    """Keep runs of the resource away until the transaction ends; False when one is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [CLASS << 32 | resource_id])
        (is_ours,) = cursor.fetchone()
        return bool(is_ours)


def held_now(*, kind: int = CLASS) -> set[int]:
    """The resources whose lock somebody holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = %s AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [kind],
        )
        return {resource_id for (resource_id,) in cursor.fetchall()}


def _release(key: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    except (OperationalError, InterfaceError) as error:
        # The session is gone, and the lock with it.
        logger.warning("sync_lock_lost", key=key, error=str(error))
        connection.close()
