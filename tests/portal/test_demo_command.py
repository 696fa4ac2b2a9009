"""`manage.py demo`: refuses before it starts anything, comes up whole, goes without a trace."""

import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection

import psutil
import pytest

from portal.embedded import processes
from portal.embedded.place import CHECKOUT
from tests.portal.conftest import environment, gone, query, server_processes


def _demo(directory, **more):
    return subprocess.run(
        [sys.executable, "manage.py", "demo"],
        env=environment(PORTAL_DATA_DIR=str(directory), **more),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_named_before_anything_is_started(new_directory):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = _demo(new_directory, PORT=str(port))

    assert done.returncode == 1
    assert done.stderr.startswith(
        f"Error: Port {port} of 127.0.0.1 cannot be used: address already"
    )
    assert f"PORT={port + 1} make demo" in done.stderr
    assert not (new_directory / "postgres").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_refused(new_directory, port):
    done = _demo(new_directory, PORT=port)

    assert done.stderr == f"Error: PORT={port} is not a port: give a number from 1 to 65535.\n"
    assert not (new_directory / "postgres").exists()


def test_a_second_demonstration_on_the_same_data_is_refused(other_owner, directory):
    done = _demo(directory)

    assert done.returncode == 1
    assert (
        f"The data directory {directory} is in use by process {other_owner.process.pid} "
        in done.stderr
    )
    assert query(other_owner.urls["DATABASE_URL"], "SELECT 1") == [(1,)]
    assert server_processes(directory)


def test_one_command_brings_the_portal_up_and_ctrl_c_takes_it_away(new_directory):
    # given
    port = processes.free_port(0)
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        env=environment(PORTAL_DATA_DIR=str(new_directory), PORT=str(port)),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        # when
        said = []
        for line in demo.stdout:
            said.append(line)
            if line == "Ctrl-C stops everything.\n":
                break
        living = psutil.Process(demo.pid).children(recursive=True)

        # then
        assert f"The portal is ready: http://127.0.0.1:{port}/\n" in said, "".join(said)
        assert _status(port, "/healthz") == 200
        assert _status(port, "/accounts/login/") == 200
        demo.send_signal(signal.SIGINT)
        said_at_the_end, _ = demo.communicate(timeout=60)

    assert demo.returncode == 0, said_at_the_end
    assert len(living) > 10
    assert gone(living, 0)
    assert server_processes(new_directory) == []
    assert processes.free_port(port) == port


def _status(port, path):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
