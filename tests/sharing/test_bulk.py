"""Exports in every format: the same rows, whole or recognisably broken."""

import csv
import hashlib
import io
import json
import threading
import time
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection, connections
from django.utils import timezone

from catalog.models import ItemType, Resource, ResourceState
from catalog.store.tables import create_missing, table_of
from portal.common.errors import Invalid, NotAllowed
from sharing.delivery import exports
from sharing.delivery.exports import BrokenOffError
from sharing.delivery.formats import FORMATS
from sharing.models import Agreement, Pull
from sharing.services import agreements
from tests.factories import ResourceFactory

from .calls import path
from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)
EACH = pytest.mark.parametrize("extension", FORMATS)
KINDS = {
    "code": ItemType.CHARACTER,
    "n": ItemType.INTEGER,
    "amount": ItemType.CURRENCY,
    "free": ItemType.NUMERIC,
    "ratio": ItemType.DOUBLE,
    "flag": ItemType.LOGICAL,
    "day": ItemType.DATE,
    "at": ItemType.DATETIME,
    "note": ItemType.MEMO,
}


@pytest.fixture
def of_all_kinds(cast):
    """Three rows with an item of each type: whole, empty, and with letters that need care."""
    made = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        items=[
            {
                "name": column,
                "column": column,
                "type": kind,
                "length": 20 if kind == ItemType.CHARACTER else None,
                "is_key": column == "code",
                "is_nullable": column != "code",
            }
            for column, kind in KINDS.items()
        ],
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
        cursor.execute(
            f"INSERT INTO store.r_{made.pk} VALUES"
            " ('b', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
            " ('a', 7, 12.50, 0.333, 0.5, true, '2026-01-31', '2026-01-31 08:00+08', '居民'),"
            " ('c', -1, -0.01, -5, -1.5, false, '1999-12-31', '1999-12-31 00:00Z',"
            " E'=cmd(\"x\")\\n\\\\\\U0001F600')"
        )
    Resource.objects.filter(pk=made.pk).update(rows_changed_at=timezone.now(), row_count=3)
    made.refresh_from_db()
    return made


@pytest.fixture
def typed(cast, of_all_kinds):
    return agreed_on(cast, of_all_kinds, items=tuple(KINDS)[1:])


def whole(agreement, party, extension, **asked) -> bytes:
    given = {name: [value] for name, value in asked.items()}
    stream = exports.export(
        number=agreement.number, party=party, format=FORMATS[extension], asked=given
    )
    try:
        return b"".join(stream)
    finally:
        stream.close()


def table_of_bytes(body: bytes, extension: str) -> pa.Table:
    if extension == "arrow":
        return pa.ipc.open_stream(body).read_all()
    return pq.read_table(io.BytesIO(body))


@EACH
def test_the_same_rows_are_the_same_bytes_and_noted_with_their_sum(cast, typed, extension):
    first = whole(typed, cast.system, extension)
    second = whole(typed, cast.system, extension)

    assert first == second
    for pull in Pull.objects.all():
        assert (pull.kind, pull.result, pull.rows, pull.bytes) == (extension, "ok", 3, len(first))
        assert pull.sha256 == hashlib.sha256(first).hexdigest()


@pytest.mark.parametrize("extension", ["arrow", "parquet"])
def test_typed_formats_have_types(cast, typed, extension):
    table = table_of_bytes(whole(typed, cast.system, extension), extension)

    assert table.column("code").to_pylist() == ["a", "b", "c"]
    assert table.column("n").to_pylist() == [7, None, -1]
    assert table.schema.field("amount").type == pa.decimal128(18, 2)
    assert table.column("amount").to_pylist() == [Decimal("12.50"), None, Decimal("-0.01")]
    assert table.column("free").to_pylist() == ["0.333", None, "-5"]
    assert table.column("ratio").to_pylist() == [0.5, None, -1.5]
    assert table.column("flag").to_pylist() == [True, None, False]
    assert str(table.column("day").to_pylist()[0]) == "2026-01-31"
    assert table.column("at").to_pylist()[0].isoformat() == "2026-01-31T00:00:00+00:00"
    assert table.column("note").to_pylist() == ["居民", None, '=cmd("x")\n\\😀']


def test_json_lines_are_an_object_a_line(cast, typed):
    lines = whole(typed, cast.system, "jsonl").decode().splitlines()

    rows = [json.loads(line) for line in lines]
    assert [row["code"] for row in rows] == ["a", "b", "c"]
    assert rows[2]["note"] == '=cmd("x")\n\\😀'
    assert rows[0]["amount"] == 12.5


def test_csv_for_spreadsheets_escapes_what_they_would_calculate(cast, typed):
    body = whole(typed, cast.system, "csv", excel="1")

    assert body.startswith(b"\xef\xbb\xbfcode,")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[2]["note"] == '\'=cmd("x")\n\\😀'
    assert rows[2]["n"] == "-1"
    assert rows[0]["note"] == "居民"


def test_csv_comes_in_gb18030_with_every_letter(cast, typed):
    body = whole(typed, cast.system, "csv", encoding="gb18030")

    assert body.decode("gb18030") == whole(typed, cast.system, "csv").decode()


