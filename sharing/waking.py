"""Waiting for other rows of a resource without a connection to the database.

A sync that has committed calls out in Valkey. What is missed there is found by looking again every
few seconds, so a call that gets lost costs a moment and no change.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)
LOOK_AGAIN = 5.0
# Each waits on a thread of the web process, and the others have to get their answers.
_PLACES = threading.BoundedSemaphore(settings.CHANGES_MOST_WAITING)

Wait = Callable[[float], None]


def call_out(resource_id: int) -> None:
    """Wake who waits for the resource's rows. Runs after the commit; nothing is lost without it."""
    try:
        _server().publish(_channel(resource_id), "rows")
    except (RedisError, OSError) as away:
        logger.warning("waiting_not_woken", resource=resource_id, error=str(away))


@contextmanager
def place(resource_id: int) -> Iterator[Wait | None]:
    """How to wait for so many seconds, or until called; None when all places are taken.

    The listening begins here: look for rows afterwards, and none that comes meanwhile is missed.
    """
    if not _PLACES.acquire(blocking=False):
        yield None
        return
    try:
        with _listening(resource_id) as wait:
            yield wait
    finally:
        _PLACES.release()


@contextmanager
def _listening(resource_id: int) -> Iterator[Wait]:
    heard = _server().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    with heard:
        try:
            heard.subscribe(_channel(resource_id))
        except (RedisError, OSError) as away:
            logger.warning("waiting_without_calls", resource=resource_id, error=str(away))
            yield lambda seconds: time.sleep(min(seconds, 1.0))
            return
        yield lambda seconds: _until_called(heard, min(seconds, LOOK_AGAIN))


def _until_called(heard: "redis.client.PubSub", seconds: float) -> None:
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0:
            if heard.get_message(timeout=left) is not None:
                return
    except (RedisError, OSError):
        time.sleep(max(0.0, min(until - time.monotonic(), 1.0)))


@cache
def _server() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5)


def _channel(resource_id: int) -> str:
    return f"portal:rows:{resource_id}"
