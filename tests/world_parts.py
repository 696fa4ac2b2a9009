"""What stands in the world beside its people: each made as the portal makes it."""

import hashlib
from datetime import date
from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone

from catalog.models import (
    Classification,
    CodeList,
    CollectionPlan,
    DataElement,
    Harvest,
    HarvestState,
    InterfaceCall,
    PublishedInterface,
    Resource,
    ResourceState,
    SharedFile,
    Source,
)
from catalog.services import (
    classification,
    collection_plans,
    data_elements,
    interfaces,
    shared_files,
    standards,
)
from catalog.services.collection_plans import PlanData
from catalog.services.data_elements import ElementData
from catalog.services.interfaces import CallData, InterfaceData
from catalog.services.standards import ListData
from catalog.standards.classification import NodeRow
from catalog.standards.codes import CodeRow
from portal.clocks.models import Notice, NoticeKind
from portal.clocks.services import telling
from portal.organisation.models import (
    Department,
    Substitution,
    User,
)
from portal.organisation.services import substitutions
from portal.watching.models import Alert
from sharing.delivery import prepared
from sharing.delivery.formats import CSV
from sharing.matching.models import Demand
from sharing.matching.services import demands
from sharing.matching.services.demands import DemandData
from sharing.models import (
    Agreement,
    Application,
    PreparedExport,
    Push,
    PushMode,
    PushState,
    PushTarget,
    RequestAttachment,
    SharingRequest,
    TargetKind,
)
from sharing.services import applications, requests
from sharing.services.requests import RequestData
from tests.agreements import confirmed
from tests.factories import (
    ResourceFactory,
    UserFactory,
    in_days,
)


def alert_on(agreement: Agreement | None, actor: str = "system:12") -> Alert:
    """What a rule would have raised, of a day long ago."""
    return Alert.objects.create(
        rule="denials",
        subject=f"{actor} {agreement}",
        day=date(2026, 3, 31),
        agreement=agreement,
        actor=actor,
        actor_name="学籍系统",
        figures={"found": {"denied": 30}, "limits": {"least": 30, "minutes": 60}},
        rule_version=0,
    )


def substitution_for(head: User) -> Substitution:
    return substitutions.name_substitute(
        absent=head,
        substitute=UserFactory(department=head.department),
        first=in_days(9),
        last=in_days(9),
        reason="培训",
        by=head,
    )


def demand_of(people: dict[str, User]) -> Demand:
    """Matched to the provider, so that each side has something to do."""
    data = DemandData(title="名单", description="姓名", use_basis="职责", use_scene="核验")
    made = demands.post(data=data, by=people["applicant"])
    return demands.match(
        demand=made, version=1, department=people["steward"].department, by=people["officer"]
    )


def notice_to(person: User, agreement: Agreement) -> Notice:
    telling.tell(
        people=[person.pk],
        kind=NoticeKind.CHANGED,
        about=Agreement._meta.label_lower,
        about_id=agreement.pk,
        occasion="2",
    )
    return Notice.objects.get(recipient=person)


def standards_of(officer: User) -> tuple[CodeList, DataElement, Classification]:
    """A list with a version in force and a draft, an element and a node."""
    draft = standards.create_list(data=ListData(identifier="L-1", name="类别"), by=officer)
    held = draft.code_list
    rows = [CodeRow("1", "甲")]
    standards.write_draft(code_list=held, revision=1, rows=rows, by=officer)
    day = timezone.localdate()
    standards.publish_draft(code_list=held, revision=2, valid_from=day, by=officer)
    standards.draft_version(code_list=held, by=officer)
    data = ElementData(name="类别", definition="类别", type="C")
    element = data_elements.create_element(identifier="E-1", data=data, by=officer)
    row = NodeRow(resource_class="1", code="03", name="自然资源")
    return held, element, classification.add_node(row=row, by=officer)


def harvest_of(source: Source, steward: User) -> Harvest:
    return Harvest.objects.create(
        source=source,
        by=steward,
        language="en",
        resource_class="3",
        classification="07012001",
        sharing_attribute="conditional",
        grade="L2",
        state=HarvestState.DONE,
        finished_at=timezone.now(),
    )


def filed_plan(steward: User) -> CollectionPlan:
    data = PlanData(
        name="住房调查",
        purpose="救助",
        basis="条例",
        asked_from="家庭",
        starts_on=in_days(60),
        items=["面积"],
    )
    plan = collection_plans.create(plan=data, by=steward)
    return collection_plans.file(held=plan, version=plan.version, by=steward)


def request_data(resource: Resource) -> RequestData:
    return RequestData(
        items=("name",),
        use_basis="职责",
        use_scene="核验",
        use_scope="本厅",
        sharing_mode=resource.sharing_modes[0],
        use_until=in_days(60),
        is_vouched_for=True,
    )


def application_of(provider: Department, by: User) -> Application:
    """An application of one draft, for another resource of the provider."""
    other = ResourceFactory(
        department=provider, name="低收入家庭名册", state=ResourceState.PUBLISHED
    )
    return applications.make(parts=[(other, request_data(other))], by=by)


def attachment_of(request: SharingRequest) -> RequestAttachment:
    content = b"%PDF-1.7"
    made = RequestAttachment(
        request=request,
        name="依据.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        is_scanned=False,
        by=request.applicant,
    )
    made.file.save("", ContentFile(content))
    return made


def agreed_request(resource: Resource, people: dict[str, User]) -> SharingRequest:
    data = request_data(resource)
    request = requests.start_request(resource=resource, data=data, by=people["applicant"])
    request = requests.submit(request=request, version=request.version, by=people["applicant"])
    request = requests.approve(
        request=request, version=request.version, by=people["requester_head"]
    )
    agreed = requests.agree(request=request, version=request.version, by=people["provider_head"])
    confirmed(
        Agreement.objects.get(request=agreed), people["provider_head"], people["requester_head"]
    )
    return agreed


def allowed_call(resource: Resource, steward: User) -> InterfaceCall:
    """Of an open interface in a network that the portal does not connect to."""
    made = interfaces.register(
        resource=resource, data=InterfaceData("http://10.255.255.1/v2", 1), by=steward
    )
    call = interfaces.allow_call(
        interface=made, version=made.version, data=CallData("GET", "persons"), by=steward
    )
    made = PublishedInterface.objects.get(pk=made.pk)
    interfaces.open_interface(interface=made, version=made.version, by=steward)
    return call


def shared_file_of(resource: Resource, steward: User) -> SharedFile:
    content = b"%PDF-1.7"
    return shared_files.add_version(
        resource=resource,
        name="plan.pdf",
        file=BytesIO(content),
        size=len(content),
        note="",
        by=steward,
    ).file


def prepared_export(agreement: Agreement, by: User) -> PreparedExport:
    export, _is_new = prepared.ask(number=agreement.number, party=by, format=CSV, asked={})
    prepared.prepare(export_id=export.pk)
    return PreparedExport.objects.get(pk=export.pk)


def push_under(agreement: Agreement) -> Push:
    """A receipt, and the table that it is of."""
    target = PushTarget.objects.create(
        agreement=agreement,
        kind=TargetKind.POSTGRESQL,
        host="127.0.0.1",
        port=5432,
        database="own",
        username="writer",
        relation="public.divisions",
    )
    return Push.objects.create(
        agreement=agreement,
        target=target,
        place=str(target),
        count=1,
        kind=PushMode.FULL,
        state=PushState.DELIVERED,
        rows=1,
        bytes=10,
    )
