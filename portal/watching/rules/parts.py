"""Pieces of SQL that several rules are made of. All are constants of ours."""

from portal.watching.stream import DRAWING, EXPORTS, NETWORK

__all__ = [
    "DRAWING",
    "DRAWN_ON_THE_DAY",
    "EXPORTS",
    "MOST_ENTRIES",
    "NETWORK",
    "OF_THE_ACTOR",
    "OF_THE_AGREEMENT",
    "ON_THE_DAY",
    "ROWS",
    "TOUCHED",
    "largest",
]

# What is listed as evidence of one alert at most; its figures say how many there were.
MOST_ENTRIES = 100
ROWS = "COALESCE((entry.data->>'rows')::bigint, 0)"

# An entry within the day of the row t, as days are counted here.
ON_THE_DAY = """entry.at >= t.day::timestamp AT TIME ZONE %(tz)s
        AND entry.at < (t.day + 1)::timestamp AT TIME ZONE %(tz)s"""
OF_THE_AGREEMENT = (
    "entry.target_type = 'sharing.agreement' AND entry.target_id = t.agreement_id::text"
)
OF_THE_ACTOR = "entry.actor_kind = t.actor_kind AND entry.actor_id = t.actor_id"
DRAWN_ON_THE_DAY = f"{OF_THE_AGREEMENT} AND {ON_THE_DAY} AND entry.action IN {DRAWING}"

# The agreements and days of which something new was drawn.
TOUCHED = f"""
, touched AS (
    SELECT DISTINCT new.target_id::bigint AS agreement_id, new.day FROM new
    WHERE new.target_type = 'sharing.agreement' AND new.action IN {DRAWING}
)"""  # noqa: S608 - ours


def largest(condition: str) -> str:
    """The entries that meet the condition, those of most rows first."""
    return f"""ARRAY(SELECT entry.id FROM audit_entry AS entry WHERE {condition}
            ORDER BY {ROWS} DESC, entry.id LIMIT {MOST_ENTRIES})"""  # noqa: S608 - ours
