from django.utils.translation import gettext_lazy as _

from .parts import DRAWN_ON_THE_DAY, ROWS, TOUCHED, largest
from .rule import Rule, Threshold

HOUR = "extract(hour FROM entry.at AT TIME ZONE %(tz)s)"
AT_NIGHT = f"({HOUR} >= %(from_hour)s OR {HOUR} < %(to_hour)s)"

NIGHT = Rule(
    code="night",
    title=_("Rows drawn at night, which is not this agreement's habit"),
    about=_(
        "Systems that always draw at night are left alone: an agreement is judged when it has a habit, and"
        " few nights belong to it."
    ),
    thresholds=(
        Threshold("from_hour", _("The night begins at (hour)"), 22, 18, 23),
        Threshold("to_hour", _("and ends at (hour)"), 6, 0, 9),
        Threshold("least_rows", _("Rows below which no night is judged"), 100, 1, 1_000_000_000),
        Threshold("nights", _("Nights that make it a habit"), 3, 1, 100),
        Threshold("look_back", _("Days looked back"), 35, 7, 366),
        Threshold("least_days", _("Days with draws that make a habit"), 5, 1, 100),
    ),
    find=f"""{TOUCHED}
SELECT 'agreement:' || t.agreement_id, t.day, t.agreement_id, '', '',
    jsonb_build_object('rows', drawn.rows, 'calls', drawn.calls, 'nights_before', habit.nights,
                       'days_before', habit.days),
    {largest(f"{DRAWN_ON_THE_DAY} AND {AT_NIGHT}")}
FROM touched AS t
CROSS JOIN LATERAL (
    SELECT sum({ROWS})::bigint AS rows, count(*) AS calls FROM audit_entry AS entry
    WHERE {DRAWN_ON_THE_DAY} AND {AT_NIGHT}
) AS drawn
CROSS JOIN LATERAL (
    SELECT count(*) AS days, count(*) FILTER (WHERE before.hours & (
        SELECT bit_or(1 << hour) FROM generate_series(0, 23) AS hour
        WHERE hour >= %(from_hour)s OR hour < %(to_hour)s
    ) <> 0) AS nights
    FROM watching_drawnday AS before
    WHERE before.agreement_id = t.agreement_id AND before.day < t.day
      AND before.day >= t.day - %(look_back)s
) AS habit
WHERE drawn.rows >= %(least_rows)s AND habit.days >= %(least_days)s AND habit.nights < %(nights)s
""",  # noqa: S608 - the parts are ours
)
