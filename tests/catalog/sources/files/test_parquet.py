"""Parquet: types hold, values arrive whole."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from catalog.models import ItemType
from catalog.sources.files.layout import FileLayout
from catalog.sources.files.reading import reader_for
from catalog.sources.mapping import fits
from catalog.store.columns import Column
from tests.catalog.sources.files.rows import copied, failure_of

PARQUET = {"format": "parquet"}


@pytest.fixture
def saved(tmp_path):
    def save(**columns):
        path = tmp_path / "a.parquet"
        parquet.write_table(pa.table(columns), path, row_group_size=2)
        return path

    return save


def test_every_type_is_written_as_postgresql_reads_it(saved):
    # given
    utc = datetime.UTC
    path = saved(
        t=pa.array(["a\tb", None, "中"]),
        d=pa.array(["x", "y", "x"]).dictionary_encode(),
        i=pa.array([1, None, -3], pa.int16()),
        n=pa.array([Decimal("1.50"), None, Decimal("-0.01")], pa.decimal128(10, 2)),
        f=pa.array([0.1, 1e300, None]),
        b=pa.array([True, False, None]),
        day=pa.array([datetime.date(2026, 1, 2), None, None]),
        at=pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6), None, None], pa.timestamp("ns")),
        when=pa.array(
            [datetime.datetime(2026, 1, 2, tzinfo=utc), None, None],
            pa.timestamp("us", "Asia/Shanghai"),
        ),
    )

    # then
    assert copied(path, **PARQUET) == (
        "a\\tb\tx\t1\t1.50\t0.1\ttrue\t2026-01-02\t2026-01-02 03:04:05.000006\t2026-01-02 00:00:00.000000Z\n"
        "\\N\ty\t\\N\t\\N\t1e+300\tfalse\t\\N\t\\N\t\\N\n"
        "中\tx\t-3\t-0.01\t\\N\t\\N\t\\N\t\\N\t\\N\n"
    )
    reader = reader_for(path, FileLayout(format="parquet"))
    assert reader.estimate("") == 3
    assert [c.family for c in reader.columns("")] == [
        "text", "text", "int2", "numeric", "float8", "bool", "date", "timestamp", "timestamptz",
    ]  # fmt: skip


def test_a_list_fills_no_item(saved):
    (column,) = reader_for(saved(a=pa.array([[1], [2]])), FileLayout(format="parquet")).columns("")

    assert not any(fits(column, Column(name="a", kind=kind)) for kind in ItemType)


def test_a_time_finer_than_the_store_keeps_is_refused_by_its_row(saved):
    path = saved(at=pa.array([0, 1000, 2000, 2001], pa.timestamp("ns")))

    assert failure_of(path, **PARQUET) == ("out_of_range", {"item": "at", "row": 4})


def test_a_nul_is_refused_by_its_row(saved):
    assert failure_of(saved(a=["x", "y", "z\0"]), **PARQUET) == ("nul_character", {"row": 3})


def test_a_file_that_was_cut_off_is_refused(saved):
    path = saved(a=["x"] * 1000)
    path.write_bytes(path.read_bytes()[:-30])

    assert failure_of(path, **PARQUET) == ("file_damaged", {})
