"""PostgreSQL as Django has it, and whether a connection that was kept has ended, without asking it."""

import select

import psycopg
from psycopg.pq import abc


def has_spoken(raw: abc.PGconn) -> bool:
    """Whether the server has sent something unasked. Of a connection at rest: that it ended, as a rule."""
    try:
        asked = select.poll()
        asked.register(raw.socket, select.POLLIN)
    except psycopg.OperationalError:  # it has no socket any more
        return True
    return bool(asked.poll(0))
