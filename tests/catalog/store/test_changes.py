"""The log of a table's changes: exactly what merges did, in the order of their commits."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import ItemType
from catalog.store import changes
from catalog.store.changes import Image
from catalog.store.columns import Column
from catalog.store.errors import StoreRefusal
from catalog.store.merge import Counts
from catalog.store.reshape import reshape, reshaping
from catalog.store.rules import Checking
from catalog.store.tables import create_missing, exists

from .shared import AMOUNT, CODE, NAME, give, rows_of, table
from .test_merge import row_sets

ROWS = [("1", "甲", Decimal("1.50")), ("2", "乙", None), ("3", None, Decimal("0.00"))]


def logged(cursor, held, *columns):
    """The log without its mark: position counted from the first one, image, and the row."""
    wanted = ", ".join(column.name for column in columns or held.columns)
    cursor.execute(
        f"SELECT dense_rank() OVER (ORDER BY _position), _image, {wanted}"
        f" FROM store.{held.name}_changes WHERE _image > 0 ORDER BY _position, _image"
    )
    return cursor.fetchall()


def followed(cursor, name, *columns):
    """A table with rows, and a log that has begun."""
    held = table(name, *columns)
    give(cursor, held, ROWS)
    changes.keep(cursor, held)
    return held


def replayed(rows, log):
    """What a follower holds who had `rows` and does what the log says, one position after the other."""
    held = {row[0]: row for row in rows}
    for _position, image, *row in log:
        if image == Image.BEFORE:
            assert held.pop(row[0]) == tuple(row)
        else:
            assert row[0] not in held
            held[row[0]] = tuple(row)
    return sorted(held.values())


def test_nothing_is_written_down_before_anybody_follows(cursor):
    held = table("r_alone")
    give(cursor, held, ROWS)

    give(cursor, held, ROWS[1:])

    assert not changes.is_kept(cursor, held.name)


def test_inserts_updates_and_deletes_are_written_down_with_the_rows_before_and_after(cursor):
    # given
    held = followed(cursor, "r_followed")
    begin = changes.extent(cursor, held.name)

    # when
    counts = give(cursor, held, [("1", "甲", Decimal("1.51")), ROWS[1], ("4", "丁", None)])

    # then
    assert counts == Counts(read=3, inserted=1, updated=1, deleted=1, total=3)
    assert {row[1:] for row in logged(cursor, held)} == {
        (Image.BEFORE, *ROWS[0]),
        (Image.AFTER, "1", "甲", Decimal("1.51")),
        (Image.BEFORE, *ROWS[2]),
        (Image.AFTER, "4", "丁", None),
    }
    assert len({position for position, *_ in logged(cursor, held)}) == 3
    now = changes.extent(cursor, held.name)
    assert (now.floor, now.head) == (begin.floor, begin.head + 3)


def test_the_same_rows_again_are_no_change(cursor):
    held = followed(cursor, "r_same")
    before = changes.extent(cursor, held.name)

    give(cursor, held, list(reversed(ROWS)))

    assert changes.extent(cursor, held.name) == before


def test_a_merge_that_fails_has_written_nothing_down(cursor):
    held = followed(cursor, "r_rolled_back")
    before = changes.extent(cursor, held.name)

    with pytest.raises(StoreRefusal), transaction.atomic():
        give(cursor, held, [ROWS[0], ("5", "戊", None), ("5", "己", None)])

    assert changes.extent(cursor, held.name) == before
    assert rows_of(cursor, held) == ROWS


def test_a_row_that_stays_because_its_like_came_bad_is_no_delete(cursor):
    # given
    held = followed(cursor, "r_stays")

    # when 1 comes with no number for its amount, 2 changes and 3 is gone
    bad = [("1", "甲", "abc"), ("2", "二", None)]
    counts = give(cursor, held, bad, checking=Checking(most_bad=Decimal(50)))

    # then
    assert (counts.updated, counts.deleted, counts.inspection.bad) == (1, 1, 1)
    assert rows_of(cursor, held) == [ROWS[0], ("2", "二", None)]
    assert {row[1:3] for row in logged(cursor, held)} == {
        (Image.BEFORE, "2"),
        (Image.AFTER, "2"),
        (Image.BEFORE, "3"),
    }


def test_first_rows_move_the_mark_and_later_ones_are_changes(cursor):
    # given a table that an agreement made before its rows came
    held = table("r_first_rows")
    create_missing(cursor, held)
    changes.keep(cursor, held)
    cursor.execute("CREATE VIEW store.first_rows AS SELECT code FROM store.r_first_rows")
    empty = changes.extent(cursor, held.name)

    # when
    give(cursor, held, ROWS)

    # then
    filled = changes.extent(cursor, held.name)
    assert filled.floor == filled.head > empty.head
    give(cursor, held, [])
    give(cursor, held, ROWS[:1])
    assert [image for _, image, *_ in logged(cursor, held)] == [Image.BEFORE] * 3 + [Image.AFTER]
    assert changes.extent(cursor, held.name).floor == filled.floor


def test_an_empty_table_that_stays_empty_moves_nothing(cursor):
    held = table("r_stays_empty")
    create_missing(cursor, held)
    changes.keep(cursor, held)
    cursor.execute("CREATE VIEW store.stays_empty AS SELECT code FROM store.r_stays_empty")
    before = changes.extent(cursor, held.name)

    give(cursor, held, [])

    assert changes.extent(cursor, held.name) == before


def test_a_table_made_anew_starts_its_log_anew(cursor):
    # given
    held = followed(cursor, "r_anew")
    give(cursor, held, ROWS[:2])
    before = changes.extent(cursor, held.name)

    # when its key changes, nobody reading it
    other = replace(held, columns=(CODE, replace(NAME, is_key=True, is_nullable=False), AMOUNT))
    give(cursor, other, ROWS[:2])

    # then
    after = changes.extent(cursor, held.name)
    assert after.floor == after.head > before.head
    assert logged(cursor, held) == []


def test_new_columns_join_the_log_and_gone_ones_leave_it(cursor):
    # given
    held = followed(cursor, "r_shapes")
    cursor.execute("CREATE VIEW store.shapes AS SELECT code FROM store.r_shapes")
    level = Column("level", ItemType.INTEGER)
    amount = replace(AMOUNT, kind=ItemType.INTEGER)
    other = replace(held, columns=(CODE, amount, level))

    # when one comes, one goes, one becomes another type
    give(cursor, other, [("1", 7, 3)])

    # then
    assert logged(cursor, other) == [
        (1, Image.BEFORE, "1", None, None),
        (1, Image.AFTER, "1", 7, 3),
        *[row for row in logged(cursor, other) if row[0] > 1],
    ]
    assert {row[2] for row in logged(cursor, other)} == {"1", "2", "3"}
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s",
                   ["r_shapes_changes"])  # fmt: skip
    assert {name for (name,) in cursor.fetchall()} == {
        "_position",
        "_image",
        "_at",
        "code",
        "amount",
        "level",
    }


def test_a_table_that_goes_takes_its_log_along(cursor):
    held = followed(cursor, "r_gone")
    other = replace(held, columns=(CODE, replace(NAME, is_key=True, is_nullable=False), AMOUNT))

    reshape(cursor, other, reshaping(cursor, other))

    assert not exists(cursor, held.name)
    assert not changes.is_kept(cursor, held.name)


def test_old_changes_are_forgotten_and_the_mark_tells_where_it_begins_now(cursor):
    # given
    held = followed(cursor, "r_pruned")
    give(cursor, held, ROWS[:2])
    old = changes.extent(cursor, held.name).head
    cursor.execute("UPDATE store.r_pruned_changes SET _at = _at - interval '9 days'")
    give(cursor, held, ROWS[:1])
    head = changes.extent(cursor, held.name).head

    # when
    gone = changes.prune(cursor, held.name, before=timezone.now() - timedelta(days=8))

    # then
    assert gone == 2  # the change, and the mark before it
    assert changes.extent(cursor, held.name) == changes.Extent(floor=old, head=head)
    assert [row[1:3] for row in logged(cursor, held)] == [(Image.BEFORE, "2")]
    assert changes.prune(cursor, held.name, before=timezone.now() - timedelta(days=8)) == 0


def test_logs_are_found_by_their_table(cursor):
    followed(cursor, "r_901")
    give(cursor, table("r_902"), ROWS)

    assert changes.kept_logs(cursor) == ["r_901"]
    changes.forget(cursor, "r_901")
    assert changes.kept_logs(cursor) == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=st.lists(row_sets, min_size=1, max_size=6))
def test_who_replays_the_log_holds_exactly_the_table(cursor, history):
    with transaction.atomic():
        held = table("r_replayed", CODE, *(Column(n, ItemType.INTEGER) for n in ("a",)))
        rows = [[(str(a), b) for a, b in {a: b for a, b, *_ in one}.items()] for one in history]
        give(cursor, held, [("first", 0)])
        cursor.execute("CREATE VIEW store.replayed AS SELECT code FROM store.r_replayed")
        changes.keep(cursor, held)
        for one in rows:
            give(cursor, held, one)
            assert replayed([("first", 0)], logged(cursor, held)) == rows_of(cursor, held)
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_whoever_sees_a_position_sees_all_before_it():
    """Several merge one table at once; a reader never sees a position come late."""
    # given
    held = table("r_at_once")
    with transaction.atomic(), connection.cursor() as wrapped:
        give(wrapped.cursor, held, ROWS)
        changes.keep(wrapped.cursor, held)
    done = threading.Event()

    def merge_often(who: int) -> None:
        try:
            for turn in range(12):
                rows = [(f"{who}-{turn}-{i}", None, None) for i in range(1 + turn % 3)]
                with transaction.atomic(), connection.cursor() as wrapped:
                    give(wrapped.cursor, held, rows)
                    time.sleep(0.002)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=merge_often, args=(who,)) for who in range(4)]
    watcher = threading.Thread(target=lambda: ([t.join() for t in threads], done.set()))

    # when
    state, known = list(ROWS), []
    for thread in (*threads, watcher):
        thread.start()
    with connection.cursor() as cursor:
        while True:
            is_last = done.is_set()
            cursor.execute(
                "SELECT _position, _image, code, name, amount FROM store.r_at_once_changes"
                " WHERE _image > 0 ORDER BY _position, _image"
            )
            log = cursor.fetchall()
            # then what was read before is the beginning of what is read now
            assert log[: len(known)] == known
            state = replayed(state, log[len(known) :])
            known = log
            if is_last:
                break
    watcher.join()

    with connection.cursor() as cursor:
        assert state == rows_of(cursor, held)
        assert len({row[0] for row in known}) > 4 * 12


@pytest.mark.django_db(transaction=True)
def test_a_log_made_while_a_merge_runs_begins_after_it():
    # given a merge that has looked for the log and not committed
    held = table("r_late")
    with transaction.atomic(), connection.cursor() as wrapped:
        give(wrapped.cursor, held, ROWS)
    merged, go_on = threading.Event(), threading.Event()

    def merge() -> None:
        with transaction.atomic(), connection.cursor() as wrapped:
            give(wrapped.cursor, held, ROWS[:1])
            merged.set()
            go_on.wait(20)
        connections.close_all()

    running = threading.Thread(target=merge)
    running.start()
    merged.wait(20)

    # when
    with transaction.atomic(), connection.cursor() as wrapped:
        changes.keep(wrapped.cursor, held)

    # then nothing can be followed until it has committed
    with connection.cursor() as wrapped:
        cursor = wrapped.cursor
        assert changes.extent(cursor, held.name) == changes.Extent(None, None)
        assert not changes.begin(cursor, held.name, patience="50ms")
        go_on.set()
        running.join(20)
        assert changes.begin(cursor, held.name, patience="5s")
        known = changes.extent(cursor, held.name)
        assert known.floor == known.head is not None
        assert changes.begin(cursor, held.name, patience="5s")
        assert changes.extent(cursor, held.name) == known
