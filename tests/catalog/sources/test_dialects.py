"""SQLAlchemy's way to a source, for real: over its dialects of PostgreSQL and MySQL."""

import psycopg
import pytest
from django.test import override_settings

from catalog.models import ItemType, JobMode, RunState, SourceKind
from catalog.services.sources import SourceData, register_source
from catalog.sources.connector import ByWatermark, Selected, Since
from catalog.sources.dialects import Dialect, _text
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import DIALECTS
from catalog.store.columns import Column
from portal.common.errors import Invalid

from .database import PASSWORD, READER
from .running import held, ran

# The networks that are allowed are read from the database.
pytestmark = pytest.mark.django_db

BY_POSTGRESQL = {"dialect": "postgresql+psycopg", "schema": "public"}
BY_MYSQL = {"dialect": "mysql+pymysql"}
WORDS = "a\tb\nc\rd\\e\\N ' \" 区划 😀"


@pytest.fixture
def place(business):
    return business.place(settings=BY_POSTGRESQL)


def copied(connector: Dialect, relation: str) -> tuple[int, bytes]:
    selected = [
        Selected(one, Column(one.name, ItemType.MEMO)) for one in connector.columns(relation)
    ]
    blocks: list[bytes] = []
    rows = connector.copy(relation, selected, blocks.append)
    return rows, b"".join(blocks)


def test_postgresql_by_its_dialect(business, place, cursor):
    # given
    business.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, words text, ok boolean NOT NULL, n numeric(10,3),"
        " x double precision, d date, at timestamptz, made timestamp, doc jsonb, pic bytea)"
    )
    business.run(
        "INSERT INTO t VALUES (1, %s, true, 1.500, 0.1, '2026-02-28', '2026-11-29 20:00+08',"
        " '2026-11-29 20:00:00.5', '{\"a\": \"b\\n\"}', NULL)",
        [WORDS],
    )
    business.run("INSERT INTO t (id, ok) VALUES (2, false)")
    business.run("COMMENT ON COLUMN t.words IS '文字'")
    business.run("CREATE VIEW v AS SELECT id FROM t")
    cursor.execute(
        "CREATE TEMPORARY TABLE got (id bigint, words text, ok boolean, n numeric(10,3), x float8,"
        " d date, at timestamptz, made timestamp, doc jsonb, pic text)"
    )

    # when
    with Dialect(place) as connector:
        product = connector.check()
        listed = [one.name for one in connector.relations()]
        columns = {one.name: one for one in connector.columns("t")}
        rows, block = copied(connector, "t")
    with cursor.copy("COPY got FROM STDIN") as copy:
        copy.write(block)

    # then
    assert product.startswith("postgresql 1")
    assert listed == ["t", "v"]
    assert {name: one.family for name, one in columns.items()} == {
        "id": "int8", "words": "text", "ok": "bool", "n": "numeric", "x": "float8", "d": "date",
        "at": "timestamptz", "made": "timestamp", "doc": "json", "pic": "bytea",
    }  # fmt: skip
    assert (columns["id"].is_key, columns["n"].scale) == (True, 3)
    assert (columns["words"].comment, columns["ok"].is_nullable) == ("文字", False)
    assert rows == 2
    cursor.execute(
        "SELECT words, ok, n::text, x, d::text, at = '2026-11-29 12:00+00', made::text, doc"
        " FROM got ORDER BY id"
    )
    full, empty = cursor.fetchall()
    assert full[:7] == (WORDS, True, "1.500", 0.1, "2026-02-28", True, "2026-11-29 20:00:00.5")
    assert full[7] in ({"a": "b\n"}, '{"a": "b\\n"}')
    assert empty == (None, False, None, None, None, None, None, None)


def test_mysql_by_its_dialect(maria, resource, steward):
    # given
    maria.run(
        "CREATE TABLE divisions (code varchar(12) PRIMARY KEY, name text, parent_code text,"
        " changed bigint)"
    )
    maria.run("INSERT INTO divisions VALUES ('1', %s, NULL, 1), ('2', '乙', '1', 2)", [WORDS])
    job = maria.job(resource, mode=JobMode.INCREMENTAL, watermark_column="changed", sweep="keys")
    job.source.kind = SourceKind.SQLALCHEMY
    job.source.settings = BY_MYSQL
    job.source.save()

    # when
    first = ran(job, steward)
    maria.run("UPDATE divisions SET name = '丙', changed = 3 WHERE code = '2'")
    maria.run("DELETE FROM divisions WHERE code = '1'")
    second = ran(job, steward)

    # then
    assert (first.state, first.rows_inserted) == (RunState.SUCCEEDED, 2)
    assert (second.rows_read, second.rows_updated, second.rows_deleted) == (1, 1, 1)
    assert [tuple(row) for row in held(resource)] == [("2", "丙", "1")]


