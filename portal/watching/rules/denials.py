from django.utils.translation import gettext_lazy as _

from .parts import MOST_ENTRIES, OF_THE_ACTOR, ON_THE_DAY
from .rule import Rule, Threshold

# One entry may stand for several: what was refused again within its minute is counted in one more.
TIMES = "COALESCE((entry.data->>'times')::int, 1)"
WHO = """CASE WHEN t.actor_kind = 'anonymous' THEN 'address:' || host(t.ip)
    ELSE t.actor_kind || ':' || t.actor_id END"""

DENIALS = Rule(
    code="denials",
    title=_("Many denials in a short time"),
    about=_(
        "Refused draws, sign-ins, looks, pages and acts of one person, one system, or one network address"
        " that is not signed in. Those of an agreement are counted by themselves, so that its provider is"
        " told."
    ),
    thresholds=(
        Threshold("least", _("Denials within the time"), 30, 3, 10_000),
        Threshold("minutes", _("Minutes"), 60, 1, 720),
    ),
    find=f"""
, touched AS (
    SELECT DISTINCT new.actor_kind, new.actor_id, new.day,
        CASE WHEN new.actor_kind = 'anonymous' THEN new.ip END AS ip,
        CASE WHEN new.target_type = 'sharing.agreement' THEN new.target_id::bigint END AS agreement_id
    FROM new
    WHERE new.result = 'denied' AND new.actor_kind <> 'portal'
      AND (new.actor_kind <> 'anonymous' OR new.ip IS NOT NULL)
), counted AS (
    SELECT t.*, entry.id, entry.actor_name, {WHO} AS who,
        {TIMES} AS times, sum({TIMES}) OVER (
            PARTITION BY t.actor_kind, t.actor_id, t.day, t.ip, t.agreement_id ORDER BY entry.at
            RANGE BETWEEN make_interval(mins => %(minutes)s) PRECEDING AND CURRENT ROW
        ) AS within
    FROM touched AS t JOIN audit_entry AS entry ON {OF_THE_ACTOR} AND {ON_THE_DAY}
        AND entry.result = 'denied' AND (t.ip IS NULL OR entry.ip = t.ip)
        AND CASE WHEN t.agreement_id IS NULL THEN entry.target_type <> 'sharing.agreement'
            ELSE entry.target_type = 'sharing.agreement' AND entry.target_id = t.agreement_id::text END
)
SELECT who || COALESCE(' agreement:' || agreement_id, ''), day, agreement_id, who,
    CASE WHEN actor_kind = 'anonymous' THEN host(ip) ELSE max(actor_name) END,
    jsonb_build_object('denied', sum(times), 'at_once', max(within)),
    (array_agg(id ORDER BY id DESC))[:{MOST_ENTRIES}]
FROM counted GROUP BY who, day, agreement_id, actor_kind, ip
HAVING max(within) >= %(least)s
""",  # noqa: S608 - the parts are ours
)
