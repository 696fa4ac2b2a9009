"""A throw-away MariaDB on loopback, run by an unprivileged account, and a department's base in it."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymysql
import pytest

from catalog.models import Resource, Source, SourceKind, SyncJob
from catalog.sources import credentials
from catalog.sources.connector import Place
from portal.organisation.models import Department
from tests.factories import SourceFactory

READER = "reader"
PASSWORD = "reader's p@ss word"
BASE = "business"
MOST_PACKET = 1024 * 1024


@dataclass
class MariaDB:
    """`run` acts as root; the portal reads as READER, who may SELECT in the base."""

    port: int
    owner: "pymysql.Connection[Any]"

    def run(self, statement: str, values: list[object] | None = None) -> tuple[Any, ...]:
        with self.owner.cursor() as cursor:
            cursor.execute(statement, values)
            return tuple(cursor.fetchall())

    def place(self, **changes: Any) -> Place:
        known = {
            "host": "127.0.0.1",
            "port": self.port,
            "database": BASE,
            "username": READER,
            "password": PASSWORD,
        }
        return Place(**{**known, **changes})

    def source(self, department: Department, **settings: str) -> Source:
        return SourceFactory(
            department=department,
            kind=SourceKind.MYSQL,
            host="127.0.0.1",
            port=self.port,
            database=BASE,
            username=READER,
            settings=settings,
            sealed_password=credentials.seal(PASSWORD),
        )

    def job(self, resource: Resource, **fields: Any) -> SyncJob:
        return SyncJob.objects.create(
            resource=resource,
            source=self.source(resource.department),
            relation="divisions",
            mapping={item.column: item.column for item in resource.items.all()},
            **fields,
        )


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """Start it, give it, stop it. Skips without one, but fails where REQUIRE_SERVERS is 1."""
    server = shutil.which("mariadbd")
    install = shutil.which("mariadb-install-db")
    if server is None or install is None:
        words = "no mariadbd: apt-get install mariadb-server"
        if os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail(words)
        pytest.skip(words)
    # Not below pytest's own directories: those are for their owner alone.
    with TemporaryDirectory(prefix="mariadb-") as directory:
        yield from _running(server, install, Path(directory))


def _running(server: str, install: str, directory: Path) -> Iterator[MariaDB]:
    user = _unprivileged(directory)
    data = directory / "data"
    port = _free_port()
    as_user = [f"--user={user}"] if user else []
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal", *as_user],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    with (directory / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [server, "--no-defaults", f"--datadir={data}", f"--port={port}",
             "--bind-address=127.0.0.1", f"--socket={directory / 's'}", "--skip-log-bin",
             "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0",
             f"--max-allowed-packet={MOST_PACKET}", *as_user],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        with closing(_owner(directory / "s", process)) as owner:
            yield MariaDB(port, owner)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _owner(plug: Path, process: "subprocess.Popen[bytes]") -> "pymysql.Connection[Any]":
    until = time.monotonic() + 120
    while not _listens(plug):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("mariadbd did not start")
        time.sleep(0.2)
    owner = pymysql.connect(unix_socket=str(plug), user="root", charset="utf8mb4", autocommit=True)
    with owner.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {BASE} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {BASE}")
        cursor.execute(f"CREATE USER {READER} IDENTIFIED BY %s", [PASSWORD])
        cursor.execute(f"GRANT SELECT ON {BASE}.* TO {READER}")
    return owner


def _listens(plug: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as found:
        return found.connect_ex(str(plug)) == 0


def _unprivileged(directory: Path) -> str | None:
    """The account for a server that root starts; None when it is nobody's that runs the tests."""
    if os.getuid() != 0:
        return None
    account = pwd.getpwnam("nobody")
    os.chown(directory, account.pw_uid, account.pw_gid)
    return account.pw_name


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
