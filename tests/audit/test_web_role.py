"""A connection as the role of web processes: into the trail it may insert, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connection

from portal.embedded.place import CHECKOUT
from tests.audit.test_migration import ENTRY, manage

ROLE, PASSWORD = "portal_test_web", "only-for-this-test"


@dataclass
class House:
    """A database of its own with the tables of the trail and one that is not of it."""

    url: str
    web_url: str
    owner: psycopg.Connection
    web: psycopg.Connection


@pytest.fixture(scope="module")
def place(django_db_setup: None) -> Iterator[tuple[dict[str, object], str]]:
    given = connection.settings_dict
    place = {key: given[key.upper()] for key in ("user", "password", "host", "port")}
    name = f"{given['NAME']}_web_role"
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f"DROP ROLE IF EXISTS {ROLE}")
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield place, name
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            server.execute(f"DROP ROLE IF EXISTS {ROLE}")


@pytest.fixture(scope="module")
def house(place: tuple[dict[str, object], str]) -> Iterator[House]:
    where, name = place
    url = "postgres://{user}:{password}@{host}:{port}/".format(**where) + name
    assert manage(url, "migrate", "audit", "--verbosity", "0").returncode == 0
    with psycopg.connect(dbname=name, autocommit=True, **where) as owner:
        owner.execute("CREATE TABLE a_thing (id bigint GENERATED ALWAYS AS IDENTITY, words text)")
        owner.execute("CREATE SCHEMA store")
        owner.execute("CREATE TABLE store.rows (code text)")
        owner.execute("CREATE VIEW store.seen AS SELECT code FROM store.rows")
        owner.execute(ENTRY)
        given = give(url)
        assert given.returncode == 0, given.stderr
        assert manage(url, "seal_audit").returncode == 0
        as_web = {**where, "user": ROLE, "password": PASSWORD}
        with psycopg.connect(dbname=name, autocommit=True, **as_web) as web:
            web_url = "postgres://{user}:{password}@{host}:{port}/".format(**as_web) + name
            yield House(url, web_url, owner, web)


def give(url: str, role: str = ROLE, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "audit_web_role", role],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "LOG_LEVEL": "ERROR",
            "WEB_DATABASE_PASSWORD": password,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def counts(house: House) -> list[tuple[object, ...]]:
    tables = ("audit_entry", "audit_leaf", "audit_node", "audit_treehead", "audit_month")
    return [house.owner.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]


def test_it_inserts_an_entry_and_reads_the_trail(house: House) -> None:
    # given
    before = house.owner.execute("SELECT max(id) FROM audit_entry").fetchone()[0]

    # when
    house.web.execute(ENTRY)
    recorded = manage(
        house.web_url,
        "shell",
        "--verbosity",
        "0",
        "--command",
        "from audit.services import record_alone;"
        " record_alone(actor=None, action='audit.search', target=None)",
    )

    # then
    assert recorded.returncode == 0, recorded.stderr
    assert house.web.execute("SELECT max(id) FROM audit_entry").fetchone()[0] >= before + 2
    assert house.web.execute("SELECT count(*) FROM audit_treehead").fetchone() == (1,)
    assert manage(house.url, "seal_audit").stdout.startswith("2 entries sealed")
    assert manage(house.url, "verify_audit", "--verbosity", "0").returncode == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE audit_entry CASCADE",
        "DELETE FROM audit_entry_other",
        "INSERT INTO audit_entry_other SELECT * FROM audit_entry",
        "SELECT count(*) FROM audit_entry_other",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_entry DETACH PARTITION audit_entry_other",
        "DROP TRIGGER audit_entry_append_only ON audit_entry",
        "CREATE TRIGGER mine BEFORE INSERT ON audit_entry EXECUTE FUNCTION audit_refuse()",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "SELECT setval('audit_entry_id_seq', 1)",
        "SELECT audit_add_month('audit_entry_1999_01', '1999-01-01', '1999-02-01')",
        "INSERT INTO audit_leaf VALUES (99, 99, '')",
        "INSERT INTO audit_treehead SELECT * FROM audit_treehead",
        "DELETE FROM audit_treehead",
        "UPDATE audit_month SET dropped_at = now()",
        "UPDATE audit_witnessstate SET head = 0",
        "INSERT INTO audit_publickey VALUES ('x', '', 1)",
        "SET ROLE portal",
        "SET session_replication_role = replica",
    ],
)
def test_nothing_else_of_the_trail_is_open_to_it(house: House, statement: str) -> None:
    # given
    before = counts(house)

    # when
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.web.execute(statement)

    # then
    assert counts(house) == before


def test_everything_else_is_its_own_and_the_owner_of_the_trail_may_still_change_it(
    house: House,
) -> None:
    # when
    house.web.execute("INSERT INTO a_thing (words) VALUES ('x')")
    house.web.execute("ALTER TABLE a_thing ADD COLUMN more int")
    house.web.execute("CREATE TABLE store.more (code text)")
    house.web.execute("CREATE OR REPLACE VIEW store.seen AS SELECT code FROM store.rows WHERE true")
    house.web.execute("DROP TABLE store.more")
    house.owner.execute("ALTER TABLE a_thing DROP COLUMN more")

    # then
    owners = house.owner.execute(
        "SELECT relname, relowner::regrole::text FROM pg_class"
        " WHERE relname IN ('a_thing', 'seen', 'audit_entry', 'audit_entry_other', 'audit_leaf')"
    ).fetchall()
    owner = connection.settings_dict["USER"]
    assert dict(owners) == {
        "a_thing": ROLE,
        "seen": ROLE,
        "audit_entry": owner,
        "audit_entry_other": owner,
        "audit_leaf": owner,
    }


def test_it_is_given_what_a_later_migration_brought(house: House) -> None:
    # given
    house.owner.execute("CREATE TABLE later (a int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        house.web.execute("SELECT * FROM later")

    # when
    again = give(house.url, password="")

    # then
    assert again.returncode == 0, again.stderr
    assert house.web.execute("SELECT count(*) FROM later").fetchone() == (0,)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("portal_test_nobody", "there is no role portal_test_nobody"),
        ("{owner}", "superuser, or may make roles"),
    ],
)
def test_an_unfit_role_is_refused(house: House, role: str, words: str) -> None:
    # when
    refused = give(house.url, role.format(owner=connection.settings_dict["USER"]), password="")

    # then
    assert refused.returncode == 1
    assert words in refused.stderr
