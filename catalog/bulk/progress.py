"""How far the work on an import is: in the cache, never in its transaction."""

import time
from dataclasses import asdict, dataclass
from types import TracebackType

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from .tables import READING

logger = structlog.get_logger(__name__)

EVERY_SECONDS = 0.5
KEPT_SECONDS = 3600


@dataclass(slots=True)
class Snapshot:
    """`total` is 0 while it is not known."""

    phase: str = READING
    done: int = 0
    total: int = 0
    seconds: float = 0.0


class Watched:
    """Counts, and writes down every half second; gone with the work."""

    def __init__(self, import_id: int) -> None:
        self.key = _key(import_id)
        self.began = time.monotonic()
        self.written = 0.0
        self.now = Snapshot()
        self.is_writable = True

    def __enter__(self) -> "Watched":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.is_writable:
            self._tell(None)

    def __call__(self, phase: str, done: int, total: int) -> None:
        at = time.monotonic()
        is_new = phase != self.now.phase
        self.now = Snapshot(phase, done, total, round(at - self.began, 1))
        if self.is_writable and (is_new or at - self.written >= EVERY_SECONDS):
            self.written = at
            self._tell(self.now)

    def _tell(self, told: Snapshot | None) -> None:
        try:
            if told is None:
                cache.delete(self.key)
            else:
                cache.set(self.key, asdict(told), KEPT_SECONDS)
        except (RedisError, OSError) as error:
            # The work matters more than being watched: it goes on unseen.
            self.is_writable = False
            logger.warning("progress_unwritable", key=self.key, error=str(error))


def snapshot(import_id: int) -> Snapshot | None:
    """The latest, None when nobody is at it or the cache is away."""
    try:
        told = cache.get(_key(import_id))
    except (RedisError, OSError) as error:
        logger.warning("progress_unreadable", bulk_import=import_id, error=str(error))
        return None
    return Snapshot(**told) if told else None


def _key(import_id: int) -> str:
    return f"bulk-import:{import_id}"
