"""Changes of law and duties in the demonstration, so that the clocks of Art. 17 stand everywhere.

Everything goes through the services; then the day of the record is moved back to the working day
after the change. The audit trail keeps the truth: that all of it was loaded at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog import deadlines
from catalog.models import ChangeKind, Resource, ResourceStep, UpdateDuty, UpdateDutyStep
from catalog.services import update_duties, update_progress
from catalog.services.update_duties import Change
from portal.demo.people import Cast
from portal.organisation.models import DutyKind
from portal.workdays import next_working_days, working_days_between


class End(Enum):
    """Where a duty of the demonstration stands."""

    OPEN = auto()
    EXTENSION_ASKED = auto()
    EXTENDED = auto()
    EXTENSION_REFUSED = auto()
    SUBMITTED = auto()
    CLOSING = auto()
    CLOSED = auto()


@dataclass(frozen=True, slots=True)
class Plot:
    """One change: of whose catalogue, how many working days ago, what it concerns, how far it is."""

    department: str
    days_ago: int
    kind: str
    basis: str
    reference: str
    description: str
    entries: tuple[str, ...]
    end: End = End.OPEN
    by_officer: bool = False

    @property
    def needs_new_entry(self) -> bool:
        return not self.entries


LAW, DECISION, DUTIES = ChangeKind.LAW, ChangeKind.STATE_COUNCIL, ChangeKind.DUTIES
PLOTS = (
    Plot(
        "civil",
        2,
        LAW,
        "社会救助条例（示例修订）",
        "第十六条",
        "救助对象类别由两类改为三类，需增加“刚性支出困难家庭”数据项。",
        ("低保对象认定信息",),
    ),
    Plot(
        "civil",
        8,
        DECISION,
        "关于完善养老服务体系的决定（示例）",
        "第四部分",
        "养老机构备案信息增加护理床位数。",
        ("养老机构基本信息",),
        by_officer=True,
    ),
    Plot(
        "civil",
        6,
        LAW,
        "婚姻登记条例（示例修订）",
        "第七条",
        "取消户口簿要求，登记机关口径调整，涉及全省登记系统改造。",
        ("婚姻登记信息",),
        End.EXTENSION_ASKED,
    ),
    Plot(
        "police",
        14,
        LAW,
        "居住证管理规定（示例修订）",
        "第十一条",
        "居住证签注周期调整，相关数据项需更新。",
        ("居住证信息",),
        by_officer=True,
    ),
    Plot(
        "housing",
        9,
        DUTIES,
        "机构改革方案（示例）",
        "三定规定第三条",
        "公租房保障职责划转，提供单位与共享范围需调整。",
        ("公租房保障对象信息", "商品房预售许可信息"),
        End.EXTENDED,
    ),
    Plot(
        "labour",
        9,
        LAW,
        "失业保险条例（示例修订）",
        "第二十条",
        "领取条件调整，失业登记数据项需增加。",
        ("失业登记信息",),
        End.EXTENSION_REFUSED,
    ),
    Plot(
        "education",
        4,
        DECISION,
        "关于学生资助工作的决定（示例）",
        "第二部分",
        "资助类别调整，条目已重新编制并提交。",
        ("学生资助发放信息",),
        End.SUBMITTED,
    ),
    Plot(
        "health",
        7,
        LAW,
        "医师法实施办法（示例修订）",
        "第九条",
        "多机构执业备案纳入注册信息。",
        ("医师执业注册信息",),
        End.SUBMITTED,
    ),
    Plot(
        "market",
        18,
        LAW,
        "食品经营许可管理规定（示例修订）",
        "第三十一条",
        "许可有效期字段含义变化，更新晚于法定期限。",
        ("食品经营许可信息",),
        End.SUBMITTED,
    ),
    Plot(
        "labour",
        12,
        DUTIES,
        "职责调整通知（示例）",
        "第二条",
        "劳动能力鉴定下放设区市，审核时退回补充。",
        ("劳动能力鉴定结论",),
        End.SUBMITTED,
    ),
    Plot(
        "market",
        3,
        DECISION,
        "关于经营主体电子档案的决定（示例）",
        "第五条",
        "新增经营主体电子档案，需要编制新的目录条目。",
        (),
    ),
    Plot(
        "transport",
        5,
        LAW,
        "公路安全保护条例（示例修订）",
        "第二十七条",
        "仅调整处罚幅度。",
        ("公路桥梁隧道基础信息",),
        End.CLOSING,
    ),
    Plot(
        "farm",
        7,
        LAW,
        "动物防疫法实施细则（示例修订）",
        "第十四条",
        "仅调整检疫时限。",
        ("动物检疫合格证明信息",),
        End.CLOSED,
    ),
)
LONG_AGO = timedelta(days=90)
EXTENSION_REASONS = "涉及三个业务系统同步改造和历史数据清洗，十个工作日内难以完成。"
CLOSE_REASONS = "本次修改不涉及数据项、共享属性和共享条件，目录无需变更。"


def is_loaded() -> bool:
    return UpdateDuty.objects.filter(recorded_by__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    for plot in PLOTS:
        _play(plot, cast)


def _play(plot: Plot, cast: Cast) -> None:
    department = cast.departments[plot.department]
    steward = cast.holder(plot.department, DutyKind.STEWARD)
    officer = cast.officer_for(plot.department)
    happened = _working_days_ago(plot.days_ago)
    concerned = Resource.objects.filter(
        department=department, name__in=plot.entries, revision_of=None
    )
    if plot.end != End.SUBMITTED:
        _publish_long_ago(concerned)
    duty = update_duties.record_change(
        change=Change(
            kind=plot.kind,
            basis_title=plot.basis,
            basis_reference=plot.reference,
            happened_on=happened,
            description=plot.description,
            resources=tuple(concerned.values_list("pk", flat=True)),
            needs_new_entry=plot.needs_new_entry,
        ),
        department=department,
        by=officer if plot.by_officer else steward,
    )
    _move_back(duty, happened)
    match plot.end:
        case End.EXTENSION_ASKED | End.EXTENDED | End.EXTENSION_REFUSED:
            duty = update_duties.ask_extension(
                duty=duty, version=duty.version, days=5, reasons=EXTENSION_REASONS, by=steward
            )
        case End.SUBMITTED:
            for entry in concerned:
                duty = update_progress.answer_with(
                    duty=duty, version=duty.version, resource=entry, by=steward
                )
        case End.CLOSING | End.CLOSED:
            duty = update_duties.propose_close(
                duty=duty, version=duty.version, reasons=CLOSE_REASONS, by=steward
            )
    if plot.end in {End.EXTENDED, End.EXTENSION_REFUSED}:
        is_granted = plot.end == End.EXTENDED
        update_duties.decide_extension(
            duty=duty,
            version=duty.version,
            is_granted=is_granted,
            opinion="情况属实，同意延长。" if is_granted else "仅增加一个数据项，不属于特殊情况。",
            by=officer,
        )
    if plot.end == End.CLOSED:
        head = cast.holder(plot.department, DutyKind.DEPARTMENT_HEAD)
        update_duties.decide_close(
            duty=duty, version=duty.version, is_approved=True, opinion="同意。", by=head
        )


def _working_days_ago(days: int) -> date:
    """The latest day from which `days` working days have passed until today."""
    today = day = deadlines.today()
    while working_days_between(day, today) < days:
        day -= timedelta(days=1)
    return day


def _publish_long_ago(entries: QuerySet[Resource]) -> None:
    """Let the entries have come into the catalogue before what has changed since."""
    for at in ("created_at", "published_at", "state_since"):
        entries.update(**{at: F(at) - LONG_AGO})
    ResourceStep.objects.filter(resource__in=entries).update(at=F("at") - LONG_AGO)


def _move_back(duty: UpdateDuty, happened: date) -> None:
    """Let the change have been recorded in the morning of the working day after it."""
    recorded = timezone.make_aware(
        datetime.combine(next_working_days(happened, 1)[0], time(9, 12)),
        timezone.get_default_timezone(),
    )
    recorded = min(recorded, timezone.now())
    duty.recorded_at = recorded
    UpdateDuty.objects.filter(pk=duty.pk).update(recorded_at=recorded)
    UpdateDutyStep.objects.filter(duty=duty).update(at=recorded)
