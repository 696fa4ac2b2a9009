"""The table of entries in months: none is refused, none lost on the way, and a month that goes is missed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import months
from audit.breaks import Kind
from audit.models import Leaf, Month
from audit.tasks import make_months
from audit.verification import verify
from tests.audit.conftest import Written
from tests.audit.database import seal_now
from tests.audit.past import OLD, all_entries, month_of, parts_of, write
from tests.audit.tampering import tamper

pytestmark = pytest.mark.usefixtures("committed")


def part(name: str) -> str:
    return f"audit_entry_{name.replace('-', '_')}"


def test_an_entry_lies_in_the_part_of_its_month_and_three_are_made_ahead(written: Written) -> None:
    # given
    here = months.earlier(timezone.now(), years=0)

    # when
    entries = written(2)

    # then
    assert parts_of([entry.pk for entry in entries]) == {part(here)}
    ahead = [here]
    for _ in range(months.AHEAD):
        ahead.append(months.following(ahead[-1]))
    assert list(Month.objects.order_by("ends").values_list("name", flat=True)) == ahead
    assert [months.beginning(name).day for name in ahead] == [1, 1, 1, 1]


def test_what_a_clock_that_jumped_writes_is_taken_and_finds_its_month_later(
    written: Written,
) -> None:
    # given
    back, forth = write(OLD, 3), write("2099-12", 1)
    written(1)
    head = seal_now()
    before = all_entries()
    assert parts_of([*back, *forth]) == {months.OTHER}

    # when
    made = months.ensure()

    # then
    assert made == [OLD]
    assert parts_of(back) == {part(OLD)}
    assert parts_of(forth) == {months.OTHER}
    assert all_entries() == before
    assert seal_now().number == head.number
    report = verify()
    assert report.is_whole
    assert (report.entries, report.unsealed) == (5, 0)


def test_entries_that_wait_for_their_seal_move_and_are_sealed_once() -> None:
    # given
    ids = write(OLD, 3)

    # when
    make_months.apply().get()
    seal_now()

    # then
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == ids
    assert verify().is_whole


def test_months_are_made_once_whoever_asks(written: Written) -> None:
    # given
    write(OLD, 1)
    made: list[str] = []

    def ask() -> None:
        made.extend(months.ensure())
        connection.close()

    # when
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # then
    assert made == [OLD]
    assert months.ensure() == []


def test_a_month_that_somebody_holds_is_left_for_the_next_time_and_holds_nobody_up(
    written: Written,
) -> None:
    # given
    ids = write(OLD, 2)
    held, end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_entry")
            held.set()
            end.wait(60)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(20)

    # when
    made = months.ensure()

    # then
    assert made == []
    assert parts_of(ids) == {months.OTHER}
    assert not Month.objects.filter(pk=OLD).exists()
    written(1)
    end.set()
    thread.join(20)
    assert months.ensure() == [OLD]


def test_a_month_dropped_behind_the_portals_back_is_named(written: Written) -> None:
    # given
    month = month_of(OLD, 3)
    written(1)
    seal_now()
    tamper(f"DROP TABLE {month.relation}")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.kind == Kind.MONTH
    assert broken.words == (
        f"the month {OLD} was dropped: {month.relation} is no part of audit_entry"
    )


def test_a_month_dropped_with_its_line_in_the_register_is_found_by_its_leaves(
    written: Written,
) -> None:
    # given
    written(1)
    seal_now()
    month = month_of(OLD, 3)
    ids = list(map(int, (row[0] for row in all_entries())))
    seal_now()
    tamper(f"DROP TABLE {month.relation}")
    month.delete()

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place, broken.entry_id) == (Kind.REMOVED, 1, ids[1])


@pytest.mark.parametrize("month_of_it", [OLD, "other"])
def test_a_part_without_its_guard_is_found(written: Written, month_of_it: str) -> None:
    # given
    month_of(OLD, 1)
    relation = part(month_of_it)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {relation} DISABLE TRIGGER audit_entry_append_only")

        # when
        broken = verify().broken
        cursor.execute(f"ALTER TABLE {relation} ENABLE TRIGGER audit_entry_append_only")

    # then
    assert broken is not None
    assert broken.kind == Kind.GUARD
    assert (
        broken.words == f"the trigger audit_entry_append_only of {relation} is missing or disabled"
    )
    assert verify().is_whole


def test_an_entry_twice_under_one_number_is_found(written: Written) -> None:
    # given
    entry = written(2)[0]
    seal_now()
    moved = entry.at - timedelta(days=800)

    # when
    tamper(
        "INSERT INTO audit_entry (id, at, actor_kind, actor_id, actor_name, department_name, action,"
        " target_type, target_id, target_label, department_ids, result, data, request_id, xid)"
        " VALUES (%s, %s, 'portal', '', '', '', 'audit.search', '', '', '', '{}', 'ok', '{}', '', '3')",
        [entry.pk, moved],
    )

    # then
    broken = verify().broken
    assert broken is not None
    assert broken.kind in {Kind.INSERTED, Kind.CHANGED}
