from django.utils.translation import gettext_lazy as _

from .parts import DRAWN_ON_THE_DAY, TOUCHED, largest
from .rule import Rule, Threshold

VOLUME = Rule(
    code="volume",
    title=_("Far more rows than this agreement's habit"),
    about=_(
        "The rows of a day are held against the largest day of the same agreement before it. An agreement"
        " without enough days of its own is not judged."
    ),
    thresholds=(
        Threshold("times", _("So many times the largest day before"), 3, 2, 100),
        Threshold("least_rows", _("Rows below which no day is judged"), 1_000, 1, 1_000_000_000),
        Threshold("look_back", _("Days looked back"), 35, 7, 366),
        Threshold("least_days", _("Days with draws that make a habit"), 5, 1, 100),
    ),
    find=f"""{TOUCHED}
SELECT 'agreement:' || t.agreement_id, t.day, t.agreement_id, '', '',
    jsonb_build_object('rows', day.rows, 'calls', day.calls, 'most_before', habit.most,
                       'days_before', habit.days),
    {largest(DRAWN_ON_THE_DAY)}
FROM touched AS t
JOIN watching_drawnday AS day ON day.agreement_id = t.agreement_id AND day.day = t.day
CROSS JOIN LATERAL (
    SELECT count(*) AS days, max(before.rows) AS most FROM watching_drawnday AS before
    WHERE before.agreement_id = t.agreement_id AND before.day < t.day
      AND before.day >= t.day - %(look_back)s AND before.rows > 0
) AS habit
WHERE habit.days >= %(least_days)s AND day.rows >= %(least_rows)s
  AND day.rows > %(times)s * habit.most
""",  # noqa: S608 - the parts are ours
)
