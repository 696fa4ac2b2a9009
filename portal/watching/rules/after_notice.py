from django.utils.translation import gettext_lazy as _

from .parts import DRAWN_ON_THE_DAY, EXPORTS, OF_THE_AGREEMENT, ROWS, largest
from .rule import Rule, Threshold

AFTER_IT = f"""{DRAWN_ON_THE_DAY} AND entry.data->>'kind' IN {EXPORTS}
        AND entry.at > notice.at"""

AFTER_NOTICE = Rule(
    code="after_notice",
    title=_("A whole export after the end of the service was announced"),
    about=_(
        "The provider has told the requester that the service is to end (Art. 27), and the requester now"
        " exports far more in a day than on any day of the month before. Exports as usual are left alone."
    ),
    thresholds=(
        Threshold("percent", _("Per cent of the largest export day before"), 150, 100, 10_000),
        Threshold("least_rows", _("Rows below which no day is judged"), 1, 1, 1_000_000_000),
        Threshold("look_back", _("Days for which an announcement counts"), 90, 7, 366),
    ),
    find=f"""
, touched AS (
    SELECT DISTINCT new.target_id::bigint AS agreement_id, new.day FROM new
    WHERE new.target_type = 'sharing.agreement' AND new.kind IN {EXPORTS}
)
SELECT 'agreement:' || t.agreement_id, t.day, t.agreement_id, '', '',
    jsonb_build_object('rows', drawn.rows, 'most_before', habit.most,
                       'announced', to_char(notice.at AT TIME ZONE %(tz)s, 'YYYY-MM-DD')),
    notice.id || {largest(AFTER_IT)}
FROM touched AS t
CROSS JOIN LATERAL (
    SELECT entry.id, entry.at FROM audit_entry AS entry
    WHERE {OF_THE_AGREEMENT} AND entry.action = 'sharing.agreement.consult'
      AND entry.at < (t.day + 1)::timestamp AT TIME ZONE %(tz)s
      AND entry.at >= (t.day - %(look_back)s)::timestamp AT TIME ZONE %(tz)s
    ORDER BY entry.at DESC LIMIT 1
) AS notice
CROSS JOIN LATERAL (
    SELECT COALESCE(sum({ROWS}), 0)::bigint AS rows FROM audit_entry AS entry WHERE {AFTER_IT}
) AS drawn
CROSS JOIN LATERAL (
    SELECT COALESCE(max(before.exported), 0) AS most FROM watching_drawnday AS before
    WHERE before.agreement_id = t.agreement_id
      AND before.day < (notice.at AT TIME ZONE %(tz)s)::date
      AND before.day >= (notice.at AT TIME ZONE %(tz)s)::date - 30
) AS habit
WHERE drawn.rows >= %(least_rows)s AND drawn.rows * 100 > %(percent)s * habit.most
""",  # noqa: S608 - the parts are ours
)
