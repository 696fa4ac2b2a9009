"""A small catalogue of which visitors see a part, and who calls CKAN's actions."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from catalog.models import Resource, ResourceState, SharingAttribute
from portal.organisation.models import Department, DutyKind
from portal.organisation.services import systems
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    ResourceFactory,
    UserFactory,
)

FREE = {
    "sharing_attribute": SharingAttribute.UNCONDITIONAL,
    "sharing_scope": "",
    "sharing_purpose": "",
}


@dataclass(frozen=True)
class Shelf:
    """`opened` are for everybody, `internal` for departments, `draft` for its provider."""

    civil: Department
    health: Department
    opened: list[Resource]
    internal: list[Resource]
    draft: Resource


@pytest.fixture
def shelf(db) -> Shelf:
    civil = DepartmentFactory(name="示范省民政厅")
    health = DepartmentFactory(name="示范省卫生健康委")
    opened = [
        ResourceFactory(
            department=civil,
            state=ResourceState.PUBLISHED,
            is_open=True,
            name=f"婚姻登记{n}",
            name_en=f"Marriages {n}",
            tags=["民政", f"第{n}"],
            **FREE,
        )
        for n in range(3)
    ]
    internal = [
        ResourceFactory(
            department=health, state=ResourceState.PUBLISHED, name=f"出生医学证明{n}", tags=["卫生"]
        )
        for n in range(4)
    ]
    return Shelf(civil, health, opened, internal, ResourceFactory(department=civil))


def ask(action: str, client: Client | None = None, *, status: int = 200, **given: Any) -> Any:
    """The result of an action that was posted as JSON; of a refusal, its error."""
    answer = (client or Client()).post(
        f"/api/3/action/{action}", json.dumps(given), content_type="application/json"
    )
    assert answer.status_code == status, answer.content
    told = answer.json()
    assert told["success"] is (status == 200)
    assert told["help"].endswith(f"/api/3/action/help_show?name={action}")
    return told["result"] if status == 200 else told["error"]


@pytest.fixture
def insider(db) -> Client:
    client = Client()
    client.force_login(UserFactory())
    return client


@pytest.fixture
def key(db) -> str:
    system = InformationSystemFactory()
    head = UserFactory(department=system.department, duties=[DutyKind.WORK_BODY_HEAD])
    return systems.issue_api_key(system=system, days=5, by=head).secret
