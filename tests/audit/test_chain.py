import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Entry, Head, Link
from audit.selectors import proof
from audit.services import record
from tests.audit.conftest import ZHOU
from tests.audit.database import chain_now

Written = Callable[[int], list[Entry]]
GENESIS = bytes(32)


def test_each_link_is_the_hash_of_the_one_before_and_the_entry(written: Written) -> None:
    # when
    entries = written(3)

    # then
    links = list(Link.objects.order_by("seq"))
    assert [(link.seq, link.entry_id) for link in links] == [
        (n, entry.pk) for n, entry in enumerate(entries, 1)
    ]
    previous = GENESIS
    for link in links:
        assert bytes(link.previous) == previous
        content = proof(link.entry_id).canonical.encode()
        previous = sha256(previous + content).digest()
        assert bytes(link.hash) == previous
    head = Head.objects.get()
    assert (head.seq, bytes(head.hash)) == (3, previous)


def test_entries_of_one_transaction_are_chained_in_their_order(transactional_db: None) -> None:
    # when
    with transaction.atomic():
        made = [record(actor=ZHOU, action="audit.search", target=None, n=n) for n in range(5)]

    # then
    assert list(Link.objects.order_by("seq").values_list("entry_id", flat=True)) == [
        entry.pk for entry in made
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_queue")
        assert cursor.fetchone() == (0,)


def test_many_writers_at_once_make_one_gapless_chain(transactional_db: None) -> None:
    # given
    writers, each = 6, 25
    faults: list[BaseException] = []

    def write(name: int) -> None:
        try:
            for n in range(each):
                with transaction.atomic():
                    record(actor=ZHOU, action="audit.search", target=None, writer=name, n=n)
                    if n % 5 == 0:
                        record(actor=ZHOU, action="audit.export", target=None)
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connection.close()

    # when
    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # then
    expected = writers * (each + each // 5)
    assert not faults
    assert list(Link.objects.order_by("seq").values_list("seq", flat=True)) == list(
        range(1, expected + 1)
    )
    assert Link.objects.values("entry_id").distinct().count() == expected == Entry.objects.count()
    hashes = [
        GENESIS,
        *(bytes(h) for h in Link.objects.order_by("seq").values_list("hash", flat=True)),
    ]
    assert [
        bytes(p) for p in Link.objects.order_by("seq").values_list("previous", flat=True)
    ] == hashes[:-1]


def test_a_writer_with_a_row_lock_and_one_with_a_foreign_key_do_not_deadlock(
    transactional_db: None,
) -> None:
    """The other's foreign key is checked at commit, when the chain is written too.

    Were the head locked before that check, each would wait for what the other holds.
    """
    # given
    content_type = ContentType.objects.create(app_label="test", model="thing")
    holds, locked, faults = threading.Event(), threading.Event(), []

    def lock_the_row() -> None:
        try:
            with transaction.atomic():
                ContentType.objects.select_for_update().get(pk=content_type.pk)
                record(actor=ZHOU, action="audit.search", target=None)
                locked.set()
                holds.wait(5)
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connection.close()

    other = threading.Thread(target=lock_the_row)
    other.start()
    assert locked.wait(5)

    # when
    releaser = threading.Timer(0.4, holds.set)
    releaser.start()
    with transaction.atomic():
        record(actor=ZHOU, action="audit.search", target=None)
        Permission.objects.create(name="x", codename="x", content_type=content_type)
    other.join(10)

    # then
    assert not faults
    assert list(Link.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]


def test_nobody_waits_for_a_transaction_that_has_recorded_but_not_committed(
    transactional_db: None,
) -> None:
    # given
    recorded, end = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                record(actor=ZHOU, action="audit.export", target=None)
                recorded.set()
                end.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert recorded.wait(5)

    # when
    with transaction.atomic():
        quick = record(actor=ZHOU, action="audit.search", target=None)

    # then
    assert Link.objects.get().entry_id == quick.pk
    end.set()
    thread.join(10)
    assert Link.objects.count() == 2


def test_a_temporary_table_cannot_stand_in_for_the_head(transactional_db: None) -> None:
    # given
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE audit_head AS SELECT * FROM audit_head")

        # when
        try:
            with transaction.atomic():
                record(actor=ZHOU, action="audit.search", target=None)
        finally:
            cursor.execute("DROP TABLE pg_temp.audit_head")

    # then
    assert Head.objects.get().seq == 1


SETTINGS = [
    "SET LOCAL TimeZone = 'America/St_Johns'",
    "SET LOCAL DateStyle = 'SQL, DMY'",
    "SET LOCAL extra_float_digits = -15",
    "SET LOCAL IntervalStyle = 'sql_standard'",
    "SET LOCAL bytea_output = 'escape'",
    "SET LOCAL lc_numeric = 'C'",
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_bytes_under_the_hash_do_not_depend_on_the_session(group: Group, setting: str) -> None:
    # given
    entry = record(actor=ZHOU, action="audit.search", target=group, ratio=0.1, at="2026-11-23")
    before = proof(entry.pk).canonical

    # when
    with connection.cursor() as cursor:
        cursor.execute(setting)

    # then
    assert proof(entry.pk).canonical == before
    assert '"v": 1' in before


odd_text = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\ud800", "'", '"', "\\", "\u2028", "𠮷", "e\u0301", "é", "\r\n", "{}", "%s"]
)
odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**30, max_value=10**60)
    | st.floats()
    | odd_text,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(odd_text.map(lambda key: f"k{key}"), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.dictionaries(st.sampled_from(["a", "b", "c"]), odd_values), name=odd_text)
def test_whatever_is_recorded_comes_back_and_its_proof_holds(
    db: None, data: dict[str, object], name: str
) -> None:
    # when
    entry = record(actor=replace(ZHOU, name=name), action="audit.search", target=None, **data)
    chain_now()

    # then
    kept = Entry.objects.get(pk=entry.pk)
    assert _same(kept.data, entry.data)
    assert kept.actor_name == entry.actor_name
    assert proof(entry.pk).is_sound


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=odd_values, other=odd_values)
def test_different_data_has_different_bytes(db: None, one: object, other: object) -> None:
    # when
    first = record(actor=ZHOU, action="audit.search", target=None, value=one)
    second = record(actor=ZHOU, action="audit.search", target=None, value=other)

    # then
    same_bytes = _data_bytes(first) == _data_bytes(second)
    assert same_bytes == _same(first.data, second.data)


def _data_bytes(entry: Entry) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM audit_entry WHERE id = %s", [entry.pk])
        return str(cursor.fetchone()[0])


def _same(one: object, other: object) -> bool:
    """Equal as JSON of PostgreSQL: numbers by value, whole floats come back as integers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return (
            isinstance(one, int | float)
            and isinstance(other, int | float)
            and Decimal(repr(one)) == Decimal(repr(other))
        )
    return one == other
