"""One small world with the whole cast, for tests that ask every path."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.utils import timezone

from audit import filters, others, signing
from audit.models import Entry, OtherPortal, SavedFilter
from catalog.models import (
    AllowedNetwork,
    BulkImport,
    Classification,
    CodeList,
    CollectionPlan,
    DataElement,
    Harvest,
    ImportState,
    InterfaceCall,
    ItemSynonym,
    Resource,
    ResourceState,
    SavedSearch,
    SearchSynonym,
    SharedFile,
    Source,
    SourceKind,
    SourceOfItem,
    SyncJob,
    SyncRun,
    UpdateDuty,
)
from catalog.services import (
    item_synonyms,
    profiles,
    saved_searches,
    source_register,
    synonyms,
    update_duties,
)
from catalog.services.update_duties import Change
from catalog.services.versions import keep_version
from catalog.store.tables import create_missing, table_of
from portal.clocks.models import Notice
from portal.organisation.models import (
    DutyKind,
    InformationSystem,
    Substitution,
    User,
)
from portal.organisation.services import systems
from portal.watching.models import Alert
from portal.webhooks.models import Delivery, Endpoint
from portal.webhooks.services import endpoints
from portal.workdays.models import HolidayCalendar
from sharing.matching.models import ClassificationChallenge, Demand
from sharing.matching.services import challenges
from sharing.models import (
    Agreement,
    Application,
    PreparedExport,
    Pull,
    PullKind,
    PullResult,
    Push,
    RequestAttachment,
    SharingRequest,
)
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    RegionFactory,
    ResourceFactory,
    SourceFactory,
    UserFactory,
)
from tests.world_parts import (
    agreed_request,
    alert_on,
    allowed_call,
    application_of,
    attachment_of,
    demand_of,
    filed_plan,
    harvest_of,
    notice_to,
    prepared_export,
    push_under,
    shared_file_of,
    standards_of,
    substitution_for,
)


@dataclass(frozen=True)
class World:
    people: dict[str, User]
    system: InformationSystem
    strange_system: InformationSystem
    resource: Resource
    source: Source
    other_portal: Source
    harvest: Harvest
    network: AllowedNetwork
    run: SyncRun
    call: InterfaceCall
    file: SharedFile
    duty: UpdateDuty
    code_list: CodeList
    element: DataElement
    node: Classification
    bulk_import: BulkImport
    search: SavedSearch
    kept_filter: SavedFilter
    witnessed: OtherPortal
    synonyms: SearchSynonym
    names: ItemSynonym
    appointment: SourceOfItem
    plan: CollectionPlan
    request: SharingRequest
    agreement: Agreement
    prepared: PreparedExport
    push: Push
    pull: Pull
    application: Application
    attachment: RequestAttachment
    entry: Entry
    notice: Notice
    calendar: HolidayCalendar
    webhook: Endpoint
    delivery: Delivery
    substitution: Substitution
    demand: Demand
    challenge: ClassificationChallenge
    alert: Alert
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
            "number": self._number(path),
            "kind": self._kind(path),
            "step": "data",
            "prefix": self.key_prefix,
            "action": "package_search",
            "section": "catalog",
            "entry": self.duty.entries.get().pk,
            "version": 1,
            "other": 1,
            "key": "answers",
            "form": "csv",
            "move": "look" if "watching/" in path else "join",
            "endpoint": self.webhook.pk,
            "delivery": self.delivery.pk,
            "substitution": self.substitution.pk,
            "year": self.calendar.year,
            "export": self.prepared.number,
            "receipt": self.pull.receipt,
            "push": self.push.number,
            "label": "sharing.deadline",
            "code": "denials",
            "call": self.call.pk,
            "harvest": self.harvest.pk,
            "file": self.file.pk,
            "path": self.call.path,
            "name": self.file.name
            if "sharing/" in path or "agreements/" in path
            else self.witnessed.name,
        }
        pk: int = self.resource.pk
        for word, thing in (
            ("challenges/new/", self.resource),
            ("challenges/", self.challenge),
            ("substitutes/", self.people["requester_head"]),
            ("/files/<int:pk>", self.attachment),
            ("resources/", self.resource),
            ("departments/", self.agreement.provider),
            ("people/", self.people["applicant"]),
            ("systems/", self.system),
            ("audit/filters/", self.kept_filter),
            ("audit/", self.entry),
            ("watching/", self.alert),
            ("alerts/", self.alert),
            ("/harvest", self.other_portal),
            ("sources/", self.source),
            ("networks/", self.network),
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
            ("recounts/", self.calendar),
            ("deadlines/", self.request.deadlines.first()),
            ("basket/", self.resource),
        ):
            if word in path:
                pk = thing.pk
                break
        given["pk"] = pk
        return given

    def _number(self, path: str) -> str:
        if "demands/" in path:
            return self.demand.number
        if "applications/" in path:
            return self.application.number
        return self.agreement.number if "agreement" in path else self.request.number

    @staticmethod
    def _kind(path: str) -> str:
        if "templates/" in path:
            return "conditional"
        if "lists/" in path:
            return "negative"
        return "staff" if "people" in path else "secrecy"


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
    other_portal = SourceFactory(
        department=civil, kind=SourceKind.CKAN, settings={"address": "http://127.0.0.1:9/"}
    )
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
    code_list, element, node = standards_of(people["officer"])
    keep_version(resource, list(resource.items.order_by("position")), step=None)
    request = agreed_request(resource, people)
    webhook = endpoints.add(
        system=system, url="http://127.0.0.1:9/hook/", events=["request.agreed"], by=head
    ).endpoint
    return World(
        people=people,
        system=system,
        strange_system=strange,
        resource=resource,
        source=source,
        other_portal=other_portal,
        harvest=harvest_of(other_portal, people["steward"]),
        network=AllowedNetwork.objects.create(
            network="10.99.0.0/16", reason="业务库", added_by=people["sec_admin"]
        ),
        run=run,
        call=allowed_call(resource, people["steward"]),
        file=shared_file_of(resource, people["steward"]),
        duty=duty,
        code_list=code_list,
        element=element,
        node=node,
        bulk_import=bulk_import,
        search=saved_searches.save(name="区划", q="区划", chosen={}, by=people["stranger"]),
        kept_filter=filters.keep(
            name="谁看过", asked={"seen": "1"}, days=7, by=people["audit_admin"]
        ),
        witnessed=others.add(
            name="city",
            label="示范市门户",
            origin="city.example/audit",
            key=signing.held()[0].public,
            by=None,
        ),
        synonyms=synonyms.create(terms=["低保", "最低生活保障"], by=people["officer"]),
        names=item_synonyms.save(
            names=["车牌号", "号牌号码"], is_reference=False, by=people["officer"]
        )[0],
        appointment=source_register.appoint(
            name="车牌号", department=civil, basis="纪要", by=people["officer"]
        ),
        plan=filed_plan(people["steward"]),
        request=request,
        agreement=Agreement.objects.get(request=request),
        prepared=prepared_export(Agreement.objects.get(request=request), people["applicant"]),
        push=push_under(Agreement.objects.get(request=request)),
        pull=Pull.objects.create(
            agreement=Agreement.objects.get(request=request),
            kind=PullKind.ROWS,
            caller=system.name,
            result=PullResult.OK,
            receipt=uuid4(),
        ),
        application=application_of(civil, people["applicant"]),
        attachment=attachment_of(request),
        entry=Entry.objects.latest("id"),
        notice=notice_to(people["applicant"], Agreement.objects.get(request=request)),
        calendar=HolidayCalendar.objects.get(year=2026, region=""),
        webhook=webhook,
        delivery=endpoints.test(endpoint=webhook, by=head),
        substitution=substitution_for(head),
        demand=demand_of(people),
        challenge=challenges.raise_challenge(
            resource=resource, words="应当共享", by=people["applicant"]
        ),
        alert=alert_on(Agreement.objects.get(request=request)),
        key_prefix=key.key.prefix,
        secrets={"system": key.secret, "strange_system": strange_key.secret},
    )
