"""Data directories of their own, and other processes that own them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from portal import embedded
from portal.embedded import processes
from portal.embedded.place import CHECKOUT

OWNER = """
import json, sys
from pathlib import Path
from portal import embedded
servers = embedded.start(Path(sys.argv[1]))
print(json.dumps(servers.urls), flush=True)
for line in sys.stdin:
    if line == "leave the servers alone\\n":
        import os
        os.execv("/bin/sleep", ["sleep", "600"])
servers.stop()
print("stopped", flush=True)
"""


@dataclass
class OtherOwner:
    """Another process that started the servers on `directory`."""

    directory: Path
    process: subprocess.Popen[str]
    urls: dict[str, str]

    def servers(self) -> list[psutil.Process]:
        return server_processes(self.directory)

    def tell(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()


def server_processes(directory: Path) -> list[psutil.Process]:
    found = []
    for program, name in (("postgres", "postgres"), ("valkey-server", "valkey")):
        if (directory / name).exists():
            found += processes.running(program=program, directory=directory / name)
    return found


def gone(living: list[psutil.Process], seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while any(processes.is_alive(process) for process in living):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def valkey(url: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(url)
    try:
        yield client
    finally:
        client.close()


def environment(**more: str) -> dict[str, str]:
    """What a shell would have: nothing of the servers that the test run itself uses."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "PORTAL_DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    }
    return {**kept, "PYTHONPATH": str(CHECKOUT), **more}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose servers ran once."""
    place = tmp_path_factory.mktemp("made") / "data"
    embedded.start(place, throw_away=True).stop()
    return place


@pytest.fixture
def directory(tmp_path: Path, made: Path) -> Iterator[Path]:
    """A copy of it, owners and all; the servers' processes are told apart by the directory."""
    place = tmp_path / "data"
    subprocess.run(["cp", "-a", str(made), str(place)], check=True)
    yield place
    processes.end(server_processes(place), ((signal.SIGKILL, 10),))


@pytest.fixture
def new_directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "data"
    yield place
    processes.end(server_processes(place), ((signal.SIGKILL, 10),))


@pytest.fixture
def other_owner(directory: Path) -> Iterator[OtherOwner]:
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=CHECKOUT,
    )
    yield OtherOwner(directory, process, json.loads(process.stdout.readline()))
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
