"""Two departments and what passes between them: who asks, who gives, who watches, who is neither."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import ItemType, Resource, ResourceState, SharingMode
from catalog.store.tables import create_missing, table_of
from portal.organisation.models import Department, DutyKind, InformationSystem, User
from sharing.models import Agreement, SharingRequest
from sharing.services import requests
from sharing.services.requests import RequestData
from tests.agreements import confirmed
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    RegionFactory,
    ResourceFactory,
    UserFactory,
    in_days,
)

from .calls import with_key
from .follower import row, sync
from .ordering import plain_resource

ROWS = 5
# Of every second row: those of parent 1.
ODD = {"column": "parent_code", "op": "is", "values": ["1"]}


@dataclass(frozen=True)
class Cast:
    education: Department
    civil: Department
    bigdata: Department
    applicant: User
    head: User
    system: InformationSystem
    provider_steward: User
    provider_head: User
    officer: User
    stranger: User
    strange_system: InformationSystem


@pytest.fixture
def cast(db: None) -> Cast:
    return a_cast()


def a_cast() -> Cast:
    province = RegionFactory()
    education = DepartmentFactory(region=province, name="示范省教育厅", short_name="省教育厅")
    civil = DepartmentFactory(region=province, name="示范省民政厅", short_name="省民政厅")
    bigdata = DepartmentFactory(
        region=province, name="示范省大数据局", short_name="省大数据局", is_competent=True
    )
    return Cast(
        education=education,
        civil=civil,
        bigdata=bigdata,
        applicant=UserFactory(department=education, duties=[DutyKind.STAFF], name="陈科员"),
        head=UserFactory(department=education, duties=[DutyKind.WORK_BODY_HEAD], name="周处长"),
        system=InformationSystemFactory(department=education, name="学籍系统"),
        provider_steward=UserFactory(department=civil, duties=[DutyKind.STEWARD], name="吴科员"),
        provider_head=UserFactory(
            department=civil, duties=[DutyKind.WORK_BODY_HEAD], name="孙处长"
        ),
        officer=UserFactory(department=bigdata, duties=[DutyKind.COMPETENT_OFFICER], name="林岚"),
        stranger=UserFactory(duties=[DutyKind.WORK_BODY_HEAD], name="路人"),
        strange_system=InformationSystemFactory(name="路人系统"),
    )


@pytest.fixture
def neighbour(cast: Cast) -> Cast:
    """The same roles in another department that asks for rows."""
    other = DepartmentFactory(region=cast.education.region, name="示范省人社厅")
    return replace(
        cast,
        education=other,
        applicant=UserFactory(department=other, duties=[DutyKind.STAFF]),
        head=UserFactory(department=other, duties=[DutyKind.WORK_BODY_HEAD]),
        system=InformationSystemFactory(department=other, name="人社系统"),
    )


@pytest.fixture
def resource(cast: Cast) -> Resource:
    """A published resource whose rows have not come yet."""
    made: Resource = ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED)
    return made


def fill(resource: Resource, rows: int = ROWS) -> Resource:
    """Put rows into the store as a sync would: codes 000000000001 and on, secrets in the last column."""
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(resource))
        cursor.execute(
            f"INSERT INTO store.r_{resource.pk} (code, name, parent_code)"
            " SELECT lpad(i::text, 12, '0'), 'name ' || i, mod(i, 2)::text FROM generate_series(1, %s) i",
            [rows],
        )
    resource.row_count = rows
    resource.rows_changed_at = timezone.now()
    resource.save(update_fields=["row_count", "rows_changed_at"])
    return resource


@pytest.fixture
def filled(resource: Resource) -> Resource:
    return fill(resource)


def data(**changes: object) -> RequestData:
    given: dict[str, object] = {
        "items": ("name",),
        "use_basis": "《义务教育法》第十三条",
        "use_scene": "入学资格核验",
        "use_scope": "本厅学籍系统，每年约十万人次",
        "sharing_mode": SharingMode.INTERFACE,
        "use_until": in_days(365),
        "is_vouched_for": True,
    }
    return RequestData(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def draft(cast: Cast, resource: Resource) -> SharingRequest:
    return requests.start_request(resource=resource, data=data(), by=cast.applicant)


@pytest.fixture
def submitted(cast: Cast, draft: SharingRequest) -> SharingRequest:
    return requests.submit(request=draft, version=draft.version, by=cast.applicant)


@pytest.fixture
def received(cast: Cast, submitted: SharingRequest) -> SharingRequest:
    return requests.approve(request=submitted, version=submitted.version, by=cast.head)


def agreed_on(cast: Cast, resource: Resource, **changes: object) -> Agreement:
    """An agreement of the cast's two departments, through every service there is."""
    request = requests.start_request(resource=resource, data=data(**changes), by=cast.applicant)
    request = requests.submit(request=request, version=request.version, by=cast.applicant)
    request = requests.approve(request=request, version=request.version, by=cast.head)
    request = requests.agree(request=request, version=request.version, by=cast.provider_head)
    return confirmed(Agreement.objects.get(request=request), cast.provider_head, cast.head)


