"""What came into the trail since a follower last looked: each committed entry once, none passed over.

The same two snapshots by which the sealer tells new entries (see `sealing`): an act that commits late
is found by the look after its commit, and one that stays open for an hour keeps nothing else waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from audit.sealing import HERE

# Conditions on a row `entry` of audit_entry.
SINCE = """
    (entry.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(then)s::pg_snapshot)))
     OR entry.xid >= pg_snapshot_xmax(%(then)s::pg_snapshot))
    AND pg_visible_in_snapshot(entry.xid, %(now)s::pg_snapshot)
"""
# The first look, and the first in another cluster, whose transactions have other numbers.
LATELY = """
    entry.at >= %(since)s
    AND (pg_visible_in_snapshot(entry.xid, %(now)s::pg_snapshot)
         OR entry.xid >= pg_snapshot_xmax(%(now)s::pg_snapshot))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a follower has seen: all that `snapshot` of the database `cluster` shows."""

    snapshot: str
    cluster: str
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What is new up to `place`: a condition in SQL on a row called `entry`, and its parameters."""

    place: Place
    condition: str
    given: dict[str, Any]


def news_since(last: Place | None, *, look_back: timedelta) -> News:
    """The entries that came after `last`. Where there is none, or it is of another cluster: those of the
    time `look_back`, some of which the follower may have seen before.

    Reads what is committed at this moment; what a statement in the same transaction sees later is kept
    out by the condition.
    """
    with connection.cursor() as cursor:
        cursor.execute(HERE)
        here = Place(*(cursor.fetchone() or ()))
    if last is not None and last.cluster == here.cluster:
        return News(here, SINCE, {"then": last.snapshot, "now": here.snapshot})
    return News(here, LATELY, {"since": here.at - look_back, "now": here.snapshot})
