"""The store takes no value that is not in the list its column is bound to."""

import pytest
from django.db import connection, transaction

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.inspection import TooManyBad
from catalog.store.merge import merge
from catalog.store.rules import Checking
from tests.catalog.store.shared import CODE, field, give, rows_of, table

LIST = "GB/T 2261.1-2003"
SEX = Column("sex", ItemType.CHARACTER, 1, label="性别", code_list=LIST)
ID = Column("id", ItemType.CHARACTER, 18, label="证件", is_personal=True, code_list="ID")
CODES = {LIST: ["1", "2", "9"], "ID": ["110101199001011234"]}


@pytest.fixture
def cursor(db):
    with connection.cursor() as wrapped:
        yield wrapped.cursor


def give_checked(cursor, to, rows, codes=CODES):
    def fill(write):
        for row in rows:
            write(("\t".join(field(value) for value in row) + "\n").encode())
        return len(rows)

    return merge(cursor, to, fill, checking=Checking(codes=codes))


def refused(cursor, to, rows, codes=CODES):
    """The numbers of the rows that were refused, and in which column."""
    with pytest.raises(TooManyBad) as caught, transaction.atomic():
        give_checked(cursor, to, rows, codes)
    found = caught.value.inspection
    (fault,) = found.faults
    assert fault.code == "code_list"
    return fault.column, [row.number for row in found.rows]


@pytest.mark.parametrize("is_known", [False, True], ids=["first load", "comparison"])
def test_a_value_outside_the_list_is_refused_with_its_row(cursor, is_known):
    held = table("r_sex", CODE, SEX)
    if is_known:
        give_checked(cursor, held, [("a", "1")])

    told = refused(cursor, held, [("a", "1"), ("b", "3"), ("c", None), ("d", "3"), ("e", "8")])

    assert told == ("sex", [2, 4, 5])
    if is_known:
        assert rows_of(cursor, held) == [("a", "1")]


@pytest.mark.parametrize("is_known", [False, True], ids=["first load", "comparison"])
def test_values_of_the_list_and_empty_ones_are_taken(cursor, is_known):
    held = table("r_sex", CODE, SEX)
    if is_known:
        give_checked(cursor, held, [("z", "9")])

    counts = give_checked(cursor, held, [("a", "1"), ("b", None), ("c", "2")])

    assert counts.total == 3


def test_an_empty_text_is_no_code(cursor):
    assert refused(cursor, table("r_sex", CODE, SEX), [("a", "")]) == ("sex", [1])


def test_rows_that_were_taken_under_an_older_version_are_refused_under_a_newer(cursor):
    held = table("r_sex", CODE, SEX)
    give_checked(cursor, held, [("a", "9")])

    told = refused(cursor, held, [("a", "9")], {LIST: ["1", "2"]})

    assert told == ("sex", [1])


def test_of_several_columns_each_is_checked(cursor):
    held = table("r_both", CODE, SEX, ID)
    told = refused(cursor, held, [("a", "1", None), ("b", "2", "440101199001011234")])
    assert told == ("id", [2])


def test_a_list_without_a_version_in_force_bars_nothing(cursor):
    assert give_checked(cursor, table("r_sex", CODE, SEX), [("a", "x")], {}).total == 1


def test_odd_codes_are_compared_as_they_are(cursor):
    odd = Column("odd", ItemType.CHARACTER, 20, code_list="ODD")
    codes = {"ODD": ["100%", "a'b", '{"c"}', "d,e", "\\n", "NULL"]}
    held = table("r_odd", CODE, odd)
    assert give_checked(cursor, held, list(enumerate(codes["ODD"])), codes).total == 6
    assert refused(cursor, held, [("a", "%s")], codes) == ("odd", [1])


def test_a_table_without_lists_is_merged_with_the_same_statements_as_before(cursor):
    held = table("r_plain")
    rows = [("a", "甲", "1.00"), ("b", "乙", "2.00")]
    give(cursor, held, rows)
    seen = []

    class Counting:
        """The cursor, telling every statement."""

        def __getattr__(self, name):
            return getattr(cursor, name)

        def execute(self, statement, *args):
            seen.append(statement if isinstance(statement, str) else statement.as_string(cursor))
            return cursor.execute(statement, *args)

    def fill(write):
        for row in rows:
            write(("\t".join(field(value) for value in row) + "\n").encode())
        return len(rows)

    merge(Counting(), held, fill, checking=Checking(codes=CODES))

    assert not any("ALL (" in statement for statement in seen)
