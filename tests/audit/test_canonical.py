"""The bytes of an entry that go under the hash."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Entry
from audit.proofs import inclusion
from audit.services import record
from tests.audit.conftest import ZHOU


def canonical(entry: Entry) -> str:
    found = inclusion(entry.pk)
    assert found is not None
    return found.canonical


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
    before = canonical(entry)

    # when
    with connection.cursor() as cursor:
        cursor.execute(setting)

    # then
    assert canonical(entry) == before
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
def test_whatever_is_recorded_comes_back(db: None, data: dict[str, object], name: str) -> None:
    # when
    entry = record(actor=replace(ZHOU, name=name), action="audit.search", target=None, **data)

    # then
    kept = Entry.objects.get(pk=entry.pk)
    assert _same(kept.data, entry.data)
    assert kept.actor_name == entry.actor_name


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
