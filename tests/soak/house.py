"""The portal as it runs for real, each of its four processes to be killed and brought up again.

Call it from the main thread: the servers end with the thread that started them.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from portal.embedded import account, processes
from portal.embedded.place import Place
from portal.embedded.postgres import Postgres
from portal.embedded.valkey import Valkey
from tests.journeys.processes import Running, free_port, serve, worker

VICTIMS = os.environ.get("SOAK_VICTIMS", "web worker broker database").split()


class House:
    """`place` holds the portal's data; the departments' own server, which nobody kills, lies beside."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.departments = Place(place.root / "departments")
        self.departments.create()
        runs_as = account.for_servers(place)
        self.database, self.broker = Postgres(place, runs_as), Valkey(place, runs_as)
        self.theirs = Postgres(self.departments, runs_as, throw_away=True)
        self.port = free_port()
        self._running: dict[str, Running] = {}
        self._away: list[list[float]] = []

    def was_silent(self, began: float, ended: float) -> bool:
        """Whether the broker was away at a moment between the two."""
        return any(since < ended and until > began for since, until in self._away)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def urls(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database.url, "REDIS_URL": self.broker.url}

    @contextmanager
    def servers(self) -> Iterator[None]:
        """The data's servers; web and worker come with `up`."""
        try:
            for server in (self.theirs, self.database, self.broker):
                server.start()
            yield
        finally:
            for running in self._running.values():
                running.stop()
            for server in (self.broker, self.database, self.theirs):
                server.stop()

    def kill(self, victim: str) -> None:
        """As a power cut would end it."""
        if victim in self._running:
            self._running.pop(victim).kill()
            return
        program, directory = (
            ("postgres", self.place.postgres)
            if victim == "database"
            else ("valkey-server", self.place.valkey)
        )
        if victim == "broker":
            self._away.append([time.monotonic(), float("inf")])
        found = processes.running(program=program, directory=directory)
        # The first of PostgreSQL's processes: without it the others end by themselves.
        first = min(found, key=psutil.Process.create_time)
        first.send_signal(signal.SIGKILL)
        _wait(lambda: not processes.is_alive(first))

    def up(self, victim: str) -> None:
        """Start it; what it needs to be ready may have to come first."""
        match victim:
            case "web":
                self._running[victim] = serve(self.place.root, self.port)
            case "worker":
                self._running[victim] = worker(self.place.root)
            case "broker":
                self.broker.start()
                self._away[-1][1] = time.monotonic()
            case "database":
                self.database.start()

    def last_words(self, of: str) -> str:
        log = self.place.root / f"{of}.log"
        return log.read_text(errors="replace")[-4000:] if log.exists() else ""


def root_of(path: Path) -> Place:
    place = Place(path)
    place.create()
    return place


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happened():
        if time.monotonic() > until:
            raise AssertionError("a killed process lives")
        time.sleep(0.01)
