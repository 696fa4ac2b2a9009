"""Harvests carried out to their end, and what each of them counted; the cast of their tests."""

import pytest

from catalog.models import Harvest
from catalog.services import harvests
from catalog.services.harvests import HarvestPlan
from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, UserFactory

from .fetching import file_source
from .file_servers import WebServer
from .harvest_portal import package, serve_packages

PLAN = HarvestPlan(
    resource_class="3",
    classification="07012001",
    sharing_attribute="conditional",
    grade="L2",
)


@pytest.fixture(autouse=True)
def files_in_a_directory_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def portal():
    with WebServer().running() as server:
        serve_packages(server, [package(n) for n in (1, 2, 3)])
        yield server


@pytest.fixture
def department(db):
    return DepartmentFactory()


@pytest.fixture
def steward(department):
    return UserFactory(department=department, duties=[DutyKind.STEWARD])


@pytest.fixture
def ckan(department, portal):
    return file_source(department, "ckan", address=portal.url)


def harvested(source, by, **plan) -> Harvest:
    made = harvests.start_harvest(
        source=source, plan=HarvestPlan(**{**plan_fields(), **plan}), by=by
    )
    harvests.execute(harvest_id=made.pk)
    made.refresh_from_db()
    return made


def plan_fields() -> dict:
    return {name: getattr(PLAN, name) for name in PLAN.__slots__}


def counts(made: Harvest) -> dict[str, int]:
    names = ("created", "changed", "revised", "unchanged", "waiting", "left_out", "vanished")
    told = {name: getattr(made, name) for name in names}
    told["problems"] = made.problem_count
    return {name: number for name, number in told.items() if number}
