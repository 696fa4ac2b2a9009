"""COPY drained as fast as it comes: what Python does for each row costs as much as the row."""

import select
from collections.abc import Iterator
from itertools import repeat, takewhile
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.errors import error_from_result

CHUNK = 256 * 1024  # row by row would be five to twelve times slower
# Rows taken in one step. Each is an object that the garbage collector watches: with more of them alive
# it would run again and again, through all that the portal has in memory.
STEP = 256
Block = bytes | bytearray | memoryview
_block = itemgetter(1)


def copied(
    connection: psycopg.Connection[Any], statement: sql.Composed
) -> Iterator[tuple[bytes, int]]:
    """What a COPY TO STDOUT sends, in pieces of about 256 KB, each with its number of rows.

    The first is empty and comes when the COPY runs, so that what can be refused has been by then.
    A header counts as a row. Raises psycopg.Error, as a cursor would.
    """
    raw = connection.pgconn
    raw.send_query(statement.as_bytes(connection))
    _expect(raw, pq.ExecStatus.COPY_OUT)
    yield b"", 0
    arrived = select.poll()
    arrived.register(raw.socket, select.POLLIN)
    parts: list[bytes] = []
    size = rows = 0
    left = 1
    while left >= 0:
        some, left = _step(raw)
        if some:
            part = b"".join(some)
            parts.append(part)
            size += len(part)
            rows += len(some)
        if size >= CHUNK:
            yield b"".join(parts), rows
            parts, size, rows = [], 0, 0
        if left == 0:
            arrived.poll()
            raw.consume_input()
    if parts:
        yield b"".join(parts), rows
    _expect(raw, pq.ExecStatus.COMMAND_OK)
    while raw.get_result() is not None:
        pass


def _step(raw: pq.abc.PGconn) -> tuple[list[Block], int]:
    """Rows that have arrived, without a step of Python for each; then 1 when there may be more of them,
    0 when nothing more has come yet, -1 after the last.
    """
    some: list[Block] = [*map(_block, takewhile(_block, map(raw.get_copy_data, repeat(1, STEP))))]
    if len(some) == STEP:
        return some, 1
    # What stopped it, an empty block, may have been the end: asked once more, libpq tells.
    try:
        length, block = raw.get_copy_data(1)
    except psycopg.OperationalError:
        return some, -1  # there is no COPY any more, or no connection: its result says which
    if length > 0:
        some.append(block)
    return some, (length > 0) - (length < 0)


def _expect(raw: pq.abc.PGconn, status: pq.ExecStatus) -> None:
    result = raw.get_result()
    if result is None:
        raise psycopg.OperationalError("the connection gave no answer")
    if result.status != status:
        raise error_from_result(result)
