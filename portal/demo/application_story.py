"""What the demonstration shows of one purpose for several resources, files, and templates of terms."""

import io

from django.db import transaction

from catalog.models import Resource, ResourceState, SharingAttribute
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, User
from sharing import deadlines, permissions
from sharing.completeness import seen_of
from sharing.models import TermsTemplate, UseFrequency
from sharing.services import applications, attachments, terms_templates
from sharing.services.requests import RequestData
from sharing.terms import UsualTerms

REQUESTER = "education"
PARTS = 3
PUT_ASIDE = 2
PLAN = """入学资格核验数据使用方案（示例）

一、使用系统：学籍管理系统，等级保护三级。
二、使用人员：经审批的经办人员，账号实名。
三、保存与销毁：核验结果随学籍档案保存，源数据不落地。
"""


def is_loaded() -> bool:
    return TermsTemplate.objects.filter(made_by__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    _templates(cast.holder("bigdata", DutyKind.COMPETENT_OFFICER))
    applicant = cast.holder(REQUESTER, DutyKind.STAFF)
    wanted = _wanted(applicant)
    parts = [(resource, _data(resource)) for resource in wanted[:PARTS]]
    made = applications.make(parts=parts, by=applicant)
    first = made.requests.earliest("pk")
    content = PLAN.encode()
    attachments.attach(
        request=first,
        name="数据使用方案（示例）.txt",
        file=io.BytesIO(content),
        size=len(content),
        by=applicant,
    )
    applications.submit(application=made, seen=seen_of(list(made.requests.all())), by=applicant)
    for resource in wanted[PARTS : PARTS + PUT_ASIDE]:
        applications.put_in_basket(resource=resource, by=applicant)


def _templates(officer: User) -> None:
    conditional = UsualTerms(
        provider_duties="按目录载明的更新频率提供准确、完整的数据；变更数据项或者停止服务的，事先告知需求部门并备案。",
        requester_duties="仅用于约定用途和范围；不向第三方提供；账号实名、最小授权、传输和存储加密；使用记录保存不少于三年。",
        calls_a_day=100_000,
        exports_at_once=2,
    )
    reason = "全省统一的有条件共享协议条款（示例）"
    terms_templates.write(
        sharing_attribute=SharingAttribute.CONDITIONAL,
        version=0,
        terms=conditional,
        reason=reason,
        by=officer,
    )


def _wanted(applicant: User) -> list[Resource]:
    """Resources of other departments that the applicant's may ask for, of several providers."""
    visible = Resource.objects.permitted(applicant, "view_resource").filter(
        state=ResourceState.PUBLISHED, revision_of=None
    )
    found: dict[int, list[Resource]] = {}
    for one in visible.select_related("department").order_by("pk"):
        if permissions.may_request(applicant, one):
            found.setdefault(one.department_id, []).append(one)
    order = sorted(found.values(), key=lambda of_one: -len(of_one))
    return [
        of_one[place]
        for place in range(PARTS + PUT_ASIDE)
        for of_one in order
        if place < len(of_one)
    ][: PARTS + PUT_ASIDE]


def _data(resource: Resource) -> RequestData:
    items = resource.items.filter(is_key=False).order_by("position")
    return RequestData(
        items=tuple(items.values_list("column", flat=True)[:3]),
        use_basis="《中华人民共和国义务教育法》第十二条；本厅权责清单：入学管理。",
        use_scene="义务教育入学资格一次核验，减少家长提交材料",
        use_scope="本厅及所属学校学籍管理人员，每年约二十万人次",
        sharing_mode=resource.sharing_modes[0],
        use_until=deadlines.today().replace(day=1, year=deadlines.today().year + 1),
        use_frequency=UseFrequency.ON_CASES,
        security_measures="学籍系统等级保护三级；源数据不落地，核验结果加密保存。",
        is_vouched_for=True,
    )
