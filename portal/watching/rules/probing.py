from django.utils.translation import gettext_lazy as _

from .parts import MOST_ENTRIES, OF_THE_ACTOR, ON_THE_DAY
from .rule import Rule, Threshold

# A call for rows says the number that it asked for; of a page or another call the address does.
ADDRESS = "substring(entry.data->>'path' FROM '/agreements/([^/]+)')"

PROBING = Rule(
    code="probing",
    title=_("Trying agreements of others, or numbers that do not exist"),
    about=_(
        "Counted are different agreements to which the person or system is no party, and different numbers"
        " under which there is none, within a day: by calls for rows, by pages and by all other calls."
    ),
    thresholds=(Threshold("least", _("Different numbers within a day"), 5, 2, 1_000),),
    find=f"""
, touched AS (
    SELECT DISTINCT new.actor_kind, new.actor_id, new.day FROM new
    WHERE new.action IN ('sharing.pull.deny', 'audit.access.miss')
      AND new.actor_kind IN ('person', 'system')
), tried AS (
    SELECT t.*, entry.id, entry.actor_name,
        COALESCE(agreement.number, entry.data->>'number', {ADDRESS}, entry.target_id) AS number
    FROM touched AS t JOIN audit_entry AS entry ON {OF_THE_ACTOR} AND {ON_THE_DAY}
        AND (entry.action = 'sharing.pull.deny'
             OR entry.action = 'audit.access.miss' AND {ADDRESS} IS NOT NULL)
    LEFT JOIN sharing_agreement AS agreement ON agreement.id::text = entry.target_id
        AND entry.target_type = 'sharing.agreement'
    WHERE agreement.requester_id IS DISTINCT FROM entry.department_id
)
SELECT actor_kind || ':' || actor_id, day, NULL::bigint, actor_kind || ':' || actor_id,
    max(actor_name), jsonb_build_object('numbers', count(DISTINCT number), 'denied', count(*)),
    (array_agg(id ORDER BY id DESC))[:{MOST_ENTRIES}]
FROM tried GROUP BY actor_kind, actor_id, day
HAVING count(DISTINCT number) >= %(least)s
""",  # noqa: S608 - the parts are ours
)
