"""Requests and agreements of the demonstration, in every state, some late.

Everything goes through the services; then dates are moved back, so that clocks have run. The audit
trail keeps the truth: that all of it was loaded at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from django.db import transaction
from django.utils import timezone

from catalog.models import Resource
from portal.clocks.services.round import go_round
from portal.demo import agreement_story, answer_story
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, InformationSystem, User
from sharing import deadlines
from sharing.models import (
    Agreement,
    Deadline,
    RefusalReason,
    RequestStep,
    SharingRequest,
    UseFrequency,
)
from sharing.services import agreements, requests, sweeping
from sharing.services.requests import RequestData


class End(Enum):
    """Where a request of the story stands, or the agreement that came of it."""

    DRAFT = auto()
    INTERNAL = auto()
    RETURNED = auto()
    RECEIVED = auto()
    SUPPLEMENT = auto()
    EXTENSION_ASKED = auto()
    EXTENDED = auto()
    OFFERED = auto()
    REFUSED = auto()
    DISPUTED = auto()
    UPHELD = auto()
    WITHDRAWN = auto()
    AGREED = auto()
    AWAITING = auto()
    AMENDING = auto()
    TRACEABLE = auto()
    SUSPENDED = auto()
    RECTIFYING = auto()
    TERMINATED = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class Plot:
    """One request of the story: who asks whom for what, how far it goes, how many days ago it began."""

    requester: str
    resource: str
    scene: str
    end: End
    days_ago: int = 0
    mode: str = ""


SECURITY = (
    "仅限经办人员经审批的账号访问，传输和存储加密，按月核查访问日志，用毕按提供部门要求销毁。"
)
SCOPE = "仅限本部门经办人员在办理业务时使用，预计每月 2 万次以内。"
ANSWERED_AFTER = 4  # days
BASIS = "本部门“三定”规定及相关法律法规中的审核职责"
PLOTS = (
    Plot("education", "婚姻登记信息", "教师住房补贴资格核验", End.DRAFT),
    Plot("education", "企业登记基本信息", "校外培训机构登记状态核对", End.INTERNAL),
    Plot("labour", "学生学籍基本信息", "未满 16 周岁劳动者核查", End.RETURNED),
    Plot("medicare", "低保对象认定信息", "医疗救助对象参保资助资格核验", End.RECEIVED, 4),
    Plot("housing", "低保对象认定信息", "公租房租金减免资格核验", End.RECEIVED, 24),
    Plot("civil", "学生学籍基本信息", "低保家庭教育救助资格核验", End.RECEIVED, 6),
    Plot("civil", "机动车登记信息", "低保申请家庭财产核对", End.RECEIVED, 21),
    Plot("farm", "企业登记基本信息", "农民专业合作社经营状态核对", End.RECEIVED, 0),
    Plot("transport", "驾驶证状态信息", "道路运输从业资格核验", End.REFUSED, 30),
    Plot("disabled", "医疗保险参保状态", "残疾人医疗补助核验", End.WITHDRAWN, 12),
    Plot("health", "学生学籍基本信息", "学生健康体检对象核验", End.SUPPLEMENT, 5),
    Plot("labour", "低保对象认定信息", "就业援助对象核验", End.EXTENSION_ASKED, 8),
    Plot("education", "户籍人口基本信息", "学区入学资格核验", End.EXTENDED, 12),
    Plot("housing", "医疗保险参保状态", "住房补贴申请人状态核验", End.OFFERED, 6),
    Plot("farm", "不动产登记信息", "农村宅基地权属核对", End.DISPUTED, 25),
    Plot("transport", "机动车登记信息", "网约车车辆登记核验", End.UPHELD, 40),
    Plot("labour", "统计用区划代码", "参保登记地区代码核对", End.AGREED, 40),
    Plot("medicare", "国务院节假日安排", "结算工作日计算", End.AGREED, 35),
    Plot("farm", "福建省村级区划代码", "农村集体资产地区代码核对", End.AGREED, 20, "batch"),
    Plot("disabled", "低保对象认定信息", "困难残疾人生活补贴资格核验", End.AGREED, 15),
    Plot("education", "福建省村级区划代码", "学区划分地区代码核对", End.AWAITING, 6),
    Plot("transport", "国务院节假日安排", "客运班次节假日调整", End.AMENDING, 50),
    Plot("housing", "统计用区划代码", "房屋坐落地区代码核对", End.SUSPENDED, 70),
    Plot("police", "福建省村级区划代码", "户籍地址地区代码核对", End.RECTIFYING, 80),
    Plot("market", "统计用区划代码", "企业住所地区代码核对", End.TERMINATED, 60),
    Plot("housing", "国务院节假日安排", "施工许可时限计算", End.EXPIRED, 90),
    Plot("police", "出生医学证明信息", "出生登记办理", End.AGREED, 10),
    Plot("health", "户籍人口基本信息", "预防接种对象核验", End.AGREED, 45),
    # Two departments that draw the holidays too: what is often requested together.
    Plot("medicare", "统计用区划代码", "参保地区代码核对", End.AGREED, 30, "batch"),
    Plot("transport", "统计用区划代码", "客运线路途经地区代码核对", End.TRACEABLE, 28),
)


HAVE_AGREEMENTS = frozenset(
    {
        End.AGREED,
        End.AWAITING,
        End.AMENDING,
        End.TRACEABLE,
        End.SUSPENDED,
        End.RECTIFYING,
        End.TERMINATED,
        End.EXPIRED,
    }
)


def is_loaded() -> bool:
    return SharingRequest.objects.filter(applicant__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    for plot in PLOTS:
        _play(plot, cast)


def note_the_late() -> None:
    """What the sweeps would do within a minute, so that the first look shows it."""
    sweeping.sweep()
    go_round()


def _play(plot: Plot, cast: Cast) -> None:
    resource = Resource.objects.select_related("department").get(
        name=plot.resource, revision_of=None
    )
    provider = next(
        key for key, department in cast.departments.items() if department == resource.department
    )
    applicant = cast.holder(plot.requester, DutyKind.STAFF)
    head = cast.holder(plot.requester, DutyKind.WORK_BODY_HEAD)
    answering = cast.holder(provider, DutyKind.WORK_BODY_HEAD)
    request = requests.start_request(
        resource=resource, data=_data(resource, plot, cast), by=applicant
    )
    if plot.end == End.DRAFT:
        return
    request = requests.submit(request=request, version=request.version, by=applicant)
    if plot.end == End.RETURNED:
        words = "请写明核查的人群范围，并说明为何需要出生日期。"
        requests.send_back(request=request, version=request.version, opinion=words, by=head)
    if plot.end in {End.INTERNAL, End.RETURNED}:
        return
    request = requests.approve(
        request=request, version=request.version, opinion="确属履职必要，范围适当。", by=head
    )
    match plot.end:
        case End.REFUSED | End.DISPUTED | End.UPHELD:
            words = "申请的数据项超出从业资格核验所需，请改为申请核验接口。"
            requests.refuse(
                request=request,
                version=request.version,
                reason=RefusalReason.SCOPE_TOO_LARGE,
                opinion=words,
                by=answering,
            )
        case End.WITHDRAWN:
            words = "已通过国家平台取得。"
            requests.withdraw(request=request, version=request.version, opinion=words, by=applicant)
        case _ if plot.end in HAVE_AGREEMENTS:
            requests.agree(
                request=request, version=request.version, opinion="同意按申请提供。", by=answering
            )
            heads = (answering,) if plot.end == End.AWAITING else (answering, head)
            agreed = Agreement.objects.get(request=request)
            back = timedelta(days=plot.days_ago - ANSWERED_AFTER)
            agreement_story.begin_earlier(agreed, back)
            agreement_story.confirm(agreed, heads)
            agreement_story.move_back(agreed, back)
    _move_back(request, plot.days_ago, answered_after=ANSWERED_AFTER)
    request.refresh_from_db()
    officer = cast.officer_for(provider)
    match plot.end:
        case End.SUPPLEMENT:
            answer_story.ask_supplement(request, by=answering)
        case End.EXTENSION_ASKED | End.EXTENDED:
            asking = cast.holder(provider, DutyKind.STEWARD)
            consenting = officer if plot.end == End.EXTENDED else None
            answer_story.extend(request, asked_by=asking, officer=consenting)
        case End.OFFERED:
            answer_story.offer(request, by=answering)
        case End.DISPUTED | End.UPHELD:
            deciding = officer if plot.end == End.UPHELD else None
            answer_story.contest(request, by=applicant, officer=deciding)
    agreement = Agreement.objects.filter(request=request).first()
    match plot.end:
        case End.AMENDING if agreement:
            agreement_story.amend(agreement, by=applicant, confirming_head=head)
        case End.TRACEABLE if agreement:
            steward = cast.holder(provider, DutyKind.STEWARD)
            agreement_story.plant(agreement, by=steward, heads=(answering, head))
        case End.SUSPENDED | End.RECTIFYING if agreement:
            is_ordered = plot.end == End.RECTIFYING
            agreement_story.suspend(agreement, by=answering, head=head, is_ordered=is_ordered)
        case End.TERMINATED | End.EXPIRED if agreement:
            _end(agreement, plot.end, head)


def _end(agreement: Agreement, end: End, head: User) -> None:
    if end == End.TERMINATED:
        words = "需求部门业务调整，不再需要。"
        agreements.terminate(agreement=agreement, reason=words, by=head)
    if end == End.EXPIRED:
        # Its term ends today.
        agreements.expire(agreement=agreement, today=deadlines.today() + timedelta(days=1))


def _data(resource: Resource, plot: Plot, cast: Cast) -> RequestData:
    system = (
        InformationSystem.objects.filter(department=cast.departments[plot.requester])
        .order_by("pk")
        .first()
    )
    return RequestData(
        items=tuple(resource.items.order_by("position").values_list("column", flat=True)[:5]),
        use_basis=BASIS,
        use_scene=plot.scene,
        use_scope=SCOPE,
        sharing_mode=plot.mode or resource.sharing_modes[0],
        use_until=deadlines.today() + timedelta(days=0 if plot.end == End.EXPIRED else 400),
        system=system,
        row_filter=_rows(resource, plot),
        use_frequency=UseFrequency.ON_CASES,
        calls_a_day=20_000,
        security_measures=SECURITY,
        is_vouched_for=True,
    )


def _rows(resource: Resource, plot: Plot) -> list[dict[str, object]]:
    """Those who check addresses of one province ask for the codes of that province."""
    if plot.resource != "统计用区划代码" or plot.end not in {End.SUSPENDED, End.OFFERED}:
        return []
    key = resource.items.get(is_key=True)
    return [{"column": key.column, "op": "starts", "values": ["35"]}]


def _move_back(request: SharingRequest, days: int, *, answered_after: int) -> None:
    """Let the request have begun `days` ago, and its clocks with it."""
    if not days:
        return
    shift = timedelta(days=days)
    now = timezone.now()
    request.refresh_from_db()
    request.created_at -= shift + timedelta(days=2)
    request.received_at = _moved(request.received_at, shift)
    if request.answered_at:
        answered = request.answered_at - shift + timedelta(days=answered_after)
        request.answered_at = min(now, answered)
    request.save(update_fields=["created_at", "received_at", "answered_at"])
    for step in RequestStep.objects.filter(request=request):
        later = timedelta(days=answered_after) if step.move in {"agree", "refuse"} else timedelta()
        RequestStep.objects.filter(pk=step.pk).update(at=min(now, step.at - shift + later))
    for clock in Deadline.objects.filter(request=request):
        begun = clock.started_on - shift
        if clock.kind == "deliver":
            begun += timedelta(days=answered_after)
        _restart(clock, min(begun, deadlines.today()), request.answered_at)


def _restart(clock: Deadline, begun: date, answered_at: datetime | None) -> None:
    clock.started_on = begun
    clock.count()
    if clock.met_at is not None:
        clock.met_at = answered_at
    clock.save()


def _moved(at: datetime | None, shift: timedelta) -> datetime | None:
    return at - shift if at else None
