"""The number of rows that is kept with a table is the one that counting gives, whatever was done to it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.store import row_count
from catalog.store.delta import Reach
from catalog.store.merge import merge
from catalog.store.rules import Checking, Staged
from catalog.store.sweep import sweep
from catalog.store.tables import count
from tests.catalog.store.shared import CODE, NAME, field, give, rows_of, table

HELD = table("r_counted", CODE, NAME)


def filled(rows):
    """What writes these rows."""

    def fill(write) -> int:
        write("".join("\t".join(map(field, row)) + "\n" for row in rows).encode())
        return len(rows)

    return fill


def delta(cursor, rows, reach: Reach = Reach.GIVEN):
    return merge(cursor, HELD, filled(rows), reach=reach)


def swept(cursor, keys) -> None:
    sweep(cursor, HELD, filled([(key,) for key in keys]), given=[Staged(CODE)], checking=Checking())


def scans(cursor) -> int:
    cursor.execute("SELECT pg_stat_get_xact_numscans('store.r_counted'::regclass)")
    (times,) = cursor.fetchone()
    return int(times)


keys = st.sets(st.integers(1, 12).map(str))
acts = st.lists(
    st.tuples(st.sampled_from(["whole", "given", "new", "sweep"]), keys, st.sampled_from("甲乙")),
    max_size=6,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=keys.filter(bool), then=acts)
def test_whatever_happens_to_a_table_its_number_is_that_of_its_rows(cursor, first, then):
    # given
    cursor.execute("DROP TABLE IF EXISTS store.r_counted")
    give(cursor, HELD, [(key, "甲") for key in sorted(first)])
    reaches = {"given": Reach.GIVEN, "new": Reach.NEW, "whole": Reach.WHOLE}

    for act, some, name in then:
        # when
        if act == "sweep":
            swept(cursor, sorted(some))
            told = row_count.kept(cursor, HELD)
        else:
            # A table without a row is made anew, so a part of its rows would be all of them.
            reach = reaches[act] if count(cursor, HELD) else Reach.WHOLE
            told = delta(cursor, [(key, name) for key in sorted(some)], reach).total

        # then
        assert told == count(cursor, HELD) == row_count.kept(cursor, HELD)


def test_a_few_changes_do_not_read_the_table(cursor):
    # given
    give(cursor, HELD, [(f"{number:04d}", "甲") for number in range(2000)])
    cursor.execute("ANALYZE store.r_counted")
    before = scans(cursor)

    # when
    counts = delta(cursor, [("0001", "乙"), ("new", "丙")])

    # then
    assert (counts.updated, counts.inserted, counts.total) == (1, 1, 2001)
    # that it holds a row at all is looked at once
    assert scans(cursor) - before == 1


def test_without_a_number_the_rows_are_counted(cursor):
    give(cursor, HELD, [("1", "甲"), ("2", "乙")])
    cursor.execute("COMMENT ON TABLE store.r_counted IS NULL")

    assert delta(cursor, [("3", "丙")]).total == 3
    assert row_count.kept(cursor, HELD) == 3


def test_what_is_rolled_back_does_not_count(cursor):
    give(cursor, HELD, [("1", "甲")])

    with cursor.connection.transaction(force_rollback=True):
        assert delta(cursor, [("2", "乙")]).total == 2

    assert row_count.kept(cursor, HELD) == 1
    assert rows_of(cursor, HELD) == [("1", "甲")]
