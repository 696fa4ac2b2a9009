"""COPY drained in pieces: every byte and every row, whatever the rows are like."""

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from sharing.delivery.copying import CHUNK, STEP, copied
from sharing.delivery.reader import reading

pytestmark = pytest.mark.django_db(transaction=True)


def drained(agreement, query: str) -> tuple[list[bytes], int]:
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(query))
    with reading(agreement) as opened:
        pieces = list(copied(opened, statement))
        assert opened.execute("SELECT 1").fetchone() == (1,)  # the session goes on
    assert pieces[0] == (b"", 0)
    return [piece for piece, _rows in pieces[1:]], sum(rows for _piece, rows in pieces)


@pytest.mark.parametrize("count", [0, 1, STEP - 1, STEP, STEP + 1, 5 * STEP, 40_000])
def test_every_row_comes_and_is_counted_once(agreement, count):
    pieces, rows = drained(agreement, f"SELECT i FROM generate_series(1, {count}) AS i")

    assert b"".join(pieces) == b"".join(b"%d\n" % number for number in range(1, count + 1))
    assert rows == count


def test_lines_within_a_cell_are_no_rows(agreement):
    pieces, rows = drained(agreement, "SELECT E'a\\nb\\n', i FROM generate_series(1, 3) AS i")

    assert b"".join(pieces) == b'"a\nb\n",1\n"a\nb\n",2\n"a\nb\n",3\n'
    assert rows == 3


def test_rows_larger_than_a_piece_come_whole(agreement):
    length = 3 * CHUNK
    pieces, rows = drained(agreement, f"SELECT repeat('x', {length}) FROM generate_series(1, 5)")

    assert b"".join(pieces) == (b"x" * length + b"\n") * 5
    assert rows == 5


def test_small_rows_are_gathered(agreement):
    pieces, _rows = drained(agreement, "SELECT repeat('x', 99) FROM generate_series(1, 20000)")

    assert sum(map(len, pieces)) == 2_000_000
    assert [len(piece) >= CHUNK for piece in pieces[:-1]] == [True] * 7


def test_what_fails_in_the_middle_is_raised_after_the_rows_before_it(agreement):
    statement = sql.SQL(
        "COPY (SELECT 1 / (90000 - i) FROM generate_series(1, 99999) AS i) TO STDOUT"
    )
    got = 0
    with pytest.raises(psycopg.errors.DivisionByZero), reading(agreement) as opened:  # noqa: PT012
        for _piece, rows in copied(opened, statement):
            got += rows

    assert 0 < got < 90_000


def test_a_session_that_is_ended_in_the_middle_raises(agreement):
    statement = sql.SQL("COPY (SELECT repeat('x', 999) FROM generate_series(1, 999999)) TO STDOUT")
    got = 0
    with pytest.raises(psycopg.OperationalError), reading(agreement) as opened:  # noqa: PT012
        for _piece, rows in copied(opened, statement):
            if not got and rows:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(%s)", [opened.info.backend_pid])
            got += rows

    assert 0 < got < 999_999
