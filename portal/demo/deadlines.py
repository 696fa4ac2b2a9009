"""What the demonstration shows of deadlines: thresholds of a province, and a day off that moved dates."""

from datetime import date

from django.db import transaction

from portal.clocks.models import ThresholdPolicy
from portal.clocks.services.thresholds import set_thresholds
from portal.clocks.thresholds import Thresholds
from portal.demo.people import Cast
from portal.organisation.models import DutyKind
from portal.organisation.services.calendar import publish_calendar
from portal.workdays import next_working_days
from portal.workdays.clocks import today

PROVINCE = "990000"
DAYS_AHEAD = 4


def is_loaded() -> bool:
    return ThresholdPolicy.objects.filter(changed_by__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    """The next round of the sweep counts anew what the day off moves."""
    officer = cast.holder("bigdata", DutyKind.COMPETENT_OFFICER)
    set_thresholds(thresholds=Thresholds(amber_days=4, red_days=1), version=0, by=officer)
    off = day_off()
    publish_calendar(
        year=off.year,
        region=PROVINCE,
        holidays=[(off, "防汛停止办公（示例）")],
        makeup_days=[],
        source="示范省防汛抗旱指挥部关于停止办公一天的通知（示例）",
        by=officer,
        published_on=today(),
    )


def day_off() -> date:
    return next_working_days(today(), DAYS_AHEAD)[-1]
