from dataclasses import replace

import pytest

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.errors import StoreRefusal
from catalog.store.merge import Counts
from catalog.store.tables import create_missing, table_of
from tests.factories import DataItemFactory, ResourceFactory

from .shared import AMOUNT, CODE, NAME, give, rows_of, table

LEVEL = Column("level", ItemType.INTEGER, label="级别")


def view(cursor, held, *columns):
    cursor.execute(f"CREATE VIEW store.v AS SELECT {', '.join(columns)} FROM store.{held.name}")


def shape(cursor, held):
    cursor.execute(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
        FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT attisdropped
        ORDER BY a.attnum
        """,
        [f"store.{held.name}"],
    )
    return cursor.fetchall()


def test_a_resources_items_make_its_table(cursor):
    # given
    resource = ResourceFactory(items=[])
    DataItemFactory(resource=resource, position=3, name="金额", column="amount", type="Y")
    DataItemFactory(
        resource=resource, position=2, name="代码", column="code", length=6, is_key=True,
        is_nullable=False,
    )  # fmt: skip
    DataItemFactory(
        resource=resource, position=1, name="年度", column="year", type="I", is_key=True,
        is_nullable=False,
    )  # fmt: skip

    # when
    held = table_of(resource)
    create_missing(cursor, held)
    create_missing(cursor, held)

    # then
    assert held.name == f"r_{resource.pk}"
    assert [column.name for column in held.key] == ["year", "code"]
    assert shape(cursor, held) == [
        ("year", "bigint", True),
        ("code", "character varying(6)", True),
        ("amount", "numeric(18,2)", False),
    ]


def test_a_resource_without_a_key_has_no_table(db):
    resource = ResourceFactory(items=[{"name": "名称", "column": "name"}])

    with pytest.raises(StoreRefusal) as refusal:
        table_of(resource)

    assert refusal.value.code == "no_key"


@pytest.mark.parametrize("is_read", [False, True])
def test_a_new_item_adds_its_column(cursor, is_read):
    # given
    held = table("r_added", CODE, NAME)
    give(cursor, held, [("1", "甲"), ("2", "乙")])
    if is_read:
        view(cursor, held, "code", "name")
    more = table("r_added", CODE, NAME, replace(LEVEL, is_nullable=False))

    # when
    counts = give(cursor, more, [("1", "甲", 1), ("2", "乙", 2)])

    # then
    assert counts == Counts(read=2, inserted=0, updated=2, deleted=0, total=2)
    assert rows_of(cursor, more) == [("1", "甲", 1), ("2", "乙", 2)]
    assert shape(cursor, more)[2] == ("level", "bigint", True)


def test_an_item_that_nobody_reads_may_change_its_type_or_go(cursor):
    held = table("r_changed", CODE, NAME, LEVEL)
    give(cursor, held, [("1", "甲", 1), ("2", "乙", 2)])

    changed = table("r_changed", CODE, replace(LEVEL, kind=ItemType.MEMO))
    counts = give(cursor, changed, [("2", "two"), ("3", "three")])

    assert counts == Counts(read=2, inserted=2, updated=0, deleted=2, total=2)
    assert rows_of(cursor, changed) == [("2", "two"), ("3", "three")]


@pytest.mark.parametrize(
    ("after", "code", "items"),
    [
        ((CODE, LEVEL), "item_in_use", "name"),
        ((CODE, replace(NAME, length=10), LEVEL), "item_in_use", "名称"),
        ((CODE, replace(NAME, is_key=True), LEVEL), "key_in_use", "代码, 名称"),
    ],
    ids=["gone", "type", "key"],
)
def test_an_item_that_an_agreement_reads_stays_as_it_is(cursor, after, code, items):
    # given
    held = table("r_used", CODE, NAME, LEVEL)
    give(cursor, held, [("1", "甲", 1)])
    view(cursor, held, "code", "name")

    # when
    with pytest.raises(StoreRefusal) as refusal, cursor.connection.transaction():
        give(cursor, table("r_used", *after), [("2", "乙", 2)])

    # then
    assert (refusal.value.code, refusal.value.data) == (code, {"items": items})
    assert rows_of(cursor, held) == [("1", "甲", 1)]


def test_an_item_beside_those_that_are_read_may_change(cursor):
    held = table("r_beside", CODE, NAME, LEVEL, AMOUNT)
    give(cursor, held, [("1", "甲", 1, None)])
    view(cursor, held, "code", "name")

    after = table("r_beside", CODE, NAME, replace(LEVEL, kind=ItemType.MEMO))
    counts = give(cursor, after, [("1", "甲", "I"), ("2", "乙", "II")])

    assert counts == Counts(read=2, inserted=1, updated=1, deleted=0, total=2)
    assert rows_of(cursor, after) == [("1", "甲", "I"), ("2", "乙", "II")]
    cursor.execute("SELECT * FROM store.v ORDER BY code")
    assert cursor.fetchall() == [("1", "甲"), ("2", "乙")]


def test_what_may_be_empty_follows_the_items(cursor):
    # given
    held = table("r_null", CODE, replace(NAME, is_nullable=False), LEVEL)
    give(cursor, held, [("1", "甲", None)])
    view(cursor, held, "code", "name", "level")

    # when
    after = table("r_null", CODE, NAME, replace(LEVEL, is_nullable=False))
    give(cursor, after, [("1", None, 1)])

    # then
    assert shape(cursor, after) == [
        ("code", "character varying(12)", True),
        ("name", "character varying(100)", False),
        ("level", "bigint", True),
    ]
    with pytest.raises(StoreRefusal) as refusal, cursor.connection.transaction():
        give(cursor, after, [("1", None, 1), ("2", "乙", None)])
    assert refusal.value.data == {"bad": 1, "rows": 2, "most": "0"}
    told = refusal.value.inspection.rows
    assert [(row.number, [fault.column for fault in row.faults]) for row in told] == [
        (2, ["level"])
    ]


def test_an_empty_table_under_a_view_is_filled(cursor):
    held = table("r_waiting", CODE, NAME)
    create_missing(cursor, held)
    view(cursor, held, "code")

    counts = give(cursor, held, [("1", "甲")])

    assert counts == Counts(read=1, inserted=1, updated=0, deleted=0, total=1)
