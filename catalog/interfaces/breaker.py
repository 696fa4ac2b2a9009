"""Leaves an interface alone that keeps failing, for all web processes at once: counted in Valkey.

After `FAILURES` faults within `WINDOW` seconds it rests for `REST`; then one call is let through,
and what comes of it decides. Without Valkey every call is let through, for the breaker spares, it does
not protect.
"""

from functools import cache

import redis
import structlog
from django.conf import settings
from redis.exceptions import RedisError

from .failures import InterfaceFailure

logger = structlog.get_logger(__name__)
FAILURES, WINDOW, REST = 5, 60, 30

# 0: go on; else seconds to wait. Who goes on after a rest is the only one until it is told what came of it.
ADMIT = """
local failures, resting, probe = KEYS[1], KEYS[2], KEYS[3]
local left = redis.call('TTL', resting)
if left > 0 then return left end
if tonumber(redis.call('GET', failures) or '0') < tonumber(ARGV[1]) then return 0 end
if redis.call('SET', probe, '1', 'NX', 'EX', ARGV[2]) then return 0 end
return 1
"""
FAIL = """
local failures, resting, probe = KEYS[1], KEYS[2], KEYS[3]
local count = redis.call('INCR', failures)
redis.call('DEL', probe)
if count < tonumber(ARGV[1]) then
    if count == 1 then redis.call('EXPIRE', failures, ARGV[2]) end
    return 0
end
redis.call('SET', resting, '1', 'EX', ARGV[3])
redis.call('EXPIRE', failures, ARGV[2] + ARGV[3])
return 1
"""


def admit(interface_id: int, *, seconds: int) -> None:
    """Raises InterfaceFailure while the interface rests; `seconds` is how long the call may take."""
    try:
        wait = int(_server().eval(ADMIT, 3, *_keys(interface_id), FAILURES, seconds + 5))
    except (RedisError, OSError) as away:
        logger.warning("breaker_away", interface=interface_id, error=str(away))
        return
    if wait:
        raise InterfaceFailure("interface_resting", retry_after=wait)


def note(interface_id: int, *, is_fault: bool) -> None:
    """What came of a call that was admitted."""
    try:
        if is_fault:
            if _server().eval(FAIL, 3, *_keys(interface_id), FAILURES, WINDOW, REST):
                logger.warning("interface_rests", interface=interface_id, seconds=REST)
        else:
            _server().delete(*_keys(interface_id))
    except (RedisError, OSError) as away:
        logger.warning("breaker_away", interface=interface_id, error=str(away))


def is_resting(interface_id: int) -> bool:
    try:
        return bool(_server().exists(_keys(interface_id)[1]))
    except (RedisError, OSError) as away:
        logger.warning("breaker_away", interface=interface_id, error=str(away))
        return False


def _keys(interface_id: int) -> list[str]:
    return [f"portal:interface:{interface_id}:{name}" for name in ("failures", "resting", "probe")]


@cache
def _server() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
    )
