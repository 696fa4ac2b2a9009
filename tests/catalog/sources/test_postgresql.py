"""The connector against a real PostgreSQL: what it finds, gives, and says when it cannot."""

import pytest
from django.test import override_settings
from psycopg import sql

from catalog.models import ItemType
from catalog.sources.connector import Relation, Selected, SourceColumn
from catalog.sources.failures import SourceFailure
from catalog.sources.postgresql import PostgreSQL
from catalog.store.columns import Column

from .database import READER, admin, drop_database, let_read, make_database

# The networks that are allowed are read from the database.
pytestmark = pytest.mark.django_db


def text(name: str) -> Selected:
    return Selected(
        SourceColumn(name, "text", "text", None, False, ""), Column(name, ItemType.MEMO)
    )


def copied(connector: PostgreSQL, relation: str, *selected: Selected) -> tuple[int, bytes]:
    blocks: list[bytes] = []
    rows = connector.copy(relation, selected, blocks.append)
    return rows, b"".join(blocks)


def test_it_says_what_answered(business):
    with PostgreSQL(business.place()) as connector:
        assert connector.check().startswith("PostgreSQL 1")


def test_it_lists_what_may_be_read(business):
    # given
    business.fill([("1", "a", None)])
    business.run("COMMENT ON TABLE divisions IS '区划'")
    business.run("CREATE VIEW cities AS SELECT * FROM divisions")
    business.run("CREATE TABLE secret (a int)")
    business.run(f"REVOKE ALL ON secret FROM {READER}")
    business.run("ANALYZE divisions")

    # when
    with PostgreSQL(business.place()) as connector:
        found = connector.relations()

    # then
    assert found == [
        Relation("public.cities", "", None),
        Relation("public.divisions", "区划", 1),
    ]


def test_it_describes_columns(business):
    business.run("CREATE DOMAIN money2 AS numeric(18,2)")
    business.run(
        "CREATE TABLE t (id bigint, no int, amount numeric(10,4), paid money2, rate numeric,"
        " whole numeric(8,-2), padded char(4), at timestamp, PRIMARY KEY (no, id))"
    )
    business.run("COMMENT ON COLUMN t.amount IS '金额'")

    with PostgreSQL(business.place()) as connector:
        assert connector.columns("public.t") == [
            SourceColumn("id", "bigint", "int8", None, True, "", is_nullable=False),
            SourceColumn("no", "integer", "int4", None, True, "", is_nullable=False),
            SourceColumn("amount", "numeric(10,4)", "numeric", 4, False, "金额"),
            SourceColumn("paid", "money2", "numeric", 2, False, ""),
            SourceColumn("rate", "numeric", "numeric", None, False, ""),
            SourceColumn("whole", "numeric(8,-2)", "numeric", -2, False, ""),
            SourceColumn("padded", "character(4)", "bpchar", None, False, ""),
            SourceColumn("at", "timestamp without time zone", "timestamp", None, False, ""),
        ]


def test_rows_come_as_copy_gives_them(business):
    business.fill([("1", "tab\t newline\n backslash \\ \\N quote '\"", None), ("2", "", "陇")])

    with PostgreSQL(business.place()) as connector:
        rows, given = copied(connector, "public.divisions", text("name"), text("parent_code"))

    assert rows == 2
    assert given.decode() == "tab\\t newline\\n backslash \\\\ \\\\N quote '\"\t\\N\n\t陇\n"


def test_many_rows_come_in_few_blocks(business):
    business.run("CREATE TABLE many AS SELECT i::text AS a FROM generate_series(1, 100000) i")
    blocks = []

    with PostgreSQL(business.place()) as connector:
        rows = connector.copy("public.many", [text("a")], blocks.append)

    assert rows == 100000
    assert len(blocks) == 3
    assert all(block.endswith(b"\n") for block in blocks)
    assert sum(block.count(b"\n") for block in blocks) == rows


def test_names_are_taken_as_names(business):
    business.run('CREATE TABLE "a; DROP TABLE x" ("b"" c" text)')

    with PostgreSQL(business.place()) as connector:
        assert copied(connector, "public.a; DROP TABLE x", text('b" c')) == (0, b"")


def test_nothing_can_be_written_and_all_is_one_snapshot(business):
    business.fill([("1", "a", None)])
    business.run(f"GRANT ALL ON divisions TO {READER}")

    with PostgreSQL(business.place()) as connector:
        connector.check()
        business.run("DELETE FROM divisions")
        assert copied(connector, "public.divisions", text("code"))[0] == 1
        with pytest.raises(SourceFailure) as failure:
            connector._rows("DELETE FROM divisions")

    assert failure.value.data == {"sqlstate": "25006"}