def test_many_rows_come_in_blocks_of_one_snapshot(business, place):
    business.run("CREATE TABLE t AS SELECT n FROM generate_series(1, 5000) n")
    blocks: list[bytes] = []

    with Dialect(place) as connector:
        selected = [
            Selected(one, Column(one.name, ItemType.INTEGER)) for one in connector.columns("t")
        ]
        business.run("DELETE FROM t WHERE n > 10")
        rows = connector.copy("t", selected, blocks.append)

    assert rows == 5000
    assert [block.count(b"\n") for block in blocks] == [2000, 2000, 1000]


def test_rows_since_a_time(business, place):
    business.run("CREATE TABLE t (id int, at timestamptz)")
    business.run("INSERT INTO t VALUES (1, '2026-11-01 08:00+08'), (2, now()), (3, NULL)")
    got: list[bytes] = []

    with Dialect(place) as connector:
        number, at = connector.columns("t")
        assert isinstance(connector, ByWatermark)
        assert connector.highest("t", number) == "3"
        connector.copy_since(
            "t", [Selected(number, Column("id", ItemType.INTEGER))], got.append,
            Since(at, "2026-11-02 00:00:00+00:00", is_number=False),
        )  # fmt: skip

    assert sorted(b"".join(got).split()) == [b"2", b"3"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "dialect_refused"),
        ({"database": "gone"}, "dialect_refused"),
        ({"port": 1}, "unreachable"),
        ({"host": "no.such.name.invalid"}, "host_unknown"),
        ({"settings": {"dialect": "dm+dmPython"}}, "driver_missing"),
        ({"settings": {"dialect": "oracle+oracledb"}}, "driver_missing"),
    ],
)
def test_a_connection_that_fails_says_why_and_no_secret(business, changes, code):
    place = business.place(**{"settings": BY_POSTGRESQL, **changes})

    with pytest.raises(SourceFailure) as failure, Dialect(place):
        pass

    assert failure.value.code == code
    assert PASSWORD not in str(failure.value.data)
    assert failure.value.__cause__ is None


@override_settings(SOURCE_ALLOWED_NETWORKS=["10.0.0.0/8"])
def test_it_goes_to_allowed_networks_only(place):
    with pytest.raises(SourceFailure) as failure, Dialect(place):
        pass

    assert failure.value.code == "network_not_allowed"


def test_what_is_missing_or_barred_is_told(business, place):
    business.run("CREATE TABLE secret (a int)")
    business.run(f"REVOKE ALL ON secret FROM {READER}")

    with Dialect(place) as connector, pytest.raises(SourceFailure) as missing:
        connector.columns("gone")
    with Dialect(place) as connector, pytest.raises(SourceFailure) as barred:
        copied(connector, "secret")

    assert missing.value.code == "relation_missing"
    assert (barred.value.code, barred.value.data) == ("source_error", {"sqlstate": "42501"})


def test_a_refusal_in_the_middle_is_passed_on(business, place):
    business.run("CREATE TABLE t AS SELECT n FROM generate_series(1, 5000) n")

    def full(block: bytes) -> None:
        raise psycopg.errors.DiskFull

    with Dialect(place) as connector:
        column = connector.columns("t")[0]
        with pytest.raises(psycopg.errors.DiskFull):
            connector.copy("t", [Selected(column, Column("n", ItemType.INTEGER))], full)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql+psycopg2", "", "mysql+mysqldb"])
def test_only_the_dialects_of_the_list_are_taken(steward, dialect):
    data = SourceData(
        kind=SourceKind.SQLALCHEMY, name="x", host="127.0.0.1", port=1, database="d",
        username="u", password="p", settings={"dialect": dialect},
    )  # fmt: skip

    with pytest.raises(Invalid) as refused:
        register_source(department=steward.department, data=data, by=steward)

    assert set(refused.value.fields) == {"dialect"}
    assert dialect not in dict(DIALECTS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("inf"), "Infinity"), (float("nan"), "NaN"), (1e22, "1e+22"), (True, "true"),
        ("\\N", "\\\\N"), ("", ""), ([1, "a\n"], '[1, "a\\\\n"]'),
    ],
)  # fmt: skip
def test_values_as_copy_text(value, text):
    assert _text(value) == text
