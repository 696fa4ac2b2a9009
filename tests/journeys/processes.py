"""The portal as it runs for real: a web server and a Celery worker of their own, on the test's database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.db import connection

TOOLS = Path(sys.executable).parent
START_LIMIT = 60


@dataclass
class Running:
    """One process group with its log, for the words of a failure.

    `before` bytes of the log are of an earlier process.
    """

    process: subprocess.Popen[bytes]
    log: Path
    before: int = 0

    def said(self) -> bytes:
        return self.log.read_bytes()[self.before :]

    def kill(self) -> None:
        """As a power cut would: no chance to say goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def environment() -> dict[str, str]:
    """What a process needs to work on this test's database, not on the cluster's first one."""
    given = urlsplit(os.environ["DATABASE_URL"])
    test_database = given._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": urlunsplit(test_database),
        "PORTAL_DATA_DIR": str(settings.PORTAL_DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def start(name: str, command: list[str], place: Path) -> Running:
    log = place / f"{name}.log"
    said = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )
    return Running(process, log, said)


def worker(place: Path) -> Running:
    command = [str(TOOLS / "celery"), "-A", "portal", "worker", "--concurrency", "1"]
    running = start("worker", [*command, "--loglevel", "INFO", "--without-mingle"], place)
    _wait(lambda: b" ready." in running.said(), running)
    return running


@contextmanager
def web(place: Path) -> Iterator[str]:
    """A web server; yields its address without a slash at the end."""
    port = free_port()
    running = serve(place, port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.stop()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def serve(place: Path, port: int) -> Running:
    """A web server that answers on this port."""
    command = [str(TOOLS / "granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "8"]
    running = start("web", [*command, "portal.wsgi:application"], place)
    _wait(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), running)
    return running


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


def _wait(is_ready, running: Running) -> None:
    end = time.monotonic() + START_LIMIT
    while not is_ready():
        if running.process.poll() is not None or time.monotonic() > end:
            words = running.log.read_text(errors="replace")[-3000:]
            running.stop()
            raise AssertionError(f"{running.log.stem} did not start:\n{words}")
        time.sleep(0.1)
