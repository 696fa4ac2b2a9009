"""The house of one entry: its steward and head, its reviewer, and a stranger."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connection
from django.urls import reverse

from catalog.entry import EntryData, ItemData
from catalog.models import AssessmentKind, Resource
from catalog.services import assessments, resources, review
from portal.organisation.models import Department, DutyKind, Region, RegionLevel, User
from tests.factories import DepartmentFactory, RegionFactory, UserFactory


@dataclass(frozen=True)
class Cast:
    province: Region
    civil: Department
    education: Department
    bigdata: Department
    steward: User
    other_steward: User
    head: User
    officer: User
    stranger: User


@pytest.fixture
def cast(db: None) -> Cast:
    province = RegionFactory()
    civil = DepartmentFactory(region=province, name="示范省民政厅", short_name="省民政厅")
    education = DepartmentFactory(region=province, name="示范省教育厅", short_name="省教育厅")
    bigdata = DepartmentFactory(
        region=province, name="示范省大数据局", short_name="省大数据局", is_competent=True
    )
    return Cast(
        province=province,
        civil=civil,
        education=education,
        bigdata=bigdata,
        steward=UserFactory(department=civil, duties=[DutyKind.STEWARD], name="陈静"),
        other_steward=UserFactory(department=civil, duties=[DutyKind.STEWARD], name="马宁"),
        head=UserFactory(department=civil, duties=[DutyKind.DEPARTMENT_HEAD], name="高远"),
        officer=UserFactory(department=bigdata, duties=[DutyKind.COMPETENT_OFFICER], name="林岚"),
        stranger=UserFactory(department=education, duties=[DutyKind.STEWARD], name="吴桐"),
    )


@pytest.fixture
def committed_cast(transactional_db: None, cast: Cast) -> Cast:
    """The same people for tests with several connections: what they do is really committed."""
    return cast


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run each act on a connection of its own, all at the same time; return results or errors."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - handed to the test
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def city(db: None) -> Region:
    return RegionFactory(
        code="990100", name="云州市", level=RegionLevel.CITY, parent=RegionFactory()
    )


def an_entry(**changes: object) -> EntryData:
    return EntryData(
        **{
            "name": "统计用区划代码",
            "abstract": "全国省、市、县、乡四级统计用区划代码与名称。",
            "resource_class": "1",
            "classification": "03001001",
            "data_format": "3",
            "update_frequency": "6",
            "sharing_attribute": "conditional",
            "sharing_scope": "负有统计、教育、救助职责的部门",
            "sharing_purpose": "核对地区代码",
            "sharing_modes": ("interface", "file"),
            "grade": "L1",
            **changes,
        }
    )


def some_items() -> list[ItemData]:
    return [
        ItemData(name="区划代码", column="code", type="C", length=12, is_key=True),
        ItemData(name="区划名称", column="name", type="C", length=100),
    ]


def assess_both(resource: Resource, by: User, *, personal: bool = False) -> None:
    for kind, present in (
        (AssessmentKind.SECRECY, False),
        (AssessmentKind.PERSONAL_INFORMATION, personal),
    ):
        assessments.assess(
            resource=resource,
            version=resource.version,
            kind=kind,
            is_present=present,
            is_passed=True,
            findings="逐项检查，可以编目。",
            by=by,
        )


def drafted(cast: Cast, **changes: object) -> Resource:
    """A complete draft, both assessments passed."""
    resource = resources.create_draft(
        entry=an_entry(**changes), items=some_items(), by=cast.steward
    )
    assess_both(resource, cast.steward)
    return resource


def submitted(cast: Cast, **changes: object) -> Resource:
    resource = drafted(cast, **changes)
    return review.submit(resource=resource, version=resource.version, by=cast.steward)


def approved(cast: Cast, **changes: object) -> Resource:
    resource = submitted(cast, **changes)
    return review.approve(resource=resource, version=resource.version, by=cast.head)


def published(cast: Cast, **changes: object) -> Resource:
    resource = approved(cast, **changes)
    return review.publish(resource=resource, version=resource.version, by=cast.officer)


def at(name: str, *args) -> str:
    return reverse(f"catalog:{name}", args=args)


@pytest.fixture
def signed_in(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in
