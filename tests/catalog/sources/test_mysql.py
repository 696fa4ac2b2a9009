"""The connector against a real MariaDB: what it finds, gives, and says when it cannot."""

import gc
import socket
import threading

import psycopg
import pymysql
import pytest
from django.test import override_settings

from catalog.models import ItemType, RunState
from catalog.sources.connector import ByWatermark, Relation, Selected, Since, SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.sources.mysql import MySQL
from catalog.store.columns import Column

from .mariadb import READER
from .running import held, ran

# The networks that are allowed are read from the database.
pytestmark = pytest.mark.django_db


def copied(connector: MySQL, relation: str, *names: str) -> tuple[int, bytes]:
    columns = {one.name: one for one in connector.columns(relation)}
    selected = [Selected(columns[name], Column(name, ItemType.MEMO)) for name in names or columns]
    blocks: list[bytes] = []
    rows = connector.copy(relation, selected, blocks.append)
    return rows, b"".join(blocks)


def test_it_says_what_answered(maria):
    with MySQL(maria.place()) as connector:
        assert connector.check().startswith("MariaDB 1")
        assert isinstance(connector, ByWatermark)


def test_it_lists_what_may_be_read(maria):
    maria.run("CREATE TABLE `odd.na``me` (a int) COMMENT '区划'")
    maria.run("CREATE VIEW cities AS SELECT a FROM `odd.na``me`")

    with MySQL(maria.place()) as connector:
        found = connector.relations()
        named = connector.relation("odd.na`me")

    assert found == [Relation("cities", "", None), Relation("odd.na`me", "区划", 0)]
    assert named == found[1]


def test_it_describes_columns(maria):
    maria.run(
        "CREATE TABLE t (id bigint unsigned, no int, ok tinyint(1) NOT NULL COMMENT '有效',"
        " amount decimal(10,4), at timestamp NULL, made datetime(3), d date, flags bit(4),"
        " pic blob, doc json, grade enum('a','b'), place point, y year, r float, u uuid,"
        " PRIMARY KEY (no, id))"
    )

    with MySQL(maria.place()) as connector:
        found = connector.columns("t")

    assert found[2] == SourceColumn("ok", "tinyint(1)", "int2", None, False, "有效", False)
    assert [(one.name, one.family, one.scale) for one in found if one.is_key] == [
        ("id", "numeric", 0), ("no", "int8", None),
    ]  # fmt: skip
    assert {one.name: one.family for one in found[3:]} == {
        "amount": "numeric", "at": "timestamptz", "made": "timestamp", "d": "date",
        "flags": "numeric", "pic": "bytea", "doc": "text", "grade": "text", "place": "bytea",
        "y": "int2", "r": "float4", "u": "uuid",
    }  # fmt: skip
    assert found[3].scale == 4


