"""The grammar of filters, held against a model of it in Python."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from portal.common.errors import Invalid
from sharing.delivery.asking import Given, read
from sharing.delivery.filters import DEEPEST, MOST_TESTS, MOST_VALUES, Op, Reader, where
from sharing.values import spelt

COLUMNS = [
    Column("code", ItemType.CHARACTER, length=4, is_key=True),
    Column("n", ItemType.INTEGER),
    Column("amount", ItemType.CURRENCY),
    Column("flag", ItemType.LOGICAL),
    Column("day", ItemType.DATE),
    Column("at", ItemType.DATETIME),
    Column("ratio", ItemType.DOUBLE),
]
BY_NAME = {column.name: column for column in COLUMNS}
TEXTS = ["", "a", "A", "ab", "a%", "a_", "居民", "';--", "\\", "b\\a"]
NUMBERS = ["-2", "0", "1", "7"]
AMOUNTS = ["0.10", "1.00", "1.01"]
ROWS = [
    (
        TEXTS[i % 10],
        None if i % 5 == 0 else int(NUMBERS[i % 4]),
        None if i % 7 == 0 else Decimal(AMOUNTS[i % 3]),
        None if i % 4 == 0 else i % 2 == 0,
    )
    for i in range(60)
]


def texts_of(name):
    return st.sampled_from({"code": TEXTS, "n": NUMBERS, "amount": [*AMOUNTS, "1.005"]}[name])


@st.composite
def one_test(draw):
    name = draw(st.sampled_from(["code", "n", "amount", "flag"]))
    if draw(st.booleans()) and draw(st.booleans()):
        return {"column": name, "op": "isnull", "value": draw(st.sampled_from(["true", "false"]))}
    if name == "flag":
        op = draw(st.sampled_from(["eq", "ne"]))
        return {"column": name, "op": op, "value": draw(st.booleans())}
    op = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge", "in"]))
    if name == "code" and draw(st.booleans()):
        patterns = ["%", "a%", "_", "a\\%", "%民", "", "\\\\", "%\\\\a"]
        return {"column": name, "op": "like", "value": draw(st.sampled_from(patterns))}
    if op == "in":
        return {"column": name, "op": op, "value": draw(st.lists(texts_of(name), min_size=1))}
    return {"column": name, "op": op, "value": draw(texts_of(name))}


FILTERS = st.recursive(
    one_test(),
    lambda inner: st.tuples(
        st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=4)
    ).map(lambda pair: {pair[0]: pair[1]}),
    max_leaves=12,
)


def holds(document, row):
    """True, False, or None for unknown: the logic of SQL, written anew."""
    if "and" in document:
        found = [holds(part, row) for part in document["and"]]
        return False if False in found else None if None in found else True
    if "or" in document:
        found = [holds(part, row) for part in document["or"]]
        return True if True in found else None if None in found else False
    name, op, value = document["column"], document["op"], document["value"]
    held = dict(zip(("code", "n", "amount", "flag"), row, strict=True))[name]
    if op == "isnull":
        return (held is None) == (value == "true")
    if held is None:
        return None
    kind = {"code": str, "n": int, "amount": Decimal, "flag": bool}[name]
    if op == "in":
        return held in [kind(one) for one in value]
    if op == "like":
        return like(held, value)
    other = kind(value)
    return {
        "eq": held == other,
        "ne": held != other,
        "lt": held < other,
        "le": held <= other,
        "gt": held > other,
        "ge": held >= other,
    }[op]


def like(text, pattern):
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "%":
        return any(like(text[place:], rest) for place in range(len(text) + 1))
    if not text:
        return False
    if first == "\\":
        return text[0] == rest[0] and like(text[1:], rest[1:])
    return first in {"_", text[0]} and like(text[1:], rest)


@pytest.fixture
def rows(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE filtered (i serial, code varchar(4), n bigint, amount numeric(18,2),"
            " flag boolean)"
        )
        cursor.executemany(
            "INSERT INTO filtered (code, n, amount, flag) VALUES (%s, %s, %s, %s)", ROWS
        )
        yield cursor


def read_document(document):
    return read(COLUMNS, Given({}, json.loads(json.dumps(document))), reserved=frozenset())


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(document=FILTERS)
def test_a_filter_lets_through_what_the_model_lets_through(rows, document):
    condition = read_document(document).condition

    rows.execute(sql.SQL("SELECT i - 1 FROM filtered WHERE {} ORDER BY i").format(condition))

    assert [i for (i,) in rows.fetchall()] == [
        place for place, row in enumerate(ROWS) if holds(document, row) is True
    ]


@settings(max_examples=150, deadline=None)
@given(document=FILTERS)
def test_the_same_question_is_kept_as_the_same_document(document):
    asked = read_document(document)

    again = read_document(asked.filter.document())

    assert again.document() == asked.document()


def asked_or_refused(given):
    """What was asked, or by field what is wrong with it; anything else that is raised is a fault."""
    try:
        return read(COLUMNS, given, reserved=frozenset())
    except Invalid as refusal:
        return refusal.fields


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["and", "or", "column", "op", "value"]) | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(document=JSON)
def test_whatever_is_sent_is_read_or_refused_in_words(document):
    outcome = asked_or_refused(Given({}, document))

    if isinstance(outcome, dict):
        assert all(words for words in outcome.values())
        assert outcome
    else:
        assert document is None or outcome.document()["filter"] is not None


@settings(max_examples=300, deadline=None)
@given(name=st.text(max_size=12), value=st.text(max_size=12))
def test_whatever_a_query_string_says_is_read_or_refused(name, value):
    outcome = asked_or_refused(Given({name: [value]}))

    if isinstance(outcome, dict):
        assert outcome
    else:
        assert name in {"fields", "filter"} or name.split("__")[0] in BY_NAME
        assert outcome.chosen


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(column=st.sampled_from(COLUMNS), text=st.text(max_size=30))
def test_a_value_that_is_read_is_one_that_the_database_takes(db, column, text):
    """What passes here never becomes an error of the database."""
    kept = spelt(text, column)
    if kept is None:
        return
    with connection.cursor() as cursor:
        condition = where(Reader(COLUMNS)._test(column, Op.EQ, [text], "x")[0], BY_NAME)
        cursor.execute(
            sql.SQL("SELECT {} FROM (SELECT NULL::{} AS {}) AS one").format(
                condition, column.type_sql, column.identifier
            )
        )
        assert cursor.fetchone() == (None,)


@pytest.mark.parametrize(
    ("column", "text", "kept"),
    [
        ("n", "9223372036854775807", "9223372036854775807"),
        ("n", "9223372036854775808", None),
        ("n", "1.5", None),
        ("n", "１", None),
        ("amount", "1e5", None),
        ("amount", "NaN", None),
        ("amount", "-.50", "-.50"),
        ("ratio", "1e-3", "1e-3"),
        ("ratio", "1e400", None),
        ("ratio", "1e-400", None),
        ("ratio", "0e-400", "0e-400"),
        ("ratio", "inf", None),
        ("flag", "TRUE", "true"),
        ("flag", "maybe", None),
        ("day", "2026-02-29", None),
        ("day", "today", None),
        ("day", "20260101", None),
        ("at", "2026-01-01", "2026-01-01T00:00:00+08:00"),
        ("at", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00+00:00"),
        ("at", "infinity", None),
        ("code", "a\0b", None),
        ("code", "\ud800", None),
        ("code", "x" * 2001, None),
    ],
)
def test_values_are_read_strictly(column, text, kept):
    assert spelt(text, BY_NAME[column]) == kept


def refused(parameters, document=None):
    with pytest.raises(Invalid) as refusal:
        read(COLUMNS, Given(parameters, document), reserved=frozenset())
    return refusal.value.fields


def nested(depth):
    part = {"column": "code", "op": "eq", "value": "a"}
    for _level in range(depth):
        part = {"and": [part]}
    return part


def test_depth_tests_and_values_have_limits():
    assert read_document(nested(DEEPEST - 1)).condition is not None
    assert list(refused({}, nested(DEEPEST))) == ["filter"]

    one = {"column": "code", "op": "eq", "value": "a"}
    assert list(refused({}, {"or": [one] * (MOST_TESTS + 1)})) == ["filter"]
    assert list(refused({}, {"or": [{"or": [one] * 150}] * 2})) == ["filter"]

    many = {"column": "code", "op": "in", "value": [str(i) for i in range(MOST_VALUES)]}
    assert read_document(many).condition is not None
    assert list(refused({}, {"and": [many, one]})) == ["filter"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"n__like": ["1%"]}, "n__like"),
        ({"flag__lt": ["true"]}, "flag__lt"),
        ({"code__like": ["a\\"]}, "code__like"),
        ({"code__isnull": ["yes"]}, "code__isnull"),
        ({"code__near": ["a"]}, "filter"),
        ({"code; DROP TABLE x": ["a"]}, "filter"),
        ({"filter": ["{"]}, "filter"),
        ({"filter": ["[" * 100_000]}, "filter"),
        ({"filter": ['{"column": "n", "op": "eq", "value": NaN}']}, "filter"),
        ({"filter": ['{"column": "n", "op": "eq", "value": null}']}, "n"),
        ({"filter": ['{"column": "n", "op": "eq", "value": []}']}, "n"),
        ({"filter": ['{"column": "n", "op": "sql", "value": 1}']}, "n"),
        ({"filter": ['{"column": ["n"], "op": "eq", "value": 1}']}, "filter"),
        ({"filter": ['{"and": []}']}, "filter"),
        ({"fields": ["code,nothing"]}, "fields"),
    ],
)
def test_what_means_nothing_is_named(parameters, field):
    assert list(refused(parameters)) == [field]


def test_everything_that_is_wrong_is_told_at_once():
    told = refused({"n": ["x"], "day__ge": ["y"], "nothing": ["z"], "fields": ["nowhere"]})

    assert sorted(told) == ["day__ge", "fields", "filter", "n"]
