"""Lists in memory: what a page costs, and that no date that is stored comes from an old list."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from portal.workdays import (
    add_working_days,
    current,
    is_working_day,
    next_working_days,
    working_days_between,
)
from portal.workdays.services import publish_calendar

NEW_YEAR = date(2027, 1, 1)
Queries = Callable[..., Any]


@pytest.fixture(autouse=True)
def _nothing_in_memory() -> Iterator[None]:
    kept = current._shared
    current.forget()
    yield
    current._shared = kept


def publish_2027(*days: date) -> None:
    publish_calendar(
        year=2027,
        holidays=[(day, "元旦") for day in days or (NEW_YEAR,)],
        makeup_days=[],
        source="通知",
        by=None,
    )


def in_another_process(act: Callable[[], None]) -> None:
    """What another process commits, whose memory is not ours: so ours is not told to forget."""
    kept = current._shared

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    current._shared = kept


@pytest.mark.django_db
def test_the_first_question_reads_the_lists_in_three_queries(
    django_assert_num_queries: Queries,
) -> None:
    with django_assert_num_queries(3):
        is_working_day(date(2026, 11, 23))


@pytest.mark.django_db
def test_a_page_of_hundreds_of_countdowns_costs_no_query(
    django_assert_num_queries: Queries,
) -> None:
    today = date(2026, 11, 23)
    is_working_day(today)

    with django_assert_num_queries(0):
        for step in range(500):
            working_days_between(today, today + timedelta(days=step - 100), "350102001001")
        next_working_days(today, 10)


@pytest.mark.django_db
def test_each_date_to_be_stored_costs_one_query(django_assert_num_queries: Queries) -> None:
    is_working_day(NEW_YEAR)

    with django_assert_num_queries(3):
        for step in range(3):
            add_working_days(date(2026, 11, 23), 10 + step)


@pytest.mark.django_db
def test_memory_is_compared_when_its_time_is_up(
    django_assert_num_queries: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_working_day(NEW_YEAR)
    monkeypatch.setattr(current, "RECHECK_SECONDS", -1.0)

    with django_assert_num_queries(1):
        is_working_day(NEW_YEAR)


@pytest.mark.django_db(transaction=True)
def test_the_process_that_publishes_shows_the_new_list_at_once() -> None:
    assert is_working_day(NEW_YEAR)

    publish_2027()

    assert not is_working_day(NEW_YEAR)


@pytest.mark.django_db(transaction=True)
def test_another_process_stores_no_date_of_the_old_list_and_shows_it_for_a_while_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert add_working_days(date(2026, 12, 31), 1).date == NEW_YEAR

    in_another_process(publish_2027)

    assert is_working_day(NEW_YEAR)
    assert add_working_days(date(2026, 12, 31), 1).date == date(2027, 1, 4)
    assert not is_working_day(NEW_YEAR)

    in_another_process(lambda: publish_2027(NEW_YEAR, date(2027, 1, 4)))
    assert is_working_day(date(2027, 1, 4))
    monkeypatch.setattr(current, "RECHECK_SECONDS", -1.0)
    assert not is_working_day(date(2027, 1, 4))


@pytest.mark.django_db(transaction=True)
def test_a_publication_that_is_rolled_back_was_seen_by_its_own_transaction_alone() -> None:
    seen_elsewhere: list[bool] = []
    is_working_day(NEW_YEAR)

    def look() -> None:
        try:
            seen_elsewhere.append(is_working_day(NEW_YEAR))
        finally:
            connection.close()

    def publish_and_fail() -> None:
        with transaction.atomic():
            publish_2027()
            assert not is_working_day(NEW_YEAR)
            assert add_working_days(date(2026, 12, 31), 1).calendar_version == "2027.1"
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()

    assert seen_elsewhere == [True]
    assert is_working_day(NEW_YEAR)
    assert add_working_days(date(2026, 12, 31), 1).calendar_version == "2027.-"


@pytest.mark.django_db
def test_a_publication_that_is_rolled_back_to_a_savepoint_is_gone() -> None:
    def publish_and_fail() -> None:
        with transaction.atomic():
            publish_2027()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_fail()

    assert is_working_day(NEW_YEAR)

    publish_2027(date(2027, 1, 4))
    assert (is_working_day(NEW_YEAR), is_working_day(date(2027, 1, 4))) == (True, False)
