"""Objects in S3, from a small real server on loopback."""

import io
import time

import pyarrow as pa
import pytest
from pyarrow import parquet

from catalog.sources.connector import connect
from catalog.sources.files.glimpse import Piece
from tests.buckets import KEY, SECRET, bucket
from tests.catalog.sources.fetching import failure_in, file_source, rows_of
from tests.catalog.sources.file_servers import CSV, WebServer, as_json

ROWS = "1\t甲\t\n2\t乙\t1\n"


@pytest.fixture(scope="module")
def storage():
    with bucket("data") as (client, place):
        client.put_object(
            Bucket="data", Key="daily/2026-05-01.csv", Body=b"code,name,parent_code\n9,x,\n"
        )
        client.put_object(Bucket="data", Key="one 一.csv", Body=CSV)
        yield place["OPTIONS"]["endpoint_url"], client


@pytest.fixture
def source(resource, storage):
    def make(**given):
        known = {"address": storage[0], "database": "data", "username": KEY, "secret": SECRET}
        return file_source(resource.department, "s3", **{**known, "key": "one 一.csv", **given})

    return make


def test_an_object_is_read_by_its_name(source):
    found = source()

    assert rows_of(found) == ROWS
    with connect(found) as connector:
        assert connector.check() == f"S3 · one 一.csv · {len(CSV)} B"


def test_the_newest_under_a_prefix_is_read(source, storage):
    found = source(which="newest", key="daily/")
    assert rows_of(found) == "9\tx\t\n"

    time.sleep(1.1)  # the protocol tells the time in whole seconds
    storage[1].put_object(Bucket="data", Key="daily/2026-04-30.csv", Body=CSV)

    assert rows_of(found) == ROWS


def test_what_is_not_there_is_told(source):
    assert failure_in(source(key="gone.csv"))[0] == "file_missing"
    assert failure_in(source(which="newest", key="none/")) == ("file_missing", {"file": "none/*"})
    assert failure_in(source(database="other"))[0] == "file_missing"
    assert failure_in(source(address="http://192.0.2.7"))[0] == "network_not_allowed"


def test_what_is_no_storage_is_told(source):
    with WebServer().running() as other:
        other.paths["/data"] = as_json({})

        assert failure_in(source(address=other.url, which="newest")) == ("s3_answer", {})


def test_a_look_asks_for_ranges_and_reads_the_structure_at_the_end_of_the_object(source, storage):
    # given an object of a form whose structure stands at its end
    table = pa.table({"code": [str(n) for n in range(5000)], "name": ["名"] * 5000})
    written = io.BytesIO()
    parquet.write_table(table, written, compression="none")
    content = written.getvalue()
    storage[1].put_object(Bucket="data", Key="rows.parquet", Body=content)
    found = source(key="rows.parquet", format="parquet")

    # when
    with connect(found, looks=True) as connector:
        columns = [one.name for one in connector.columns("rows")]
        (relation,) = connector.relations()
        middle = connector.piece(1000, 64)
        end = connector.piece(len(content) - 8, 64)

    # then
    assert columns == ["code", "name"]
    assert relation.estimate == 5000
    assert middle == Piece(1000, content[1000:1064], len(content))
    assert end == Piece(len(content) - 8, content[-8:], len(content))
