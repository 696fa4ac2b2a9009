"""Conditions on rows: what is taken, in which spelling, and which rows they let out."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import DataItem, ItemType
from portal.common.errors import Invalid
from sharing import row_filters
from sharing.row_filters import Condition, RowOp

ITEMS = {
    "code": ItemType.CHARACTER,
    "born": ItemType.DATE,
    "seen": ItemType.DATETIME,
    "amount": ItemType.NUMERIC,
    "count": ItemType.INTEGER,
    "open": ItemType.LOGICAL,
}


def items():
    return [DataItem(column=name, name=f"项{name}", type=kind) for name, kind in ITEMS.items()]


def condition(column, op, *values):
    return {"column": column, "op": op, "values": list(values)}


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (condition("code", "starts", " 3501 "), Condition("code", "starts", ("3501",))),
        (condition("code", "is", "b", "a", "b"), Condition("code", "is", ("a", "b"))),
        (condition("born", "from", "2024-01-31"), Condition("born", "from", ("2024-01-31",))),
        (
            condition("seen", "until", "2024-01-31T08:00:00Z"),
            Condition("seen", "until", ("2024-01-31T16:00:00+08:00",)),
        ),
        (condition("amount", "until", "1,000.50"), Condition("amount", "until", ("1000.5",))),
        (condition("count", "is", 7), Condition("count", "is", ("7",))),
        (condition("open", "is", "是"), Condition("open", "is", ("true",))),
        (condition("open", "is", False), Condition("open", "is", ("false",))),
    ],
)
def test_a_condition_is_kept_in_one_spelling(asked, kept):
    assert row_filters.read([asked], items()) == [kept]


def test_values_of_no_item_are_told_what_is_missing():
    with pytest.raises(Invalid) as refused:
        row_filters.read([condition("", "is", "3501")], items())
    assert refused.value.fields["row_filter"] == ["条件 1：请选择取值所属的数据项。"]


@pytest.mark.parametrize(
    "asked",
    [
        condition("nobody", "is", "1"),
        condition("code", "from", "1"),
        condition("open", "starts", "t"),
        condition("code", "is"),
        condition("code", "is", ""),
        condition("code", "is", "a\x00b"),
        condition("code", "is", "x" * 201),
        condition("code", "is", *map(str, range(201))),
        condition("born", "from", "2024-02-30"),
        condition("born", "from", "0001-01-01"),
        condition("born", "from", "2024-01-01", "2024-01-02"),
        condition("seen", "is", "2024-01-01"),
        condition("amount", "is", "NaN"),
        condition("amount", "is", "1e30"),
        condition("count", "is", "1.5"),
        {"column": "code"},
        {"op": "is", "values": ["a"]},
        "code=1",
        None,
    ],
)
def test_what_no_item_can_have_is_refused_with_the_place(asked):
    with pytest.raises(Invalid) as refusal:
        row_filters.read([condition("code", "is", "a"), asked], items())
    (words,) = refusal.value.fields["row_filter"]
    assert "2" in words


@pytest.mark.parametrize("asked", [{}, "x", [condition("code", "is", "a")] * 11])
def test_what_is_no_list_of_few_conditions_is_refused(asked):
    with pytest.raises(Invalid):
        row_filters.read(asked, items())


VALUES = {
    "code": st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="<"),
        min_size=1,
        max_size=8,
    ),
    "born": st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str),
    "seen": st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0, tzinfo=UTC).isoformat()
    ),
    "amount": st.decimals(-(10**9), 10**9, places=2).map(str),
    "count": st.integers(-(10**9), 10**9).map(str),
    "open": st.sampled_from(["true", "false"]),
}


@st.composite
def conditions(draw):
    column = draw(st.sampled_from(list(ITEMS)))
    op = draw(st.sampled_from(sorted(row_filters.FITTING[ITEMS[column]])))
    most = 1 if op in {RowOp.FROM, RowOp.UNTIL} else 3
    values = draw(st.lists(VALUES[column], min_size=1, max_size=most, unique=True))
    return condition(column, op, *values)


@given(st.lists(conditions(), max_size=5))
def test_what_was_read_reads_the_same_again(asked):
    once = row_filters.read(asked, items())

    again = row_filters.read(row_filters.documents(once), items())

    assert again == once
    assert list(row_filters.kept(row_filters.documents(once))) == once


def holds(row, one):
    """The meaning of a condition, in Python: a row without the value meets none."""
    value = row[one.column]
    if value is None:
        return False
    kind = ITEMS[one.column]
    match one.op:
        case RowOp.STARTS:
            return any(value.startswith(start) for start in one.values)
        case RowOp.IS:
            return value in [_typed(kind, text) for text in one.values]
        case RowOp.FROM:
            return value >= _typed(kind, one.values[0])
    return value <= _typed(kind, one.values[0])


def _typed(kind, text):
    match kind:
        case ItemType.DATE:
            return date.fromisoformat(text)
        case ItemType.DATETIME:
            return datetime.fromisoformat(text)
        case ItemType.LOGICAL:
            return text == "true"
        case ItemType.CHARACTER:
            return text
    return Decimal(text)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(conditions(), max_size=3),
    st.lists(
        st.fixed_dictionaries({name: st.none() | made for name, made in VALUES.items()}),
        min_size=1,
        max_size=6,
    ),
)
def test_the_database_lets_out_just_the_rows_that_meet_all_conditions(asked, rows):
    # given rows of all kinds
    read = row_filters.read(asked, items())
    typed = [
        {n: None if v is None else _typed(ITEMS[n], v) for n, v in row.items()} for row in rows
    ]
    columns = "number int, code text, born date, seen timestamptz, amount numeric, count bigint, open bool"
    where = row_filters.where(read, {item.column: item for item in items()})
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE tried ({columns}) ON COMMIT DROP")
        for number, row in enumerate(rows):
            cursor.execute(
                "INSERT INTO tried VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [number, *(row[name] for name in ITEMS)],
            )
        # when
        statement = "SELECT number FROM tried WHERE " + where.as_string(cursor.connection)
        cursor.execute(statement)
        out = {number for (number,) in cursor.fetchall()}
        cursor.execute("DROP TABLE tried")
    # then
    assert out == {
        number for number, row in enumerate(typed) if all(holds(row, one) for one in read)
    }


@pytest.mark.django_db
def test_the_last_day_of_a_limit_still_counts_in_shanghai():
    (one,) = row_filters.read([condition("seen", "until", "2024-01-31")], items())
    where = row_filters.where([one], {item.column: item for item in items()})
    moments = ["2024-01-31 15:59:59+00", "2024-01-31 16:00:00+00"]  # midnight in Shanghai
    with connection.cursor() as cursor:
        statement = (
            "SELECT seen::text FROM unnest(%s::timestamptz[]) AS seen WHERE "
            + where.as_string(cursor.connection).replace("%", "%%")
        )
        cursor.execute(statement, [moments])
        assert len(cursor.fetchall()) == 1
