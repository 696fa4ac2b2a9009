from django.utils.translation import gettext_lazy as _

from .parts import DRAWING, NETWORK, OF_THE_ACTOR, ON_THE_DAY, largest
from .rule import Rule, Threshold

FROM_IT = f"""{OF_THE_ACTOR} AND {ON_THE_DAY} AND entry.action IN {DRAWING}
        AND {NETWORK.format("entry.ip")} = t.network"""

NEW_NETWORK = Rule(
    code="network",
    title=_("Rows drawn from a new network"),
    about=_(
        "A person or a system that has drawn for some time draws from a network (IPv4 /24, IPv6 /64) from"
        " which it never did. A network that was drawn from once is known from the next day on."
    ),
    thresholds=(
        Threshold("least_days", _("Days since the first draw from another network"), 14, 1, 366),
    ),
    find=f"""
, touched AS (
    SELECT DISTINCT new.actor_kind, new.actor_id, new.network, new.day FROM new
    WHERE new.action IN {DRAWING} AND new.network IS NOT NULL
)
SELECT t.actor_kind || ':' || t.actor_id || ' ' || t.network, t.day, first.agreement_id,
    t.actor_kind || ':' || t.actor_id, first.actor_name,
    jsonb_build_object('network', t.network, 'networks_before', known.networks),
    {largest(FROM_IT)}
FROM touched AS t
JOIN watching_knownnetwork AS here ON here.actor_kind = t.actor_kind
    AND here.actor_id = t.actor_id AND here.network = t.network
    AND (here.first_at AT TIME ZONE %(tz)s)::date = t.day
CROSS JOIN LATERAL (
    SELECT count(*) AS networks FROM watching_knownnetwork AS other
    WHERE other.actor_kind = t.actor_kind AND other.actor_id = t.actor_id
      AND (other.first_at AT TIME ZONE %(tz)s)::date <= t.day - %(least_days)s
) AS known
CROSS JOIN LATERAL (
    SELECT entry.target_id::bigint AS agreement_id, entry.actor_name FROM audit_entry AS entry
    WHERE {FROM_IT} ORDER BY entry.at, entry.id LIMIT 1
) AS first
WHERE known.networks > 0
""",  # noqa: S608 - the parts are ours
)