def test_every_value_arrives_as_postgresql_reads_it(maria, cursor):
    # given
    maria.run(
        "CREATE TABLE t (id int, words text, odd varchar(20) CHARACTER SET gbk, big bigint unsigned,"
        " ok tinyint(1), bits bit(9), at timestamp NULL, made datetime(6), d date, r float,"
        " x double, n decimal(20,4), doc json, padded char(4))"
    )
    everything = "a\tb\nc\rd\\e\\N \x01 ' \" 区划 😀 \\"
    maria.run("SET time_zone = '+08:00'")
    maria.run(
        "INSERT INTO t VALUES (1, %s, '汉字', 18446744073709551615, 1, b'101',"
        " '2026-11-29 20:00:00', '2026-11-29 20:00:00.123456', '2026-02-28', 0.1, 1e-300,"
        " -0.5000, '{\"a\": \"b\\\\n\"}', 'ab'),"
        " (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
        " (3, '', '', 0, 0, 0, NULL, NULL, NULL, 16777217, 0.1, 0, '[]', '')",
        [everything],
    )
    cursor.execute(
        "CREATE TEMPORARY TABLE got (id int, words text, odd text, big numeric, ok boolean,"
        " bits int, at timestamptz, made timestamp, d date, r float8, x float8, n numeric(20,4),"
        " doc jsonb, padded text)"
    )

    # when
    with MySQL(maria.place()) as connector:
        rows, block = copied(connector, "t")
    with cursor.copy("COPY got FROM STDIN") as copy:
        copy.write(block)

    # then
    cursor.execute(
        "SELECT id, words, odd, big, ok, bits, at AT TIME ZONE 'UTC', made, d::text, r, x, n, doc,"
        " padded FROM got ORDER BY id"
    )
    full, empty, zero = cursor.fetchall()
    assert rows == 3
    assert full[1:6] == (everything, "汉字", 18446744073709551615, True, 5)
    assert [str(one) for one in full[6:9]] == [
        "2026-11-29 12:00:00", "2026-11-29 20:00:00.123456", "2026-02-28",
    ]  # fmt: skip
    assert full[9:11] == (pytest.approx(0.1, abs=1e-8), 1e-300)
    assert (str(full[11]), full[13]) == ("-0.5000", "ab")
    assert full[12] in ({"a": "b\n"}, '{"a": "b\\n"}')
    assert set(empty[1:]) == {None}
    assert (zero[1], zero[2], zero[9], zero[13]) == ("", "", 16777216.0, "")


@pytest.mark.parametrize(("zero_dates", "given"), [("refused", b"0000-00-00"), ("empty", b"\\N")])
def test_zero_dates_are_what_the_steward_says(maria, zero_dates, given):
    maria.run("SET sql_mode = ''")
    maria.run("CREATE TABLE t (d date, made datetime, at timestamp)")
    maria.run("INSERT INTO t VALUES ('0000-00-00', 0, 0)")

    with MySQL(maria.place(settings={"zero_dates": zero_dates})) as connector:
        _rows, block = copied(connector, "t")

    assert all(value.startswith(given) for value in block.strip(b"\n").split(b"\t"))


def test_many_rows_come_in_whole_blocks_and_one_snapshot(maria):
    # given
    maria.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(40)) ENGINE=InnoDB")
    maria.run("INSERT INTO t SELECT seq, CONCAT('name of ', seq) FROM seq_1_to_50000")
    blocks: list[bytes] = []

    # when
    with MySQL(maria.place()) as connector:
        selected = [
            Selected(one, Column(one.name, ItemType.MEMO)) for one in connector.columns("t")
        ]
        maria.run("DELETE FROM t WHERE id > 10")
        rows = connector.copy("t", selected, blocks.append)

    # then
    assert rows == 50_000
    assert len(blocks) > 3
    assert all(block.endswith(b"\n") for block in blocks)
    lines = b"".join(blocks).splitlines()
    assert sorted(int(line.split(b"\t")[0]) for line in lines) == list(range(1, 50_001))


def test_the_structure_cannot_change_while_it_is_read(maria):
    maria.run("CREATE TABLE t (id int PRIMARY KEY)")
    maria.run("SET lock_wait_timeout = 1")

    with MySQL(maria.place()) as connector:
        connector.columns("t")
        with pytest.raises(pymysql.Error) as refused:
            maria.run("ALTER TABLE t ADD COLUMN more int")

    assert refused.value.args[0] == 1205


def test_rows_since_a_mark(maria):
    # given
    maria.run("CREATE TABLE t (id bigint unsigned, at timestamp(3) NULL)")
    maria.run("SET time_zone = '+08:00'")
    maria.run(
        "INSERT INTO t VALUES (9007199254740992, '2026-11-29 20:00:00.500'),"
        " (9007199254740993, '2026-11-29 20:00:01'), (5, NULL)"
    )
    got: list[bytes] = []

    # when
    with MySQL(maria.place()) as connector:
        number, at = connector.columns("t")
        marks = [connector.highest("t", one) for one in (number, at)]
        selected = [Selected(number, Column("id", ItemType.MEMO))]
        for since in (
            Since(number, "9007199254740993", is_number=True),
            Since(at, "2026-11-29 12:00:00.600", is_number=False),
        ):
            connector.copy_since("t", selected, got.append, since)

    # then
    assert marks == ["9007199254740993", "2026-11-29 12:00:01.000"]
    assert got[0] == b"9007199254740993\n"
    assert sorted(got[1].split()) == [b"5", b"9007199254740993"]


