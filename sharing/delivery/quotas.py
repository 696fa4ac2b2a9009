"""What an agreement allows a day and at once, counted in Valkey so that calls at once cannot pass.

One script decides and counts in one step. A day is a day in Shanghai. Counters that are missing, on
the first call of a day or when Valkey was emptied, begin with what the noted pulls say. An
agreement without quotas asks nothing here. When Valkey is away, one with quotas delivers nothing.

The place of an export is a lease that the export's process renews, free soon after that has died. Of a
stream that died with its process the sweep gives back what cannot have left (`noting`); whatever else
was allowed and not settled counts as drawn until the end of the day.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from portal.common.errors import DomainError
from sharing.models import Agreement
from sharing.use import Use, use_on

from .running import heart

logger = structlog.get_logger(__name__)
NONE = -1
KEPT_SECONDS = 2 * 24 * 3600
EXPORT_RETRY_SECONDS = 60

TAKE = """
local calls, rows, exports = KEYS[1], KEYS[2], KEYS[3]
local most_calls, most_rows, most_exports = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wanted, is_whole, lease, kept = tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[10]
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
if ARGV[8] ~= '' then
    redis.call('SET', calls, ARGV[8], 'NX', 'EX', kept)
    redis.call('SET', rows, ARGV[9], 'NX', 'EX', kept)
elseif redis.call('EXISTS', calls, rows) < 2 then
    return {'unknown', 0}
end
local called, drawn = tonumber(redis.call('GET', calls)), tonumber(redis.call('GET', rows))
if most_calls >= 0 and called >= most_calls then return {'calls', 0} end
if most_exports >= 0 then
    redis.call('ZREMRANGEBYSCORE', exports, '-inf', now)
    if redis.call('ZCARD', exports) >= most_exports then return {'exports', 0} end
end
if most_rows >= 0 then
    local left = math.max(most_rows - drawn, 0)
    if left == 0 or (is_whole == '1' and wanted > left) then return {'rows', left} end
    wanted = math.min(wanted, left)
end
redis.call('INCR', calls)
redis.call('INCRBY', rows, wanted)
if most_exports >= 0 then
    redis.call('ZADD', exports, now + tonumber(lease), ARGV[7])
    redis.call('EXPIRE', exports, kept)
end
return {'ok', wanted}
"""


class QuotaError(DomainError):
    """The agreed quota is used up; `retry_after` says when it is worth asking again."""

    code = "quota_exceeded"
    status = 429


class PlacesError(QuotaError):
    """As many exports as are agreed at the same time are running; one of them ends soon, or its lease."""


class UncountedError(DomainError):
    """The counters are away, and nothing is delivered uncounted."""

    code = "quotas_away"
    status = 503


@dataclass(frozen=True, slots=True)
class Taken:
    """What one call has been allowed: to be settled when it ends, whatever became of it.

    `lease` is that of an export's place; empty when it takes none.
    """

    keys: tuple[str, str, str]
    rows: int
    lease: str


def take(
    agreement: Agreement, *, rows: int, is_export: bool = False, is_whole: bool = False
) -> Taken | None:
    """Count one call of at most `rows` rows; None when no quota is agreed.

    A page may be allowed fewer rows than it asked for; an export, and what else `is_whole`, gets all
    or is refused. Raises QuotaError, with nothing counted.
    """
    limits = (
        _limit(agreement.calls_a_day),
        _limit(agreement.rows_a_day),
        _limit(agreement.exports_at_once) if is_export else NONE,
    )
    if limits == (NONE, NONE, NONE):
        return None
    now = timezone.localtime()
    day = f"portal:quota:{agreement.pk}:{now:%Y-%m-%d}"
    keys = (f"{day}:calls", f"{day}:rows", f"portal:quota:{agreement.pk}:exports")
    lease = secrets.token_hex(8) if limits[2] != NONE else ""
    asked = (*limits, rows, int(is_export or is_whole), settings.DELIVERY_LEASE_SECONDS, lease)
    try:
        outcome, given = _taken(keys, asked, used=None)
        if outcome == "unknown":
            outcome, given = _taken(keys, asked, used=use_on(agreement, now))
    except (RedisError, OSError) as away:
        logger.warning("quotas_away", agreement=agreement.number, error=str(away))
        words = _("The quotas cannot be counted just now. Try again in a minute.")
        raise UncountedError(words, retry_after=60) from away
    if outcome != "ok":
        raise _exceeded(agreement, outcome, given, rows, now)
    if lease:
        heart.keep(keys[2], lease)
    return Taken(keys, given, lease)


def _taken(
    keys: tuple[str, ...], asked: tuple[object, ...], *, used: Use | None
) -> tuple[str, int]:
    """What the script says. `used` is what the counters begin with; "unknown" asks for that."""
    before = ("", "") if used is None else (used.calls, used.rows)
    asked = (*asked, *before, KEPT_SECONDS)
    outcome, given = _take()(keys=keys, args=asked, client=_server())
    return str(outcome), int(given)


def free_place(taken: Taken) -> None:
    """Let another export begin. Whoever holds the place has to: only its process renews it."""
    exports = taken.keys[2]
    if not taken.lease:
        return
    heart.drop(exports, taken.lease)
    try:
        _server().zrem(exports, taken.lease)
    except (RedisError, OSError) as away:
        logger.warning("place_not_freed", key=exports, error=str(away))


def settle(taken: Taken, *, rows: int, is_counted: bool) -> None:
    """Give back what was not drawn; the whole call when it was refused after all.

    A page that drew all that it was allowed has nothing to give back.
    """
    calls, drawn, exports = taken.keys
    if is_counted and rows == taken.rows and not taken.lease:
        return
    heart.drop(exports, taken.lease)
    try:
        with _server().pipeline() as steps:
            if taken.lease:
                steps.zrem(exports, taken.lease)
            if rows != taken.rows:
                steps.incrby(drawn, rows - taken.rows)
            if not is_counted:
                steps.decr(calls)
            steps.execute()
    except (RedisError, OSError) as away:
        # What is not given back is lost for the day; a lease of an export ends by itself.
        logger.warning("quotas_not_settled", keys=taken.keys, error=str(away))


def _exceeded(agreement: Agreement, what: str, left: int, wanted: int, now: datetime) -> QuotaError:
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    until = int((tomorrow - now).total_seconds()) + 1
    match what:
        case "calls":
            words = _("The agreed %(most)s calls a day are used up. Call again tomorrow.") % {
                "most": agreement.calls_a_day
            }
        case "exports":
            words = _(
                "The agreed %(most)s exports at the same time are running. Wait until one has ended."
            ) % {"most": agreement.exports_at_once}
            return PlacesError(words, retry_after=EXPORT_RETRY_SECONDS)
        case _ if left:
            words = _(
                "The call is for %(wanted)s rows, and of the agreed %(most)s rows a day %(left)s are"
                " left. Ask for fewer, or call again tomorrow."
            ) % {"wanted": wanted, "most": agreement.rows_a_day, "left": left}
        case _:
            words = _("The agreed %(most)s rows a day are used up. Call again tomorrow.") % {
                "most": agreement.rows_a_day
            }
    return QuotaError(words, retry_after=until)


def _limit(agreed: int | None) -> int:
    return NONE if agreed is None else agreed


@cache
def _take() -> Any:
    return _server().register_script(TAKE)


@cache
def _server() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, decode_responses=True, socket_timeout=5, socket_connect_timeout=5
    )
