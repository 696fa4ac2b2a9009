"""The demonstration of "one datum, one source" (Art. 19): answers, a register, plans in each state."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from catalog.models import CollectionPlan, Resource, SourceOfItem
from catalog.one_source.finding import Subject
from catalog.selectors.duplicates import duplicates_of
from catalog.services import collection_plans as plans
from catalog.services import duplicates, source_register
from catalog.services.collection_plans import PlanData
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, User

WORDS = "本部门依法登记形成的业务数据，与对方数据口径不同，不能以共享代替。"
# The datum, who collects it for all, by what; the last one waits to be acknowledged.
APPOINTED = (
    ("统一社会信用代码", "market", "《中华人民共和国市场主体登记管理条例》第四条"),
    ("不动产单元号", "land", "《不动产登记暂行条例》第八条"),
    ("学籍主号", "education", "示范省一数一源工作会议纪要"),
    ("低保对象认定信息", "civil", "《社会救助暂行办法》第三条"),
)


@dataclass(frozen=True, slots=True)
class PlanPlot:
    """One plan: of which department, how far it is, and what it says."""

    department: str
    state: str
    plan: PlanData
    objection: str = ""


PLANS = (
    PlanPlot(
        "civil",
        "draft",
        PlanData(
            name="困难群众住房保障情况入户调查",
            purpose="核实申请救助家庭的住房保障情况，确定救助标准。",
            basis="《社会救助暂行办法》第十一条",
            asked_from="申请最低生活保障的家庭",
            starts_on=date(2027, 3, 1),
            items=["资格编号", "配租房号", "起租日期", "家庭就医支出", "邻里评议意见"],
        ),
    ),
    PlanPlot(
        "housing",
        "filed",
        PlanData(
            name="既有住宅加装电梯意愿征集",
            purpose="编制年度加装电梯计划。",
            basis="《无障碍环境建设法》第二十二条",
            asked_from="既有多层住宅的业主",
            starts_on=date(2027, 1, 4),
            items=["楼栋名称", "单元门号", "加装意愿", "联系方式"],
        ),
    ),
    PlanPlot(
        "education",
        "objected",
        PlanData(
            name="随迁子女入学居住信息采集",
            purpose="核对随迁子女入学条件。",
            basis="《义务教育法》第十二条",
            asked_from="随迁子女的监护人",
            starts_on=date(2027, 2, 22),
            items=["居住证编号", "居住地区划", "签发日期", "有效期至", "拟就读学校"],
        ),
        "居住证信息由省公安厅提供，请申请共享，不再向监护人收取。",
    ),
)


def answered(subject: Any, steward: User) -> Any:
    """The entry or plan once each duplicate is linked, or justified where the item is a key."""
    keys = set()
    if isinstance(subject, Resource):
        keys = set(subject.items.filter(is_key=True).values_list("column", flat=True))
    for found in duplicates_of(subject, party=steward):
        if found.is_open:
            subject = _answer(subject, found.candidate.column, found.other, keys, steward)
    return subject


def is_loaded() -> bool:
    return CollectionPlan.objects.filter(edited_by__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    for plot in PLANS:
        _play(plot, cast)
    for name, department, basis in APPOINTED:
        made = source_register.appoint(
            name=name,
            department=cast.departments[department],
            basis=basis,
            by=cast.officer_for(department),
        )
        if department != "civil":
            _acknowledge(made, cast.holder(department, DutyKind.STEWARD))
    # Who holds what now has a source is found when the entry is looked at next.
    repeats = Resource.objects.filter(name="建筑业企业资质信息", revision_of=None).get()
    duplicates.check(subject=repeats)


def _acknowledge(appointment: SourceOfItem, steward: User) -> None:
    source_register.acknowledge(appointment=appointment, by=steward)


def _play(plot: PlanPlot, cast: Cast) -> None:
    steward = cast.holder(plot.department, DutyKind.STEWARD)
    plan = plans.create(plan=plot.plan, by=steward)
    if plot.state == "draft":
        return
    plan = answered(plan, steward)
    plan = plans.file(held=plan, version=plan.version, by=steward)
    if plot.objection:
        officer = cast.officer_for(plot.department)
        plans.object_to(held=plan, version=plan.version, words=plot.objection, by=officer)


def _answer(subject: Subject, column: str, other: Resource, keys: set[str], by: User) -> Subject:
    asked: dict[str, Any] = {
        "subject": subject,
        "version": subject.version,
        "column": column,
        "other": other,
        "by": by,
    }
    if column in keys:
        return duplicates.justify(**asked, words=WORDS)
    return duplicates.link(**asked)
