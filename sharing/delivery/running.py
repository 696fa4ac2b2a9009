"""Streams under way, known to Valkey while the process that gives them lives.

Each is a lease that a thread of its process renews. A stream whose process was killed, or whose end
could not be written down because the database was away, is left with what was last said of it; the
sweep takes it up (`left_behind`) and notes it. Before bytes leave it is said how many rows may have
left by then, so what is noted of a dead one is never less than what came of it, but for what left
while Valkey was away as well.

The places of exports at once (`quotas`) are renewed by the same thread. Times are Valkey's own: the
clocks of several machines differ.
"""

import atexit
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)
OPEN = "portal:running"
BEATS, LONGEST = 6, 1.0  # a lease, and seconds between two
KEPT_SECONDS = 7 * 24 * 3600
AT_ONCE = 200
# So much more is said than has left, so that it need not be said of each piece.
AHEAD = 1.25

# Of ZADD: a beat must not bring back what was let go of while it was on its way.
ONLY_KNOWN, NEW_TOO = "XX", "CH"

RENEW = """
local now = redis.call('TIME')
local until_ = now[1] + now[2] / 1000000 + tonumber(ARGV[1])
for i = 1, #KEYS do redis.call('ZADD', KEYS[i], ARGV[2], until_, ARGV[i + 2]) end
"""
LEFT = """
local now = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now[1] + now[2] / 1000000, 'LIMIT', 0, ARGV[1])
"""


class Heart:
    """The leases of this process, each a member of a sorted set, by when it ends."""

    def __init__(self) -> None:
        self._leases: set[tuple[str, str]] = set()
        self._changing = threading.Lock()
        self._process = 0

    def keep(self, key: str, member: str) -> None:
        """Renew the lease from now on, until `drop` or the end of the process."""
        with self._changing:
            self._leases.add((key, member))
            if self._process != os.getpid():
                # A fork has the leases of its parent's memory, and not the thread that renews them.
                self._leases = {(key, member)}
                self._process = os.getpid()
                threading.Thread(target=self._beat, name="leases", daemon=True).start()

    def drop(self, key: str, member: str) -> None:
        with self._changing:
            self._leases.discard((key, member))

    def stop(self) -> None:
        """The process ends in order; what it still holds ends with it."""
        with self._changing:
            self._leases.clear()

    def _beat(self) -> None:
        while True:
            time.sleep(min(settings.DELIVERY_LEASE_SECONDS / BEATS, LONGEST))
            with self._changing:
                leases = sorted(self._leases)
            if not leases:
                continue
            try:
                renew(_server(), leases)
            except (RedisError, OSError) as away:
                logger.warning("leases_not_renewed", leases=len(leases), error=str(away))


heart = Heart()
atexit.register(heart.stop)


def renew(
    server: "redis.Redis",
    leases: Iterable[tuple[str, str]],
    *,
    seconds: float | None = None,
    only: str = ONLY_KNOWN,
) -> None:
    keys, members = zip(*leases, strict=True)
    lease = settings.DELIVERY_LEASE_SECONDS if seconds is None else seconds
    server.eval(RENEW, len(keys), *keys, lease, only, *members)


@dataclass(frozen=True, slots=True)
class Left:
    """What was last said of a stream that nobody gives any more."""

    receipt: str
    told: dict[str, Any]


class Stream:
    """One stream under way. Without Valkey it goes on unknown to the sweep."""

    def __init__(self, receipt: str, told: dict[str, Any]) -> None:
        """`told` is what will be noted of it should its process die."""
        self._receipt = receipt
        self._said = 0
        self._told = told
        self._say()
        heart.keep(OPEN, receipt)

    def going(self, *, rows: int, bytes: int) -> None:
        """Call it before the bytes leave."""
        if bytes > self._said:
            ahead = int(bytes * AHEAD)
            self._told |= {"rows": int(rows * AHEAD), "bytes": ahead}
            # What could not be said is said with the next piece.
            if self._say():
                self._said = ahead

    def leave(self, told: dict[str, Any]) -> None:
        """Let the sweep note what became of it: it could not be written down here."""
        heart.drop(OPEN, self._receipt)
        self._told = told
        self._say(seconds=0)

    def end(self) -> bool:
        """It has been noted. False when the sweep has done that."""
        heart.drop(OPEN, self._receipt)
        return forget(self._receipt)

    def _say(self, *, seconds: float | None = None) -> bool:
        try:
            server = _server()
            server.set(_key(self._receipt), json.dumps(self._told), ex=KEPT_SECONDS)
            renew(server, [(OPEN, self._receipt)], seconds=seconds, only=NEW_TOO)
        except (RedisError, OSError) as away:
            logger.warning("stream_unknown", receipt=self._receipt, error=str(away))
            return False
        return True


def left_behind() -> Iterator[Left]:
    """Streams whose process has died, or that were left by one. `forget` each when it is noted."""
    server = _server()
    for receipt in server.eval(LEFT, 1, OPEN, AT_ONCE):
        told = server.get(_key(receipt))
        if told is None:
            forget(receipt)
        else:
            yield Left(receipt, json.loads(told))


def known() -> int:
    """How many streams are under way, or died and are not noted yet."""
    return int(_server().zcard(OPEN))


def forget(receipt: str) -> bool:
    """Whether it was still known: of several who ask, one is told so."""
    try:
        was_known = bool(_server().zrem(OPEN, receipt))
        _server().delete(_key(receipt))
    except (RedisError, OSError) as away:
        logger.warning("stream_not_forgotten", receipt=receipt, error=str(away))
        return False
    return was_known


def _key(receipt: str) -> str:
    return f"{OPEN}:{receipt}"


@cache
def _server() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=5, socket_connect_timeout=5
    )
