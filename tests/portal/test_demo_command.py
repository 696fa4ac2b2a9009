"""`manage.py demo` refuses before it starts anything; what it runs is in `test_supervisor.py`."""

import socket
import subprocess
import sys

import pytest

from portal.embedded.place import CHECKOUT
from tests.portal.conftest import environment, query, server_processes


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
