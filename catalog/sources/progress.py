"""How far a run is, for the page that watches it: in the cache, never in the run's transaction."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import structlog
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

EVERY_SECONDS = 0.5
KEPT_SECONDS = 3600
STOP_SECONDS = 24 * 3600
RATES_KEPT = 60

CONNECTING = "connecting"
READING = "reading"
CHECKING = "checking"
MERGING = "merging"
PHASES = (CONNECTING, READING, CHECKING, MERGING)


@dataclass(slots=True)
class Snapshot:
    """What was known when it was written: rows and bytes read, rows per second now and before."""

    phase: str = CONNECTING
    rows: int = 0
    bytes: int = 0
    expected: int | None = None
    rate: int = 0
    rates: list[int] = field(default_factory=list)
    seconds: float = 0.0
    log: list[dict[str, object]] = field(default_factory=list)


class Stopped(Exception):
    """A steward has asked for the run to be cancelled. Roll back; nothing of it is published."""


class Progress:
    """Counts what one attempt of a run does, and writes it down every half second."""

    def __init__(
        self,
        run_id: int,
        *,
        log: list[dict[str, object]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run_id = run_id
        self.key = key(run_id)
        self.clock = clock
        self.began = clock()
        self.now = Snapshot(log=list(log or []))
        self.written = (self.began, 0)
        self.is_writable = True
        self._write()

    def stop_if_asked(self) -> None:
        """Raises Stopped. When the cache is away nobody hears it here; who publishes asks again."""
        try:
            is_asked = cache.get(_stop_key(self.run_id))
        except (RedisError, OSError) as error:
            logger.warning("stop_unreadable", run=self.run_id, error=str(error))
            return
        if is_asked:
            raise Stopped

    def expect(self, rows: int | None) -> None:
        self.now.expected = rows

    def enter(self, phase: str) -> None:
        """A new phase begins, unless the run is to stop."""
        self.stop_if_asked()
        self.now.phase = phase
        self._write()

    def note(self, code: str, **data: str | int) -> None:
        """Add a line to the run's log."""
        self.now.log.append({"at": timezone.now().isoformat(), "code": code, "data": data})
        self._write()

    def start_rows(self) -> None:
        """The first row comes next; what was read before is read again and does not count."""
        if self.now.rows:
            self.note("again")
        self.now.rows = self.now.bytes = 0
        self.written = (self.written[0], 0)

    def read(self, block: bytes) -> None:
        """A block of COPY text came in: as many rows as it has line ends."""
        self.now.rows += block.count(b"\n")
        self.now.bytes += len(block)
        at, rows = self.written
        waited = self.clock() - at
        if waited >= EVERY_SECONDS:
            self.now.rate = round((self.now.rows - rows) / waited)
            self.now.rates = [*self.now.rates[-RATES_KEPT + 1 :], self.now.rate]
            self._write()
            self.stop_if_asked()

    def _write(self) -> None:
        at = self.clock()
        self.written = (at, self.now.rows)
        self.now.seconds = round(at - self.began, 1)
        if not self.is_writable:
            return
        try:
            cache.set(self.key, asdict(self.now), KEPT_SECONDS)
        except (RedisError, OSError) as error:
            # Rows matter more than being watched: the run goes on unseen.
            self.is_writable = False
            logger.warning("progress_unwritable", key=self.key, error=str(error))


def key(run_id: int) -> str:
    return f"sync-run:{run_id}"


def ask_to_stop(run_id: int) -> None:
    """Let the worker that carries the run out notice within half a second of reading."""
    try:
        cache.set(_stop_key(run_id), 1, STOP_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("stop_unwritable", run=run_id, error=str(error))


def _stop_key(run_id: int) -> str:
    return f"sync-run-stop:{run_id}"


def snapshot(run_id: int) -> Snapshot | None:
    """The latest of a run, None when there is none or the cache is away."""
    try:
        found = cache.get(key(run_id))
    except (RedisError, OSError) as error:
        logger.warning("progress_unreadable", run=run_id, error=str(error))
        return None
    return None if found is None else Snapshot(**found)
