"""What `manage.py` gets: servers of its own, those of another command, or those it was told."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal import embedded
from portal.embedded.place import CHECKOUT, Place
from tests.portal.conftest import environment, gone, query, server_processes

COMMAND = """
import json, os, sys
from portal import embedded
with embedded.provided(for_command=["shell"], alone=sys.argv[1:] == ["alone"]):
    print(json.dumps({name: os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}))
    sys.stdout.flush()
    sys.stdin.readline()
print("left", flush=True)
"""


@pytest.fixture
def command(directory: Path):
    """Start a command that uses the servers until it is let go."""
    started = []

    def start(*words: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(PORTAL_DATA_DIR=str(directory), **more),
            cwd=CHECKOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _urls(process):
    return json.loads(process.stdout.readline())


def test_a_command_has_servers_while_it_runs(command, directory):
    process = command()
    assert query(_urls(process)["DATABASE_URL"], "SELECT 1") == [(1,)]

    output, _ = process.communicate("\n")

    assert output == "left\n"
    assert server_processes(directory) == []


def test_a_second_command_uses_the_servers_of_the_first_which_waits_for_it(command, directory):
    # given
    first = command()
    urls = _urls(first)
    second = command()
    assert _urls(second) == urls

    # when
    first.stdin.write("\n")
    first.stdin.flush()
    assert "waiting for it to end" in first.stderr.readline()

    # then
    assert query(urls["DATABASE_URL"], "SELECT 1") == [(1,)]
    second.communicate("\n")
    assert first.wait(10) == 0
    assert server_processes(directory) == []


def test_a_command_alone_waits_for_nobody_and_lets_nobody_in_twice(command, directory):
    # given
    first = command("alone")
    urls = _urls(first)
    second = command()
    assert _urls(second) == urls

    # when
    third = command("alone")
    _, refusal = third.communicate()

    # then
    assert f"in use by process {first.pid} " in refusal
    output, _ = first.communicate("\n")
    assert output == "left\n"
    assert server_processes(directory) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_stop_takes_the_servers_with_it(command, directory, sent):
    process = command()
    _urls(process)
    living = server_processes(directory)

    process.send_signal(sent)

    assert process.wait(10) != 0
    assert gone(living, 0)
    assert not (directory / "postgres" / "postmaster.pid").exists()


def test_a_url_from_outside_replaces_one_server_alone(command, directory):
    process = command(DATABASE_URL="postgres://elsewhere/portal")

    urls = _urls(process)

    assert urls["DATABASE_URL"] == "postgres://elsewhere/portal"
    assert urls["REDIS_URL"].startswith("redis://:")
    assert {process.name() for process in server_processes(directory)} == {"valkey-server"}


def test_with_both_urls_from_outside_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/portal")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "data"))

    with embedded.provided(for_command=["migrate"]) as servers:
        assert servers is None

    assert not (tmp_path / "data").exists()


def test_a_command_is_told_what_its_host_does_not_have(command):
    first = command(REDIS_URL="redis://elsewhere/0")
    _urls(first)

    _, refusal = command().communicate()

    assert "It was started with REDIS_URL of its own: give this command the same." in refusal


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], False),
        (["help"], False),
        (["migrate", "--help"], False),
        (["collectstatic", "--noinput"], False),
        (["translations", "--check"], False),
        (["audit_key"], False),
        (["check", "--deploy"], False),
        (["check", "--database", "default"], True),
        (["makemigrations", "--check"], True),
        (["migrate"], True),
        (["verify_audit"], True),
        (["demo"], True),
    ],
)
def test_only_commands_that_need_servers_get_them(words, expected):
    assert embedded.needs_servers(words) is expected


def test_settings_find_the_servers_that_another_process_runs(other_owner, directory, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(directory))

    found = {"DATABASE_URL": embedded.database_url(), "REDIS_URL": embedded.redis_url()}

    assert found == {name: url for name, url in other_owner.urls.items() if name in found}


def test_urls_that_a_killed_owner_left_are_not_believed(directory, monkeypatch):
    Place(directory).announce({"DATABASE_URL": "postgres://stale/portal"})
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(directory))

    assert embedded.database_url() == "postgres://portal@127.0.0.1:1/portal"


def test_the_environment_is_as_before_afterwards(directory, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("PORTAL_DATA_DIR", str(directory))

    with embedded.provided(for_command=["migrate"]):
        assert embedded.failure() is None
        assert query(os.environ["DATABASE_URL"], "SELECT 1") == [(1,)]

    assert "DATABASE_URL" not in os.environ
    assert "REDIS_URL" not in os.environ
