"""From the chain of ADR 0005 to the tree, in a database of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from portal.embedded import programs
from portal.embedded.place import CHECKOUT

ENTRY = (
    "INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_name, action,"
    " target_type, target_id, target_label, department_ids, result, data, request_id)"
    " VALUES ('portal', '', '', '', 'audit.search', '', '', '', '{}', 'ok', '{}', '')"
)


@pytest.fixture
def chained(django_db_setup: None) -> Iterator[tuple[str, psycopg.Connection]]:
    """A database in which three entries are chained, as the release before left it."""
    given = connection.settings_dict
    place = {key: given[key.upper()] for key in ("user", "password", "host", "port")}
    name = f"{given['NAME']}_chained"
    url = "postgres://{user}:{password}@{host}:{port}/".format(**place) + name
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        assert migrate(url, "0002").returncode == 0
        with psycopg.connect(dbname=name, autocommit=True, **place) as own:
            for _ in range(3):
                own.execute(ENTRY)
            yield url, own
    finally:
        with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str, target: str) -> subprocess.CompletedProcess[str]:
    return manage(url, "migrate", "audit", target, "--verbosity", "0")


def manage(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_whole_chain_ends_in_an_entry_and_all_entries_become_leaves(chained) -> None:
    # given
    url, own = chained
    last = own.execute("SELECT encode(hash, 'hex') FROM audit_head WHERE seq = 3").fetchone()[0]

    # when
    migrated = migrate(url, "0008")
    own.execute(ENTRY)
    sealed = manage(url, "seal_audit")
    verified = manage(url, "verify_audit", "--verbosity", "0")

    # then
    assert migrated.returncode == 0, migrated.stderr
    assert sealed.stdout == "5 entries sealed, head 1:5\n"
    assert verified.stdout.startswith("5 entries, whole; 0 not yet sealed\n")
    order = "SELECT action, data FROM audit_leaf JOIN audit_entry ON entry_id = id ORDER BY index"
    rows = own.execute(order).fetchall()
    assert [action for action, _ in rows] == [
        *["audit.search"] * 3,
        "audit.chain.end",
        "audit.search",
    ]
    assert rows[3][1] == {"links": 3, "hash": last}


def test_a_broken_chain_stops_the_migration_and_changes_nothing(chained) -> None:
    # given
    url, own = chained
    own.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    own.execute("UPDATE audit_entry SET actor_name = 'x' WHERE id = 2")
    own.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")

    # when
    migrated = migrate(url, "0003")

    # then
    assert migrated.returncode == 1
    assert "the audit trail is broken at link 2" in migrated.stderr
    assert own.execute("SELECT count(*) FROM audit_link").fetchone() == (3,)
    own.execute(ENTRY)
    assert own.execute("SELECT seq FROM audit_head").fetchone() == (4,)


def test_the_entries_that_are_there_become_the_part_before_the_first_month(chained) -> None:
    # given
    url, own = chained
    assert migrate(url, "0004").returncode == 0
    entries = "SELECT *, xid::text FROM audit_entry ORDER BY id"
    before = own.execute(entries).fetchall()
    # What a run that was killed half-way leaves behind.
    own.execute(
        "ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_before_the_first_month"
        " CHECK (at < '2999-01-01')"
    )

    # when
    migrated = migrate(url, "0008")
    own.execute(ENTRY)

    # then
    assert migrated.returncode == 0, migrated.stderr
    after = own.execute(entries).fetchall()
    assert after[:-1] == before
    assert after[-1][0] == before[-1][0] + 1
    lies = "SELECT DISTINCT tableoid::regclass::text FROM audit_entry"
    assert own.execute(lies).fetchall() == [("audit_entry_first",)]
    assert manage(url, "seal_audit").stdout == f"{len(after)} entries sealed, head 1:{len(after)}\n"
    assert manage(url, "verify_audit", "--verbosity", "0").returncode == 0
    listed = manage(url, "audit_months").stdout.splitlines()
    assert listed[0] == "first: live"
    assert len(listed) == 5
    kept = "SELECT count(*) FROM pg_constraint WHERE conname = 'audit_entry_before_the_first_month'"
    assert own.execute(kept).fetchone() == (0,)
    sizes = "SELECT count(DISTINCT indexrelid) FROM pg_index WHERE indrelid = %s::regclass AND indisvalid"
    parent, first, other = (
        own.execute(sizes, [table]).fetchone()[0]
        for table in ("audit_entry", "audit_entry_first", "audit_entry_other")
    )
    assert first == other == parent + 1  # with the primary key, which only parts have


def test_a_dump_of_the_months_is_restored_and_goes_on(chained) -> None:
    # given
    url, own = chained
    assert migrate(url, "0008").returncode == 0
    manage(url, "seal_audit")
    own.execute(ENTRY)
    entries = "SELECT *, xid::text FROM audit_entry ORDER BY id"
    before = own.execute(entries).fetchall()
    bin = programs.postgres(None)

    # when
    name = own.execute("SELECT current_database() || '_restored'").fetchone()[0]
    own.execute(f'DROP DATABASE IF EXISTS "{name}"')
    own.execute(f'CREATE DATABASE "{name}"')
    try:
        restored = url + "_restored"
        dump = subprocess.run(
            [bin / "pg_dump", url], capture_output=True, text=True, check=True
        ).stdout
        subprocess.run(
            [bin / "psql", "--quiet", "--set=ON_ERROR_STOP=1", restored],
            input=dump,
            capture_output=True,
            text=True,
            check=True,
        )

        # then
        with psycopg.connect(restored, autocommit=True) as there:
            assert there.execute(entries).fetchall() == before
            there.execute(ENTRY)
            assert there.execute("SELECT max(id) FROM audit_entry").fetchone()[0] > before[-1][0]
        assert manage(restored, "seal_audit").stdout.startswith("2 entries sealed")
        assert manage(restored, "verify_audit", "--verbosity", "0").returncode == 0
    finally:
        own.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
