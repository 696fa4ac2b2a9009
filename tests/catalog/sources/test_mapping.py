import pytest

from catalog.models import ItemType
from catalog.sources.casting import fits
from catalog.sources.connector import SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.sources.mapping import propose, select
from catalog.store.columns import Column
from catalog.store.tables import StoreTable

CODE = Column("code", ItemType.CHARACTER, 12, is_key=True, is_nullable=False, label="代码")
DAY = Column("day", ItemType.DATE, label="日期")
TABLE = StoreTable("r_1", (CODE, DAY))


def source(name: str, family: str = "text", *, scale: int | None = None, comment: str = ""):
    return SourceColumn(name, family, family, scale, False, comment)


def test_columns_are_proposed_by_name_then_by_comment():
    columns = [source("CODE"), source("rq", "date", comment=" 日期 "), source("x")]

    assert propose(TABLE, columns) == {"code": "CODE", "day": "rq"}


def test_a_column_that_cannot_fill_the_item_is_not_proposed():
    assert propose(TABLE, [source("code"), source("day", "timestamptz")]) == {"code": "code"}


def test_columns_are_selected_in_the_tables_order():
    columns = [source("d", "date"), source("c", "int4"), source("more")]

    selected = select(TABLE, {"day": "d", "code": "c"}, columns)

    assert [(one.column.name, one.target.name) for one in selected] == [("c", "code"), ("d", "day")]


@pytest.mark.parametrize(
    ("mapping", "columns", "accepted", "code", "data"),
    [
        ({"code": "c"}, [source("c")], None, "item_unmapped", {"items": "日期"}),
        ({"code": "c", "day": "d"}, [source("c")], None, "column_missing", {"columns": "d"}),
        (
            {"code": "c", "day": "d"},
            [source("c"), source("d", "date")],
            {"c": "int4", "d": "date"},
            "column_changed",
            {"columns": "c (int4 → text)"},
        ),
        (
            {"code": "c", "day": "d"},
            [source("c"), source("d", "timestamptz")],
            {},
            "column_unfit",
            {"columns": "d (timestamptz) → 日期"},
        ),
    ],
)
def test_drift_is_named(mapping, columns, accepted, code, data):
    with pytest.raises(SourceFailure) as failure:
        select(TABLE, mapping, columns, accepted)

    assert (failure.value.code, failure.value.data) == (code, data)
    assert not failure.value.heals


@pytest.mark.parametrize(
    ("family", "scale", "kinds"),
    [
        ("text", None, "CNYDTLMGBIF"),
        ("int4", None, "CNYLMGBIF"),
        ("numeric", None, "CNYMGBIF"),
        ("numeric", 2, "CNYMGBIF"),
        ("numeric", 3, "CNMGBIF"),
        ("float8", None, "CNMGBF"),
        ("bool", None, "CLMG"),
        ("date", None, "CDTMG"),
        ("timestamp", None, "CTMG"),
        ("timestamptz", None, "CTMG"),
        ("jsonb", None, "CMG"),
        ("bytea", None, ""),
    ],
)
def test_nothing_is_lost_without_an_error(family, scale, kinds):
    column = source("a", family, scale=scale)

    assert {kind for kind in ItemType.values if fits(column, Column("x", kind))} == set(kinds)
