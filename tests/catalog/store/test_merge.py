from decimal import Decimal

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.errors import StoreRefusal
from catalog.store.inspection import Fault, TooManyBad
from catalog.store.merge import Counts, merge

from .shared import AMOUNT, CODE, give, rows_of, table

ROWS = [("1", "甲", Decimal("1.50")), ("2", "乙", None), ("3", None, Decimal("0.00"))]


def test_the_first_rows_fill_a_new_table(cursor):
    held = table("r_first")

    counts = give(cursor, held, ROWS)

    assert counts == Counts(read=3, inserted=3, updated=0, deleted=0, total=3)
    assert rows_of(cursor, held) == ROWS


def test_later_rows_insert_update_and_delete_only_what_differs(cursor):
    held = table("r_later")
    give(cursor, held, ROWS)
    cursor.execute("SELECT code, xmin::text, ctid::text FROM store.r_later WHERE code = '2'")
    before = cursor.fetchone()

    counts = give(cursor, held, [("1", "甲", Decimal("1.51")), ROWS[1], ("4", "丁", None)])

    assert counts == Counts(read=3, inserted=1, updated=1, deleted=1, total=3)
    assert rows_of(cursor, held) == [("1", "甲", Decimal("1.51")), ROWS[1], ("4", "丁", None)]
    cursor.execute("SELECT code, xmin::text, ctid::text FROM store.r_later WHERE code = '2'")
    assert cursor.fetchone() == before


def test_the_same_rows_again_change_nothing(cursor):
    held = table("r_again")
    give(cursor, held, ROWS)

    counts = give(cursor, held, list(reversed(ROWS)))

    assert counts == Counts(read=3, inserted=0, updated=0, deleted=0, total=3)


def test_no_rows_empty_the_table(cursor):
    held = table("r_none")
    give(cursor, held, ROWS)

    assert give(cursor, held, []) == Counts(read=0, inserted=0, updated=0, deleted=3, total=0)
    assert give(cursor, held, ROWS) == Counts(read=3, inserted=3, updated=0, deleted=0, total=3)


def test_a_table_of_nothing_but_a_key_is_merged(cursor):
    held = table("r_keys", CODE)
    give(cursor, held, [("1",), ("2",)])

    counts = give(cursor, held, [("2",), ("3",)])

    assert counts == Counts(read=2, inserted=1, updated=0, deleted=1, total=2)
    assert rows_of(cursor, held) == [("2",), ("3",)]


key = st.integers(0, 12)
# NUL cannot be in PostgreSQL's text, lone surrogates not in UTF-8
words = st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)
amounts = st.none() | st.decimals("-9999", "9999", places=2)
row_sets = st.lists(st.tuples(key, key, words, amounts), unique_by=lambda row: row[:2])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(old=row_sets, new=row_sets)
def test_whatever_was_there_a_merge_leaves_exactly_the_new_rows(cursor, old, new):
    # given
    columns = (
        Column("part", ItemType.INTEGER, is_key=True, is_nullable=False),
        Column("no", ItemType.INTEGER, is_key=True, is_nullable=False),
        Column("name", ItemType.MEMO),
        AMOUNT,
    )
    held = table("r_property", *columns)
    cursor.execute("DROP TABLE IF EXISTS store.r_property")
    give(cursor, held, old)
    before = {row[:2]: row for row in old}
    after = {row[:2]: row for row in new}

    # when
    counts = give(cursor, held, new)

    # then
    assert rows_of(cursor, held) == sorted(new, key=lambda row: row[:2])
    assert counts == Counts(
        read=len(new),
        inserted=len(after.keys() - before.keys()),
        updated=sum(1 for k in after.keys() & before.keys() if after[k] != before[k]),
        deleted=len(before.keys() - after.keys()),
        total=len(new),
    )
    assert give(cursor, held, new) == Counts(len(new), 0, 0, 0, len(new))


