"""The new entries as the rules read them, and the habits that are kept of them."""

from typing import Any

from django.conf import settings
from django.db import connection

from audit.following import News

DRAWING = "('sharing.pull.finish', 'sharing.pull.break')"
EXPORTS = "('csv', 'jsonl', 'parquet', 'arrow', 'prepared')"
NETWORK = "network(set_masklen({0}, CASE family({0}) WHEN 4 THEN 24 ELSE 64 END))::text"


def new_entries(news: News) -> str:
    """The common table `new`, with which each statement over the stream begins."""
    return f"""
WITH new AS MATERIALIZED (
    SELECT entry.id, entry.at, (entry.at AT TIME ZONE %(tz)s)::date AS day, entry.action,
        entry.actor_kind, entry.actor_id, entry.target_type, entry.target_id, entry.result, entry.ip,
        {NETWORK.format("entry.ip")} AS network, entry.data->>'kind' AS kind
    FROM audit_entry AS entry
    WHERE {news.condition}
)"""  # noqa: S608 - the parts are ours


ANYTHING = " SELECT EXISTS (SELECT FROM new)"

DAYS = f"""
, touched AS (
    SELECT DISTINCT target_id, day FROM new
    WHERE target_type = 'sharing.agreement' AND action IN {DRAWING}
)
INSERT INTO watching_drawnday (agreement_id, day, calls, rows, exported, hours)
SELECT t.target_id::bigint, t.day, count(*), COALESCE(sum((entry.data->>'rows')::bigint), 0),
    COALESCE(sum((entry.data->>'rows')::bigint)
        FILTER (WHERE entry.data->>'kind' IN {EXPORTS}), 0),
    bit_or(1 << extract(hour FROM entry.at AT TIME ZONE %(tz)s)::int)
FROM touched AS t JOIN audit_entry AS entry ON entry.target_type = 'sharing.agreement'
    AND entry.target_id = t.target_id AND entry.action IN {DRAWING}
    AND entry.at >= t.day::timestamp AT TIME ZONE %(tz)s
    AND entry.at < (t.day + 1)::timestamp AT TIME ZONE %(tz)s
GROUP BY t.target_id, t.day
ON CONFLICT (agreement_id, day) DO UPDATE SET calls = EXCLUDED.calls, rows = EXCLUDED.rows,
    exported = EXCLUDED.exported, hours = EXCLUDED.hours
"""  # noqa: S608 - the parts are ours

NETWORKS = f"""
INSERT INTO watching_knownnetwork (actor_kind, actor_id, network, first_at)
SELECT actor_kind, actor_id, network, min(at) FROM new
WHERE action IN {DRAWING} AND network IS NOT NULL
GROUP BY actor_kind, actor_id, network
ON CONFLICT (actor_kind, actor_id, network) DO UPDATE SET first_at = EXCLUDED.first_at
    WHERE EXCLUDED.first_at < watching_knownnetwork.first_at
"""  # noqa: S608 - the parts are ours


def given(news: News) -> dict[str, Any]:
    """The parameters of every statement over the stream."""
    return {**news.given, "tz": settings.TIME_ZONE}


def is_empty(news: News) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(new_entries(news) + ANYTHING, given(news))
        return not (cursor.fetchone() or (False,))[0]


def keep_habits(news: News) -> None:
    """Bring the sums and networks up to date: before the rules ask them."""
    with connection.cursor() as cursor:
        for statement in (DAYS, NETWORKS):
            cursor.execute(new_entries(news) + statement, given(news))
