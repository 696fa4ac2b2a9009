"""Whole exports through the client: checked, begun anew, gone on with, or not there."""

import hashlib
import json
import threading
import time

import pyarrow.parquet
import pytest
from django.db import connections
from govshare_client import BrokenExportError, NotAllowedError, Portal

from sharing.delivery import prepared
from sharing.delivery.formats import FORMATS
from sharing.models import PreparedExport, Pull
from sharing.services import agreements
from tests.sharing.conftest import agreed_on, fill
from tests.sharing.preparing import ready, streamed

from .network import network

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def large(cast, resource):
    """Enough rows for an export to be cut in its middle."""
    return agreed_on(cast, fill(resource, rows=60_000))


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_the_portals_own_bytes(cast, drawn, agreement, tmp_path, format):
    whole = streamed(agreement, cast.system, FORMATS[format])

    exported = drawn.export(tmp_path / "rows", format=format)

    assert (tmp_path / "rows").read_bytes() == whole
    assert (exported.rows, exported.bytes) == (5, len(whole))
    assert exported.sha256 == hashlib.sha256(whole).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def test_fields_filter_and_options_are_those_of_the_api(drawn, tmp_path):
    kept = {"column": "code", "op": "in", "value": ["000000000002", "000000000004"]}

    drawn.export(tmp_path / "a.csv", fields=["name"], filter=kept, encoding="gb18030")
    drawn.export(tmp_path / "b.csv", fields=["name"], filter=kept, excel=1)
    drawn.export(tmp_path / "c.parquet", format="parquet", fields=["name"], filter=kept)

    assert (tmp_path / "a.csv").read_text("gb18030") == "name\nname 2\nname 4\n"
    assert (tmp_path / "b.csv").read_bytes().startswith(b"\xef\xbb\xbfname\n")
    table = pyarrow.parquet.read_table(tmp_path / "c.parquet")
    assert table.to_pylist() == [{"name": "name 2"}, {"name": "name 4"}]


def test_rows_become_a_table_and_a_frame(drawn):
    table = drawn.to_arrow(filter={"column": "code", "op": "le", "value": "000000000002"})
    frame = drawn.to_pandas(fields=["code"])

    assert table.to_pylist() == [
        {"code": "000000000001", "name": "name 1"},
        {"code": "000000000002", "name": "name 2"},
    ]
    assert frame["code"].tolist() == [f"{i:012d}" for i in range(1, 6)]


def test_a_stream_that_broke_is_begun_anew(live_server, cast, credentials, large, tmp_path):
    with network(live_server.url, on="/export.csv", cuts=[100_000]) as line:
        drawn = Portal(line.url, **credentials).agreement(large.number)

        exported = drawn.export(tmp_path / "rows.csv")

        assert len(line.asked) == 2
    assert exported.rows == 60_000
    assert (tmp_path / "rows.csv").read_bytes() == streamed(large, cast.system)


def test_a_line_that_breaks_each_time_leaves_no_file(live_server, credentials, large, tmp_path):
    with network(live_server.url, on="/export.csv", cuts=[5_000] * 9) as line:
        drawn = Portal(line.url, **credentials).agreement(large.number)

        with pytest.raises(BrokenExportError):
            drawn.export(tmp_path / "rows.csv")

        assert len(line.asked) == 3
    assert list(tmp_path.iterdir()) == []


def test_an_agreement_that_ends_meanwhile_leaves_no_file(
    live_server, cast, credentials, large, tmp_path
):
    def end() -> None:
        agreements.terminate(agreement=large, reason="超范围使用", by=cast.officer)
        connections.close_all()

    fill_more(large, until=400_000)
    with network(live_server.url, on="/export.jsonl", during=end) as line:
        drawn = Portal(line.url, **credentials).agreement(large.number)

        with pytest.raises(NotAllowedError) as refused:
            drawn.export(tmp_path / "rows.jsonl", format="jsonl")

    assert "超范围使用" in refused.value.message
    assert list(tmp_path.iterdir()) == []
    assert list(Pull.objects.order_by("id").values_list("result", flat=True)) == [
        "broken",
        "denied",
    ]


def fill_more(agreement, *, until: int) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{agreement.resource_id} (code, name, parent_code)"
            " SELECT lpad(i::text, 12, '0'), 'name ' || i, '1' FROM generate_series(60001, %s) i",
            [until],
        )


@pytest.mark.usefixtures("prepared_folder")
def test_a_prepared_export_goes_on_where_it_broke_off(
    live_server, cast, credentials, large, tmp_path
):
    export = ready(large, cast.system)
    with network(live_server.url, on="/file", cuts=[100_000, 200_000]) as line:
        drawn = Portal(line.url, **credentials).agreement(large.number)

        exported = drawn.export_prepared(tmp_path / "rows.csv")

        ranges = [
            [text for text in head.split("\r\n") if text.lower().startswith("range:")]
            for head in line.asked
        ]
    assert [bool(one) for one in ranges] == [False, True, True]
    assert (exported.rows, exported.sha256) == (60_000, export.sha256)
    assert (tmp_path / "rows.csv").read_bytes() == streamed(large, cast.system)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["rows.csv"]


@pytest.mark.usefixtures("prepared_folder")
def test_another_process_goes_on_with_what_one_has_left(
    live_server, cast, credentials, large, tmp_path
):
    export = ready(large, cast.system)
    whole = streamed(large, cast.system)
    left = tmp_path / f"rows.csv.{export.sha256[:16]}.part"
    left.write_bytes(whole[:300_000])
    with network(live_server.url, on="/file") as line:
        drawn = Portal(line.url, **credentials).agreement(large.number)

        drawn.export_prepared(tmp_path / "rows.csv")

        assert "range: bytes=300000-" in line.asked[0].lower()
    assert (tmp_path / "rows.csv").read_bytes() == whole


@pytest.mark.usefixtures("prepared_folder")
def test_what_is_not_the_prepared_file_is_not_kept(cast, drawn, agreement, tmp_path):
    export = ready(agreement, cast.system)
    (tmp_path / f"rows.csv.{export.sha256[:16]}.part").write_bytes(b"x" * 20)

    with pytest.raises(BrokenExportError):
        drawn.export_prepared(tmp_path / "rows.csv")
    drawn.export_prepared(tmp_path / "rows.csv")

    assert (tmp_path / "rows.csv").read_bytes() == streamed(agreement, cast.system)


@pytest.mark.usefixtures("prepared_folder")
def test_an_export_that_is_not_prepared_yet_is_waited_for(cast, drawn, agreement, tmp_path):
    def prepare() -> None:
        while not PreparedExport.objects.exists():
            time.sleep(0.05)
        prepared.prepare(export_id=PreparedExport.objects.get().pk)
        connections.close_all()

    worker = threading.Thread(target=prepare)
    worker.start()
    exported = drawn.export_prepared(tmp_path / "rows.jsonl", format="jsonl", fields=["name"])
    worker.join(20)

    assert exported.rows == 5
    first = (tmp_path / "rows.jsonl").read_text().splitlines()[0]
    assert json.loads(first) == {"name": "name 1"}


@pytest.mark.usefixtures("prepared_folder")
def test_patience_with_a_prepared_export_ends(drawn, tmp_path):
    with pytest.raises(BrokenExportError, match="not ready yet"):
        drawn.export_prepared(tmp_path / "rows.csv", wait=0)

    assert PreparedExport.objects.get().state == "waiting"
    assert list(tmp_path.iterdir()) == []
