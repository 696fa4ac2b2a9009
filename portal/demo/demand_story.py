"""What the demonstration shows of demands in every state, and of challenges of how entries are shared."""

from django.db import transaction

from catalog.models import Resource, ResourceState, SharingAttribute
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, User
from sharing.matching.models import ClassificationChallenge, Demand
from sharing.matching.services import challenges, demands
from sharing.matching.services.demands import DemandData
from sharing.models import RequestState, SharingRequest, Verdict
from sharing.services import notes

# Title, items and scope, basis, scene, and who needs it.
POSTED: dict[str, tuple[str, str, str, str, str]] = {
    "bus": (
        "老年人免费乘车刷卡记录",
        "证件号码、乘车日期、线路，全省六十五周岁以上，近十二个月",
        "《中华人民共和国老年人权益保障法》第五十八条",
        "高龄津贴与乘车优待资格比对",
        "civil",
    ),
    "bus_too": (
        "老年人乘车优待刷卡信息",
        "证件号码、乘车日期，六十五周岁以上老年人，近一年",
        "《中华人民共和国老年人权益保障法》",
        "评估乘车优待政策成效",
        "health",
    ),
    "rent": (
        "住房租赁合同备案结果",
        "承租人证件号码、房屋地址、备案起止日期，全省",
        "《中华人民共和国义务教育法》第十二条",
        "随迁子女入学资格核验",
        "education",
    ),
    "degree": (
        "高校毕业生学历核验结果",
        "证件号码、学历层次、毕业年份，按人核验",
        "《中华人民共和国就业促进法》第三十六条",
        "职业技能补贴审核",
        "labour",
    ),
    "wage": (
        "个人工资明细",
        "证件号码、月工资，全省就业人员",
        "本厅权责清单",
        "住房保障收入核定",
        "housing",
    ),
}


def is_loaded() -> bool:
    return Demand.objects.filter(posted_by__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    made = {
        key: demands.post(
            data=DemandData(title, description, basis, scene, update_frequency="4"),
            by=cast.holder(department, DutyKind.STAFF),
        )
        for key, (title, description, basis, scene, department) in POSTED.items()
    }
    officer = cast.officer_for("civil")
    held = demands.match(
        demand=made["rent"],
        version=1,
        department=cast.departments["housing"],
        words="住房租赁合同备案由住建部门办理",
        by=officer,
    )
    steward = cast.holder("housing", DutyKind.STEWARD)
    demands.accept(demand=held, version=2, words="年内编目并接入", by=steward)
    _answered(made["degree"], cast, officer)
    demands.refuse(
        demand=made["wage"],
        version=1,
        words="没有部门采集全省个人工资明细；收入核定请申请社会保险缴费基数",
        by=officer,
    )
    _challenged(cast, officer)
    _written(cast, officer)


def _answered(demand: Demand, cast: Cast, officer: User) -> None:
    """Matched to the education department and answered by one of its entries."""
    held = demands.match(
        demand=demand, version=1, department=cast.departments["education"], by=officer
    )
    steward = cast.holder("education", DutyKind.STEWARD)
    entry = (
        Resource.objects.permitted(steward, "view_resource")
        .filter(department=steward.department_id, state=ResourceState.PUBLISHED)
        .exclude(sharing_attribute=SharingAttribute.NOT_SHARED)
        .order_by("pk")
        .first()
    )
    demands.link(demand=held, version=2, resource=entry, words="目录已发布", by=steward)


def _written(cast: Cast, officer: User) -> None:
    """A question, its answer, and the officer's advice on a request that waits for its answer."""
    request = (
        SharingRequest.objects.filter(
            state=RequestState.RECEIVED, resource__department=cast.departments["civil"]
        )
        .exclude(requester=officer.department_id)
        .order_by("pk")
        .first()
    )
    if request is None:
        return
    steward = cast.holder("civil", DutyKind.STEWARD)
    notes.write(request=request, words="请补充说明每月核验的大致时间。", by=steward)
    notes.write(request=request, words="每月 5 日前集中核验一次。", by=request.applicant)
    notes.advise(
        request=request,
        verdict=Verdict.FINE,
        words="属法定救助职责，范围与用途相符。",
        by=officer,
    )


def _challenged(cast: Cast, officer: User) -> None:
    """One challenge that waits, and one that was decided."""
    by = cast.holder("civil", DutyKind.STAFF)
    found = (
        Resource.objects.permitted(by, "view_resource")
        .filter(state=ResourceState.PUBLISHED)
        .exclude(sharing_attribute=SharingAttribute.UNCONDITIONAL)
        .exclude(department=by.department_id)
        .exclude(department=officer.department_id)
        .filter(department__region=officer.department.region_id)
        .order_by("-sharing_attribute", "pk")[:2]
    )
    words = "本厅救助职责需要核验，条件限定范围过窄"
    made: list[ClassificationChallenge] = [
        challenges.raise_challenge(resource=one, words=words, by=by) for one in found
    ]
    if len(made) > 1:
        challenges.decide(
            challenge=made[1],
            outcome="review",
            words="救助核验属法定职责，请将民政部门列入共享范围",
            by=officer,
        )
