"""One small world with the whole cast, for tests that ask every path."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from catalog.models import (
    BulkImport,
    Classification,
    CodeList,
    CollectionPlan,
    DataElement,
    ImportState,
    ItemSynonym,
    Resource,
    ResourceState,
    SavedSearch,
    SearchSynonym,
    Source,
    SourceOfItem,
    SyncJob,
    SyncRun,
    UpdateDuty,
)
from catalog.services import (
    classification,
    collection_plans,
    data_elements,
    item_synonyms,
    profiles,
    saved_searches,
    source_register,
    standards,
    synonyms,
    update_duties,
)
from catalog.services.collection_plans import PlanData
from catalog.services.data_elements import ElementData
from catalog.services.standards import ListData
from catalog.services.update_duties import Change
from catalog.services.versions import keep_version
from catalog.standards.classification import NodeRow
from catalog.standards.codes import CodeRow
from catalog.store.tables import create_missing, table_of
from portal.clocks.models import Notice, NoticeKind
from portal.clocks.services import telling
from portal.organisation.models import DutyKind, InformationSystem, User
from portal.organisation.services import systems
from portal.workdays.models import HolidayCalendar
from sharing.models import Agreement, SharingRequest
from sharing.services import requests
from sharing.services.requests import RequestData
from tests.agreements import confirmed
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    RegionFactory,
    ResourceFactory,
    SourceFactory,
    UserFactory,
    in_days,
)


@dataclass(frozen=True)
class World:
    people: dict[str, User]
    system: InformationSystem
    strange_system: InformationSystem
    resource: Resource
    source: Source
    run: SyncRun
    duty: UpdateDuty
    code_list: CodeList
    element: DataElement
    node: Classification
    bulk_import: BulkImport
    search: SavedSearch
    synonyms: SearchSynonym
    names: ItemSynonym
    appointment: SourceOfItem
    plan: CollectionPlan
    request: SharingRequest
    agreement: Agreement
    entry: Entry
    notice: Notice
    calendar: HolidayCalendar
    key_prefix: str
    secrets: dict[str, str]

    def client(self, who: str) -> Client:
        """A client as one of the cast: a person signed in, or a system with its key."""
        if who in self.secrets:
            return Client(headers={"Authorization": f"Api-Key {self.secrets[who]}"})
        client = Client()
        if who != "anonymous":
            client.force_login(self.people[who])
        return client

    def arguments(self, path: str) -> dict[str, Any]:
        """What stands for the parameters of a path, by the room that it lies in."""
        given: dict[str, Any] = {
            "number": self.agreement.number if "agreement" in path else self.request.number,
            "kind": "staff" if "people" in path else "secrecy",
            "prefix": self.key_prefix,
            "action": "package_search",
            "section": "catalog",
            "entry": self.duty.entries.get().pk,
            "version": 1,
            "other": 1,
        }
        pk: int = self.resource.pk
        for word, thing in (
            ("resources/", self.resource),
            ("departments/", self.agreement.provider),
            ("people/", self.people["applicant"]),
            ("systems/", self.system),
            ("audit/", self.entry),
            ("sources/", self.source),
            ("runs/", self.run),
            ("update-duties/", self.duty),
            ("lists/", self.code_list),
            ("elements/", self.element),
            ("classification/", self.node),
            ("imports/", self.bulk_import),
            ("searches/", self.search),
            ("synonyms/", self.synonyms),
            ("register/names/", self.names),
            ("plans/", self.plan),
            ("register/", self.appointment),
            ("notices/", self.notice),
            ("calendar/", self.calendar),
        ):
            if word in path:
                pk = thing.pk
                break
        given["pk"] = pk
        return given


def make_world() -> World:
    province = RegionFactory()
    civil = DepartmentFactory(region=province)
    education = DepartmentFactory(region=province)
    bigdata = DepartmentFactory(region=province, is_competent=True)
    people = {
        "steward": UserFactory(department=civil, duties=[DutyKind.STEWARD]),
        "provider_head": UserFactory(department=civil, duties=[DutyKind.WORK_BODY_HEAD]),
        "chief": UserFactory(department=civil, duties=[DutyKind.DEPARTMENT_HEAD]),
        "applicant": UserFactory(department=education, duties=[DutyKind.STAFF]),
        "requester_head": UserFactory(department=education, duties=[DutyKind.WORK_BODY_HEAD]),
        "stranger": UserFactory(duties=[DutyKind.STAFF, DutyKind.STEWARD]),
        "officer": UserFactory(department=bigdata, duties=[DutyKind.COMPETENT_OFFICER]),
        "sys_admin": UserFactory(department=bigdata, duties=[DutyKind.SYSTEM_ADMIN]),
        "sec_admin": UserFactory(department=bigdata, duties=[DutyKind.SECURITY_ADMIN]),
        "audit_admin": UserFactory(department=bigdata, duties=[DutyKind.AUDIT_ADMIN]),
    }
    resource = ResourceFactory(department=civil, state=ResourceState.PUBLISHED)
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(resource))
        cursor.execute(f"INSERT INTO store.r_{resource.pk} VALUES ('11', '北京市', NULL)")
    Resource.objects.filter(pk=resource.pk).update(rows_changed_at=timezone.now(), row_count=1)
    resource.refresh_from_db()
    profiles.refresh(resource_id=resource.pk)
    source = SourceFactory(department=civil)
    job = SyncJob.objects.create(
        resource=resource,
        source=source,
        relation="public.t",
        mapping={"code": "code"},
        last_number=1,
    )
    run = SyncRun.objects.create(job=job, number=1, state="succeeded", finished_at=timezone.now())
    change = Change(
        kind="law",
        basis_title="社会救助法",
        happened_on=timezone.localdate(),
        resources=(resource.pk,),
    )
    duty = update_duties.record_change(change=change, department=civil, by=people["steward"])
    bulk_import = BulkImport.objects.create(
        department=civil,
        by=people["steward"],
        language="en",
        file="imports/none.xlsx",
        file_name="none.xlsx",
        file_size=1,
        file_kind="xlsx",
        sha256="0" * 64,
        state=ImportState.CHECKED,
        checked_at=timezone.now(),
    )
    system = InformationSystemFactory(department=education)
    strange = InformationSystemFactory(department=people["stranger"].department)
    head = people["requester_head"]
    key = systems.issue_api_key(system=system, days=5, by=head)
    strange_head = UserFactory(department=strange.department, duties=[DutyKind.WORK_BODY_HEAD])
    strange_key = systems.issue_api_key(system=strange, days=5, by=strange_head)
    code_list, element, node = _standards(people["officer"])
    keep_version(resource, list(resource.items.order_by("position")), step=None)
    request = _agreed(resource, people)
    return World(
        people=people,
        system=system,
        strange_system=strange,
        resource=resource,
        source=source,
        run=run,
        duty=duty,
        code_list=code_list,
        element=element,
        node=node,
        bulk_import=bulk_import,
        search=saved_searches.save(name="区划", q="区划", chosen={}, by=people["stranger"]),
        synonyms=synonyms.create(terms=["低保", "最低生活保障"], by=people["officer"]),
        names=item_synonyms.save(
            names=["车牌号", "号牌号码"], is_reference=False, by=people["officer"]
        )[0],
        appointment=source_register.appoint(
            name="车牌号", department=civil, basis="纪要", by=people["officer"]
        ),
        plan=_filed_plan(people["steward"]),
        request=request,
        agreement=Agreement.objects.get(request=request),
        entry=Entry.objects.latest("id"),
        notice=_told(people["applicant"], Agreement.objects.get(request=request)),
        calendar=HolidayCalendar.objects.get(year=2026, region=""),
        key_prefix=key.key.prefix,
        secrets={"system": key.secret, "strange_system": strange_key.secret},
    )


def _told(person: User, agreement: Agreement) -> Notice:
    telling.tell(
        people=[person.pk],
        kind=NoticeKind.CHANGED,
        about=Agreement._meta.label_lower,
        about_id=agreement.pk,
        occasion="2",
    )
    return Notice.objects.get(recipient=person)


def _standards(officer: User) -> tuple[CodeList, DataElement, Classification]:
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


def _filed_plan(steward: User) -> CollectionPlan:
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


def _agreed(resource: Resource, people: dict[str, User]) -> SharingRequest:
    data = RequestData(
        items=("name",),
        use_basis="职责",
        use_scene="核验",
        use_scope="本厅",
        sharing_mode=resource.sharing_modes[0],
        use_until=in_days(60),
        is_vouched_for=True,
    )
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