@pytest.fixture
def agreement(cast: Cast, filled: Resource) -> Agreement:
    """Active: the rows were there when it was agreed."""
    return agreed_on(cast, filled)


Freeze = Callable[[date], None]


@pytest.fixture
def freeze(monkeypatch: pytest.MonkeyPatch) -> Freeze:
    """Let it be ten o'clock of a day in Shanghai, for all who ask django.utils.timezone."""

    def at(day: date) -> None:
        moment = datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


@pytest.fixture
def prepared_folder(settings, tmp_path) -> None:
    """Prepared exports of this test alone, in the storage that is the usual one."""
    settings.STORAGES = {
        **settings.STORAGES,
        "prepared": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "prepared", "base_url": None},
        },
    }


@pytest.fixture
def stored(resource):
    """Rows 1 to 4, of which the first three are of parent 1, by a sync."""
    sync(resource, [row(1), row(2), row(3), row(4, parent="2")])
    type(resource).objects.filter(pk=resource.pk).update(rows_changed_at=timezone.now())
    resource.refresh_from_db()
    return resource


@pytest.fixture
def scoped(cast, stored):
    """Items code and name, of the rows of parent 1 alone."""
    return agreed_on(cast, stored, row_filter=[ODD])


@pytest.fixture
def caller(cast):
    return with_key(cast.system)


@pytest.fixture
def by_year(cast):
    """4 provinces over 25 years: a key of two columns, the second a number; notes that need care."""
    made = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        items=[
            {
                "name": "地区",
                "column": "area",
                "length": 6,
                "is_key": True,
                "is_nullable": False,
            },
            {
                "name": "年度",
                "column": "year",
                "type": ItemType.INTEGER,
                "is_key": True,
                "is_nullable": False,
            },
            {"name": "备注", "column": "note", "length": 100},
            {"name": "秘密", "column": "hidden", "length": 10},
        ],
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
        cursor.execute(
            f"INSERT INTO store.r_{made.pk} SELECT a::text || '0000', y,"
            " (ARRAY[NULL, '', 'a,b', 'say \"so\"', E'two\\nlines', '居民', 'NULL', '\\.'])"
            "[1 + mod(a + y, 8)], 'secret' FROM generate_series(11, 14) a,"
            " generate_series(5, 29) y ORDER BY random()"
        )
    Resource.objects.filter(pk=made.pk).update(rows_changed_at=timezone.now(), row_count=100)
    made.refresh_from_db()
    return made


@pytest.fixture
def plain(cast) -> Resource:
    return plain_resource(cast)


@pytest.fixture
def awaiting(cast, filled) -> Agreement:
    """Agreed by the provider, its first terms confirmed by nobody yet."""
    request = requests.start_request(resource=filled, data=data(), by=cast.applicant)
    request = requests.submit(request=request, version=request.version, by=cast.applicant)
    request = requests.approve(request=request, version=request.version, by=cast.head)
    requests.agree(request=request, version=request.version, by=cast.provider_head)
    return Agreement.objects.get(request=request)