@EACH
def test_fields_and_filters_are_those_of_pages(cast, typed, extension):
    body = whole(typed, cast.system, extension, fields="n,code", n__ge="0")

    if extension == "csv":
        assert body == b"n,code\n7,a\n"
    elif extension == "jsonl":
        assert body.replace(b" \n", b"\n") == b'{"n":7,"code":"a"}\n'  # the mark is a space
    else:
        assert table_of_bytes(body, extension).to_pylist() == [{"n": 7, "code": "a"}]
    assert Pull.objects.get().rows == 1


@EACH
def test_nothing_is_a_whole_export_too(cast, typed, extension):
    body = whole(typed, cast.system, extension, code="nobody")

    if extension == "csv":
        assert body.decode() == ",".join(KINDS) + "\n"
    elif extension == "jsonl":
        assert body == b""
    else:
        assert table_of_bytes(body, extension).num_rows == 0
    assert (Pull.objects.get().result, Pull.objects.get().rows) == ("ok", 0)


def test_a_wrong_call_is_refused_before_a_byte(cast, typed):
    for asked, field in (
        ({"encoding": "latin1"}, "encoding"),
        ({"bom": "yes"}, "bom"),
        ({"bom": "1", "encoding": "gb18030"}, "bom"),
        ({"excel": "2"}, "excel"),
        ({"n": "x"}, "n"),
        ({"limit": "3"}, "filter"),
    ):
        with pytest.raises(Invalid) as refused:
            whole(typed, cast.system, "csv", **asked)
        assert list(refused.value.fields) == [field]

    noted = Pull.objects.order_by().values_list("result", "status", "rows").distinct()
    assert list(noted) == [("denied", 422, 0)]


def test_a_filter_is_counted_before_rows_of_a_day_are_taken(cast, typed):
    Agreement.objects.filter(pk=typed.pk).update(rows_a_day=1)

    assert whole(typed, cast.system, "csv", code="a").count(b"\n") == 2
    assert Pull.objects.get().rows == 1


def rest_of(reading, body: bytearray) -> None:
    for piece in reading:
        body += piece


def is_broken(body: bytes, extension: str) -> bool:
    """Whether a reader of the format can tell; each by a reader that others wrote."""
    if extension == "csv":
        with pytest.raises(csv.Error):
            list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    elif extension == "jsonl":
        with pytest.raises(json.JSONDecodeError):
            json.loads(body.splitlines()[-1])
    else:
        with pytest.raises((pa.ArrowInvalid, OSError)):
            table_of_bytes(body, extension)
    return True


@EACH
def test_an_end_cuts_a_running_export_and_what_has_come_is_seen_to_be_broken(
    cast, resource, extension
):
    # given a reader that has taken the first piece of many
    fill(resource, rows=600_000)
    agreement = agreed_on(cast, resource)
    stream = exports.export(number=agreement.number, party=cast.system, format=FORMATS[extension])
    reading = iter(stream)
    body = bytearray(next(reading))

    # when
    def end() -> None:
        agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        connections.close_all()

    ending = threading.Thread(target=end)
    ending.start()
    ending.join(20)
    with pytest.raises(BrokenOffError):
        rest_of(reading, body)
    stream.close()

    # then
    assert is_broken(bytes(body), extension)
    pull = Pull.objects.get()
    assert (pull.result, pull.kind, pull.sha256) == ("broken", extension, "")
    assert "超范围使用" in pull.reason
    assert 0 < pull.rows < 600_000
    with pytest.raises(NotAllowed):
        whole(agreement, cast.system, extension)


@EACH
def test_who_hangs_up_leaves_nobody_reading(cast, resource, extension):
    fill(resource, rows=300_000)
    agreement = agreed_on(cast, resource)
    stream = exports.export(number=agreement.number, party=cast.system, format=FORMATS[extension])
    next(iter(stream))

    stream.close()

    assert Pull.objects.get().result == "broken"
    end = time.monotonic() + 20
    while readers_of(agreement) and time.monotonic() < end:
        time.sleep(0.05)
    assert readers_of(agreement) == 0


def readers_of(agreement):
    """Sessions that read under the agreement; the server needs a moment to see that one was cut."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle'",
            [f"portal-pull:{agreement.number}"],
        )
        return cursor.fetchone()[0]


@EACH
def test_over_http_the_receipt_tells_what_left(cast, caller, typed, extension):
    answer = caller.get(path(typed, f"export.{extension}"))
    body = answer.getvalue()
    receipt = caller.get(answer.headers["Export-Receipt"]).json()

    assert answer.headers["Content-Type"] == FORMATS[extension].content_type + (
        "; charset=utf-8" if extension == "csv" else ""
    )
    assert f"{typed.number}.{extension}" in answer.headers["Content-Disposition"]
    assert (receipt["sha256"], receipt["rows"]) == (hashlib.sha256(body).hexdigest(), 3)
    assert receipt["bytes"] == len(body)


def test_duckdb_reads_what_left(cast, typed, tmp_path):
    for extension in ("parquet", "csv", "jsonl"):
        (tmp_path / f"rows.{extension}").write_bytes(whole(typed, cast.system, extension))

    for name, reader in (
        ("rows.parquet", "read_parquet"),
        ("rows.csv", "read_csv"),
        ("rows.jsonl", "read_json"),
    ):
        found = duckdb.sql(f"SELECT count(*), max(n) FROM {reader}('{tmp_path / name}')").fetchall()
        assert found == [(3, 7)]