def test_other_encodings_arrive_as_utf8(business):
    make_database("portal_test_gbk", "ENCODING 'EUC_CN' LOCALE_PROVIDER libc LOCALE 'C'")
    try:
        with admin("portal_test_gbk") as owner:
            let_read(owner)
            owner.execute("CREATE TABLE t (a text)")
            owner.execute("INSERT INTO t VALUES ('示范省，民政厅')")
        with PostgreSQL(business.place(database="portal_test_gbk")) as connector:
            assert copied(connector, "public.t", text("a")) == (1, "示范省，民政厅\n".encode())
    finally:
        drop_database("portal_test_gbk")


def _refusal(place) -> SourceFailure:
    with pytest.raises(SourceFailure) as failure, PostgreSQL(place) as connector:
        connector.check()
    return failure.value


@pytest.mark.parametrize(
    ("change", "code", "heals"),
    [
        ({"port": 1}, "unreachable", True),
        ({"password": "wrong"}, "wrong_password", False),
        ({"username": "nobody_here"}, "wrong_password", False),
        ({"database": "not_there"}, "database_missing", False),
        ({"host": "no-such-host.invalid"}, "host_unknown", False),
        ({"host": "10.255.255.1"}, "network_not_allowed", False),
        ({"host": "/run/postgresql"}, "host_unknown", False),
        ({"host": "127.0.0.1,10.0.0.1"}, "host_unknown", False),
        ({"host": "::ffff:10.0.0.1"}, "network_not_allowed", False),
    ],
    ids=lambda value: str(value) if not isinstance(value, dict) else "-".join(map(str, value)),
)
def test_a_refused_connection_has_its_reason(business, change, code, heals):
    failure = _refusal(business.place(**change))

    assert (failure.code, failure.heals) == (code, heals)
    assert "reader's" not in repr(failure) + str(failure.data)
    assert failure.__context__ is None or failure.__suppress_context__


def test_only_the_checked_address_is_connected_to(business):
    with override_settings(SOURCE_ALLOWED_NETWORKS=["192.0.2.0/24"]):
        assert _refusal(business.place(host="localhost")).code == "network_not_allowed"
    with PostgreSQL(business.place(host="localhost")) as connector:
        assert connector._open.info.hostaddr in {"127.0.0.1", "::1"}


def test_a_database_that_is_full_heals(business):
    with admin() as cluster:
        cluster.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 0").format(sql.Identifier(READER)))
        try:
            failure = _refusal(business.place())
        finally:
            cluster.execute(
                sql.SQL("ALTER ROLE {} CONNECTION LIMIT -1").format(sql.Identifier(READER))
            )

    assert (failure.code, failure.heals) == ("too_many_connections", True)


def test_a_user_who_may_not_log_in_is_told(business):
    business.run(f"REVOKE CONNECT ON DATABASE {business.name} FROM PUBLIC")
    try:
        failure = _refusal(business.place())
    finally:
        business.run(f"GRANT CONNECT ON DATABASE {business.name} TO PUBLIC")

    assert failure.code == "login_refused"
    assert failure.data["user"] == READER


def test_a_table_that_is_not_there_or_not_open_is_told_apart(business):
    business.run("CREATE TABLE secret (a text)")
    business.run(f"REVOKE ALL ON secret FROM {READER}")

    with PostgreSQL(business.place()) as connector:
        with pytest.raises(SourceFailure) as missing:
            connector.columns("public.nothing")
        with pytest.raises(SourceFailure) as closed:
            connector.columns("public.secret")

    assert missing.value.code == "relation_missing"
    assert closed.value.code == "permission_denied"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DROP TABLE divisions", "relation_changed"),
        ("ALTER TABLE divisions DROP COLUMN name", "relation_changed"),
        (f"REVOKE ALL ON divisions FROM {READER}", "permission_denied"),
    ],
)
def test_what_changes_after_the_look_is_told(business, change, code):
    business.fill([("1", "a", None)])

    with PostgreSQL(business.place()) as connector:
        connector.check()
        business.run(change)
        with pytest.raises(SourceFailure) as failure:
            copied(connector, "public.divisions", text("name"))

    assert failure.value.code == code


def test_a_connection_that_is_cut_while_rows_come_heals(business):
    business.run(
        "CREATE TABLE many AS SELECT repeat('x', 200) AS a FROM generate_series(1, 200000)"
    )
    seen = []

    def into(block):
        if not seen:
            business.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                [READER],
            )
        seen.append(block)

    with PostgreSQL(business.place()) as connector, pytest.raises(SourceFailure) as failure:
        connector.copy("public.many", [text("a")], into)

    assert failure.value.code in {"shutting_down", "connection_lost"}
    assert failure.value.heals


def test_an_error_of_the_receiver_stays_the_receivers(business):
    business.run("CREATE TABLE many AS SELECT i::text AS a FROM generate_series(1, 200000) i")

    def into(block):
        raise ZeroDivisionError

    with PostgreSQL(business.place()) as connector, pytest.raises(ZeroDivisionError):
        connector.copy("public.many", [text("a")], into)
