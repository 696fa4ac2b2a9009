from django.utils.translation import gettext_lazy as _

from .parts import DRAWING, OF_THE_ACTOR, ON_THE_DAY
from .rule import Rule, Threshold

AWAKE = """('sharing.pull.finish', 'organisation.token.issue', 'organisation.login.succeed')"""

DORMANT = Rule(
    code="dormant",
    title=_("A credential that slept is in use again"),
    about=_(
        "A person or a system of which nothing had been heard for long signs in, gets a token, or draws"
        " rows."
    ),
    thresholds=(Threshold("days", _("Days of silence"), 90, 7, 1_000),),
    find=f"""
, touched AS (
    SELECT DISTINCT new.actor_kind, new.actor_id, new.day FROM new
    WHERE new.action IN {AWAKE} AND new.actor_kind IN ('person', 'system')
)
SELECT t.actor_kind || ':' || t.actor_id, t.day, first.agreement_id,
    t.actor_kind || ':' || t.actor_id, first.actor_name,
    jsonb_build_object('days', extract(day FROM first.at - last.at)::int, 'act', first.action,
                       'last_seen', to_char(last.at AT TIME ZONE %(tz)s, 'YYYY-MM-DD')),
    ARRAY[last.id, first.id]
FROM touched AS t
CROSS JOIN LATERAL (
    SELECT entry.id, entry.at, entry.action, entry.actor_name,
        CASE WHEN entry.action IN {DRAWING} THEN entry.target_id::bigint END AS agreement_id
    FROM audit_entry AS entry
    WHERE {OF_THE_ACTOR} AND {ON_THE_DAY} AND entry.action IN {AWAKE}
    ORDER BY entry.at, entry.id LIMIT 1
) AS first
CROSS JOIN LATERAL (
    SELECT entry.id, entry.at FROM audit_entry AS entry
    WHERE {OF_THE_ACTOR} AND entry.at < first.at AND entry.result = 'ok'
    ORDER BY entry.at DESC, entry.id DESC LIMIT 1
) AS last
WHERE first.at - last.at >= make_interval(days => %(days)s)
""",  # noqa: S608 - the parts are ours
)