def test_a_row_too_large_for_one_value_is_told(maria):
    maria.run("CREATE TABLE t (a mediumtext, b mediumtext)")
    maria.run("INSERT INTO t SELECT REPEAT('x', 700000), REPEAT('y', 700000)")

    with MySQL(maria.place()) as connector, pytest.raises(SourceFailure) as failure:
        copied(connector, "t")

    assert (failure.value.code, failure.value.data) == ("row_too_large", {"row": 1})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "wrong_password"),
        ({"username": "nobody_known"}, "wrong_password"),
        ({"database": "gone"}, "login_refused"),
        ({"host": "no.such.name.invalid"}, "host_unknown"),
        ({"port": 1}, "unreachable"),
        ({"settings": {"tls": "checked"}}, "tls_refused"),
    ],
)
def test_a_login_that_fails_says_why(maria, changes, code):
    with pytest.raises(SourceFailure) as failure, MySQL(maria.place(**changes)):
        pass

    assert failure.value.code == code
    assert "p@ss" not in repr(failure.value.__dict__)


@override_settings(SOURCE_ALLOWED_NETWORKS=["10.0.0.0/8"])
def test_it_goes_to_allowed_networks_only(maria):
    with pytest.raises(SourceFailure) as failure, MySQL(maria.place()):
        pass

    assert failure.value.code == "network_not_allowed"


def test_what_answers_and_is_no_mysql(maria):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            plug, _address = other.accept()
            plug.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            plug.close()

        threading.Thread(target=answer, daemon=True).start()
        with (
            pytest.raises(SourceFailure) as failure,
            MySQL(maria.place(port=other.getsockname()[1])),
        ):
            pass

    assert failure.value.code in {"connection_lost", "source_error"}


def test_what_is_missing_or_barred_is_told(maria):
    maria.run("CREATE TABLE t (a int)")
    maria.run("CREATE DATABASE IF NOT EXISTS hidden")

    with MySQL(maria.place()) as connector:
        with pytest.raises(SourceFailure) as missing:
            connector.columns("gone")
        with pytest.raises(SourceFailure) as injected:
            connector.columns("t` UNION SELECT 1 -- ")

    assert missing.value.code == injected.value.code == "relation_missing"


def test_a_refusal_in_the_middle_is_passed_on_and_ends_the_reading(maria, recwarn):
    maria.run("CREATE TABLE t (a int)")
    maria.run("INSERT INTO t SELECT seq FROM seq_1_to_200000")

    def full(block: bytes) -> None:
        raise psycopg.errors.DiskFull

    with MySQL(maria.place()) as connector:
        column = connector.columns("t")[0]
        with pytest.raises(psycopg.errors.DiskFull):
            connector.copy("t", [Selected(column, Column("a", ItemType.INTEGER))], full)
    gc.collect()

    assert [str(one.message) for one in recwarn if "exception" in str(one.message).lower()] == []


def test_a_whole_run_and_a_second_that_changes_nothing(maria, resource, steward):
    # given
    maria.run("CREATE TABLE divisions (code varchar(12) PRIMARY KEY, name text, parent_code text)")
    maria.run("INSERT INTO divisions VALUES ('1', '甲', NULL), ('2', '乙\\t', '1')")
    job = maria.job(resource)

    # when
    first = ran(job, steward)
    second = ran(job, steward)

    # then
    assert first.state == second.state == RunState.SUCCEEDED
    assert [tuple(row) for row in held(resource)] == [("1", "甲", None), ("2", "乙\t", "1")]
    assert (first.rows_inserted, second.rows_inserted, second.rows_updated) == (2, 0, 0)
    assert f"{READER}" not in str(first.log)
