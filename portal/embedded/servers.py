"""Both servers together, for the length of a command or of a test run."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from portal.embedded import account
from portal.embedded.errors import ServersError
from portal.embedded.lock import Owner, guest, guests_gone, is_owned
from portal.embedded.place import Place, data_dir
from portal.embedded.postgres import SUPERUSER, Postgres
from portal.embedded.valkey import Valkey

VARIABLES = ("DATABASE_URL", "REDIS_URL")
JOIN_SECONDS = 120
# Commands that read no row and reach no queue.
WITHOUT_SERVERS = frozenset(
    {
        "audit_key",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "translations",
        "vendor_assets",
        "version",
    }
)
# Nothing listens on port 1: what should not reach a server does not reach a wrong one.
NOWHERE = {
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@dataclass
class Servers:
    """Servers that run until `stop()`."""

    urls: dict[str, str]
    _ends: ExitStack
    _failures: list[Callable[[], str | None]] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return self.urls["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.urls["REDIS_URL"]

    def failure(self) -> str | None:
        """Why one of them runs no longer; None while all do."""
        return next((said for ask in self._failures if (said := ask())), None)

    def stop(self) -> None:
        self._ends.close()


_provided: list[Servers] = []


def failure() -> str | None:
    """Why a server that this process provides runs no longer; None while all is well."""
    return next((said for servers in _provided if (said := servers.failure())), None)


def start(directory: Path, *, only: Sequence[str] = VARIABLES, throw_away: bool = False) -> Servers:
    """Start the servers on a directory nobody else uses; `throw_away` trades safety for speed."""
    place = Place(directory)
    place.create()
    owner = Owner(place)
    if not owner.acquire():
        raise owner.refusal()
    return _start(owner, only=only, throw_away=throw_away)


def _start(owner: Owner, *, only: Sequence[str], throw_away: bool = False) -> Servers:
    """Start them for the owner; they stop, in reverse, when anything fails on the way."""
    place = owner.place
    with ExitStack() as ends:
        ends.callback(owner.release)
        runs_as = account.for_servers(place)
        urls: dict[str, str] = {}
        failures: list[Callable[[], str | None]] = []
        server: Postgres | Valkey
        for variable in only:
            if variable == "DATABASE_URL":
                server = Postgres(place, runs_as, throw_away=throw_away)
            else:
                server = Valkey(place, runs_as)
            ends.callback(server.stop)
            server.start()
            urls[variable] = server.url
            failures.append(server.failure)
        ends.callback(place.running.unlink, missing_ok=True)  # the first thing to go
        place.announce(urls)
        return Servers(urls, ends.pop_all(), failures)


@contextmanager
def provided(
    *,
    for_command: Sequence[str],
    alone: bool = False,
    before_start: Callable[[], None] | None = None,
) -> Iterator[Servers | None]:
    """Have `DATABASE_URL` and `REDIS_URL` in the environment while a command runs.

    What the environment has already is left alone. Servers that another command runs on the same
    directory are used; else they are started, and stopped when the command and its guests end.
    `alone` refuses to share the directory and waits for no guest; `before_start` runs once the
    directory is ours.
    """
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if not needs_servers(for_command) or not (missing or alone):
        yield None
        return
    place = Place(data_dir())
    place.create()
    owner = Owner(place)
    if owner.acquire():
        with _owned(owner, missing, alone=alone, before_start=before_start) as servers:
            yield servers
    elif alone:
        raise owner.refusal()
    else:
        with _joined(owner, missing) as joined:
            yield joined


@contextmanager
def _owned(
    owner: Owner,
    missing: Sequence[str],
    *,
    alone: bool = False,
    before_start: Callable[[], None] | None = None,
) -> Iterator[Servers]:
    """Start the servers, stop them at the end."""
    with _ended_by_signals():
        try:
            if before_start is not None:
                before_start()
        except BaseException:
            owner.release()
            raise
        servers = _start(owner, only=missing)
        _provided.append(servers)
        try:
            with _environment(servers.urls):
                yield servers
        finally:
            _provided.remove(servers)
            try:
                if not alone:
                    with guests_gone(owner.place):  # keeps new ones out meanwhile
                        servers.stop()
            finally:
                servers.stop()


def needs_servers(command: Sequence[str]) -> bool:
    if not command or {"-h", "--help", "--version"} & set(command):
        return False
    return command[0] not in WITHOUT_SERVERS or "--database" in command


def database_url() -> str:
    """For the settings: the environment's, else that of the bundled server that runs."""
    return _url("DATABASE_URL")


def redis_url() -> str:
    """For the settings: the environment's, else that of the bundled server that runs."""
    return _url("REDIS_URL")


def administrator_url() -> str | None:
    """The superuser's, where the settings' database is on the bundled server that runs; else None.

    For what the portal's own role may not do there, and an administrator of databases does elsewhere.
    """
    place = Place(data_dir())
    url = place.announced().get("DATABASE_URL")
    if url is None or url != database_url():
        return None
    port = urlsplit(url).port
    return f"postgres://{SUPERUSER}:{place.password(SUPERUSER)}@127.0.0.1:{port}/{SUPERUSER}"


def development_secret_key() -> str:
    """A key of the data directory's own, made when it is first asked for."""
    return Place(data_dir()).secret_key()


def development_signing_key() -> str:
    """What signs the audit trail of a demonstration; made when it is first asked for."""
    return Place(data_dir()).signing_key()


def _url(variable: str) -> str:
    given = os.environ.get(variable)
    if given:
        return given
    place = Place(data_dir())
    announced = place.announced() if is_owned(place) else {}
    return announced.get(variable, NOWHERE[variable])


@contextmanager
def _joined(owner: Owner, missing: Sequence[str]) -> Iterator[Servers | None]:
    """Use the servers of the owner, or become it if it goes meanwhile."""
    place = owner.place
    until = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < until:
        with guest(place):
            urls = place.announced() if is_owned(place) else {}
            if "owner" in urls:
                absent = [name for name in missing if name not in urls]
                if absent:
                    raise ServersError(
                        f"{owner.refusal()}\nIt was started with {' and '.join(absent)} "
                        "of its own: give this command the same."
                    )
                with _environment({name: urls[name] for name in missing}):
                    yield None
                return
        time.sleep(0.1)
        if owner.acquire():
            with _owned(owner, missing) as servers:
                yield servers
            return
    raise ServersError(f"{owner.refusal()}\nIts servers were not ready in {JOIN_SECONDS} seconds.")


@contextmanager
def _environment(urls: dict[str, str]) -> Iterator[None]:
    os.environ.update(urls)
    try:
        yield
    finally:
        for name in urls:
            os.environ.pop(name, None)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C does, so that the servers are stopped."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {name: signal.signal(name, leave) for name in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