@pytest.mark.parametrize("held_before", [[], ROWS], ids=["into_nothing", "into_rows"])
@pytest.mark.parametrize(
    ("rows", "code", "column", "numbers"),
    [
        ([("7", "a", None), ("8", "b", None), ("8", "c", None)], "repeated_key", "code", [2, 3]),
        (
            [("1", "甲", Decimal("1.50")), ("1", "甲", Decimal("1.50"))],
            "repeated_key",
            "code",
            [1, 2],
        ),
        ([("7", "a", None), (None, "b", None)], "null_in_key", "code", [2]),
        ([("7", "a", "abc")], "wrong_type", "amount", [1]),
        ([("7", "a", "1e17")], "wrong_type", "amount", [1]),
        ([("7" * 13, "a", None)], "too_long", "code", [1]),
    ],
    ids=["new_twice", "held_twice", "null", "no_number", "too_large", "too_long"],
)
def test_without_leave_no_bad_row_is_taken(cursor, rows, code, column, numbers, held_before):
    # given
    held = table("r_refused")
    if held_before:
        give(cursor, held, held_before)

    # when
    with pytest.raises(TooManyBad) as refusal, cursor.connection.transaction():
        give(cursor, held, rows)

    # then
    found = refusal.value.inspection
    assert refusal.value.data == {"bad": len(numbers), "rows": len(rows), "most": "0"}
    assert found.faults == {Fault(column, code): len(numbers)}
    assert [row.number for row in found.rows] == numbers
    if held_before:
        assert rows_of(cursor, held) == ROWS


def test_bytes_that_are_no_utf8_are_refused(cursor):
    held = table("r_bytes")

    def fill(write):
        write(b"1\t\xb2\xe2\xca\xd4\t\\N\n")  # GBK
        return 1

    with pytest.raises(StoreRefusal) as refusal, cursor.connection.transaction():
        merge(cursor, held, fill)

    assert refusal.value.code == "bad_encoding"


@pytest.mark.parametrize(
    ("kind", "length", "given_", "kept"),
    [
        (ItemType.CHARACTER, None, "很长" * 5000, "很长" * 5000),
        (
            ItemType.NUMERIC,
            None,
            "123456789012345678901234567890.5",
            "123456789012345678901234567890.5",
        ),
        (ItemType.CURRENCY, None, "12.5", "12.50"),
        (ItemType.DATE, None, "2026-02-28", "2026-02-28"),
        (ItemType.DATETIME, None, "2026-01-01 08:00:00+08", "2026-01-01 00:00:00+00"),
        (ItemType.LOGICAL, None, "1", "true"),
        (ItemType.MEMO, None, "a\tb\\c\n'\"", "a\tb\\c\n'\""),
        (ItemType.GENERAL, None, "", ""),
        (ItemType.DOUBLE, None, "0.1", "0.1"),
        (ItemType.FLOAT, None, "1e300", "1e+300"),
        (ItemType.INTEGER, None, "9223372036854775807", "9223372036854775807"),
    ],
)
def test_each_type_of_item_keeps_its_values(cursor, kind, length, given_, kept):
    held = table("r_types", CODE, Column("value", kind, length))

    give(cursor, held, [("1", given_)])
    give(cursor, held, [("1", given_)])

    cursor.execute("SELECT value::text FROM store.r_types")
    assert cursor.fetchall() == [(kept,)]


def test_an_item_may_have_a_reserved_word_for_its_column(cursor):
    held = table("r_quoted", CODE, Column("order", ItemType.MEMO))

    give(cursor, held, [("1", "first")])
    counts = give(cursor, held, [("1", "second")])

    assert counts == Counts(read=1, inserted=0, updated=1, deleted=0, total=1)
    assert rows_of(cursor, held) == [("1", "second")]


@pytest.fixture
def beside(transactional_db):
    """A table of the store with committed rows, and a second connection that reads it."""
    held = table("r_seen")
    with transaction.atomic(), connection.cursor() as wrapped:
        give(wrapped.cursor, held, ROWS)
    known = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        known.pop(ours)
    with psycopg.connect(**known) as reader:
        yield held, reader
    with connection.cursor() as wrapped:
        wrapped.execute("DROP TABLE store.r_seen")


def test_a_long_reader_does_not_hold_up_a_change_of_shape_for_ever(beside):
    held, reader = beside
    rows_of(reader.cursor(), held)  # its transaction keeps the table

    with (
        pytest.raises(StoreRefusal) as refusal,
        transaction.atomic(),
        connection.cursor() as wrapped,
    ):
        merge(wrapped.cursor, table("r_seen", CODE), lambda write: 0, patience="100ms")

    assert refusal.value.code == "table_busy"
    assert rows_of(reader.cursor(), held) == ROWS


def test_readers_see_the_old_rows_until_the_merge_commits(beside):
    # given
    held, reader = beside

    # when
    with transaction.atomic(), connection.cursor() as wrapped:
        give(wrapped.cursor, held, [("9", "new", None)])
        during = rows_of(reader.cursor(), held)
        reader.rollback()
    after = rows_of(reader.cursor(), held)

    # then
    assert during == ROWS
    assert after == [("9", "new", None)]
