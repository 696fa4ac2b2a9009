"""An unclean stop: whatever was killed, the next start comes up whole."""

import signal
import subprocess
import sys

import psutil
import pytest

from portal import embedded
from tests.portal.conftest import gone, query, server_processes, valkey

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children on Linux")


def _write(urls):
    query(urls["DATABASE_URL"], "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    with valkey(urls["REDIS_URL"]) as client:
        client.set("kept", "yes")
        client.waitaof(1, 0, 2000)


def _assert_whole(servers):
    assert query(servers.database_url, "SELECT count(*) FROM kept") == [(1000,)]
    query(servers.database_url, "INSERT INTO kept VALUES (0)")
    with valkey(servers.redis_url) as client:
        assert client.get("kept") == b"yes"


def _kill_all(owner, *, but=()):
    """SIGKILL to the owner and its servers, the owner held so that it can tell nobody."""
    owner.process.send_signal(signal.SIGSTOP)
    for process in owner.servers():
        if process not in but:
            process.kill()
    owner.process.kill()
    owner.process.wait()


def test_after_kill_9_of_everything_nothing_is_lost(other_owner, directory):
    # given
    _write(other_owner.urls)
    living = other_owner.servers()

    # when
    _kill_all(other_owner)
    assert gone(living)
    assert (directory / "postgres" / "postmaster.pid").exists()

    # then
    servers = embedded.start(directory)
    _assert_whole(servers)
    servers.stop()


@linux
def test_the_servers_stop_by_themselves_when_their_owner_is_killed(other_owner, directory):
    _write(other_owner.urls)
    living = other_owner.servers()

    other_owner.process.kill()

    assert gone(living)
    assert not (directory / "postgres" / "postmaster.pid").exists()
    servers = embedded.start(directory)
    _assert_whole(servers)
    servers.stop()


def test_a_session_that_outlived_its_server_is_ended_first(other_owner, directory):
    # given a session that hangs, so that it does not notice the end of its server
    _write(other_owner.urls)
    checkpointer = next(p for p in other_owner.servers() if "checkpointer" in p.cmdline()[0])
    checkpointer.suspend()

    # when
    _kill_all(other_owner, but=[checkpointer])
    assert checkpointer.is_running()
    servers = embedded.start(directory)

    # then
    assert gone([checkpointer], 0)
    _assert_whole(servers)
    servers.stop()


def test_servers_that_outlived_their_owner_are_ended_first(other_owner, directory):
    # given
    _write(other_owner.urls)
    living = other_owner.servers()

    # when the owner becomes another program, which takes the lock away but ends nothing
    other_owner.tell("leave the servers alone")
    while psutil.Process(other_owner.process.pid).name() != "sleep":
        pass
    assert len(server_processes(directory)) == len(living)
    servers = embedded.start(directory)

    # then
    assert gone(living, 0)
    _assert_whole(servers)
    servers.stop()


def test_a_pid_that_another_program_has_now_stands_in_nobodys_way(other_owner, directory):
    # given
    _write(other_owner.urls)
    _kill_all(other_owner)
    pid_file = directory / "postgres" / "postmaster.pid"
    stranger = subprocess.Popen(["/bin/sleep", "600"])
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

    # when
    servers = embedded.start(directory)

    # then
    _assert_whole(servers)
    assert stranger.poll() is None
    servers.stop()
    stranger.kill()
    stranger.wait()
