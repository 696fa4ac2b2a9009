from django.utils.translation import gettext_lazy as _

from .parts import DRAWING, MOST_ENTRIES, OF_THE_ACTOR, OF_THE_AGREEMENT, ON_THE_DAY
from .rule import Rule, Threshold

# The digits of a question, as one number: `code=110101` is followed by `code=110102`.
DIGITS = r"regexp_replace(entry.data->>'query', '\D', '', 'g')"

SEQUENCE = Rule(
    code="sequence",
    title=_("Values asked for one after the other"),
    about=_(
        "Somebody works through a range of numbers: each question of a row asks for a value a little above"
        " the one before. Who looks up the cases of the day asks for values in no order."
    ),
    thresholds=(
        Threshold("least", _("Steps upwards within a day"), 100, 10, 100_000),
        Threshold("widest", _("Widest step"), 20, 1, 10_000),
    ),
    find=rf"""
, touched AS (
    SELECT DISTINCT new.actor_kind, new.actor_id, new.target_id::bigint AS agreement_id, new.day
    FROM new WHERE new.target_type = 'sharing.agreement' AND new.action IN {DRAWING}
), asked AS (
    SELECT t.*, entry.id, entry.actor_name, {DIGITS}::numeric AS value,
        lag({DIGITS}::numeric) OVER (
            PARTITION BY t.actor_kind, t.actor_id, t.agreement_id, t.day ORDER BY entry.at, entry.id
        ) AS before
    FROM touched AS t JOIN audit_entry AS entry ON {OF_THE_AGREEMENT} AND {ON_THE_DAY}
        AND {OF_THE_ACTOR} AND entry.action IN {DRAWING} AND entry.data->>'kind' = 'rows'
        AND length({DIGITS}) BETWEEN 1 AND 40
), stepped AS (SELECT * FROM asked WHERE value - before BETWEEN 1 AND %(widest)s)
SELECT actor_kind || ':' || actor_id || ' agreement:' || agreement_id, day, agreement_id,
    actor_kind || ':' || actor_id, max(actor_name),
    jsonb_build_object('steps', count(*), 'first', min(before)::text, 'last', max(value)::text),
    (array_agg(id ORDER BY id DESC))[:{MOST_ENTRIES}]
FROM stepped GROUP BY actor_kind, actor_id, agreement_id, day
HAVING count(*) >= %(least)s
""",  # noqa: S608 - the parts are ours
)
