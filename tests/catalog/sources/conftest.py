from collections.abc import Iterator

import pytest
from django.db import connection

from portal.organisation.models import DutyKind
from tests.catalog.sources.database import (
    BusinessDatabase,
    admin,
    drop_database,
    let_read,
    make_database,
    make_reader,
    server,
)
from tests.catalog.sources.running import ROWS
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory

DATABASE = "portal_test_business"


@pytest.fixture(scope="session")
def business_server(django_db_setup: None) -> Iterator[str]:
    make_reader()
    make_database(DATABASE)
    yield DATABASE
    drop_database(DATABASE)


@pytest.fixture
def business(business_server: str) -> Iterator[BusinessDatabase]:
    """The department's database, empty."""
    known = server()
    with admin(business_server) as owner:
        let_read(owner)
        yield BusinessDatabase(
            business_server, known.get("host", "localhost"), int(known.get("port", 5432)), owner
        )


@pytest.fixture
def cursor(db: None):
    with connection.cursor() as wrapped:
        yield wrapped.cursor


@pytest.fixture
def resource(db):
    return ResourceFactory(name="区划代码")


@pytest.fixture
def steward(resource):
    return UserFactory(department=resource.department, duties=[DutyKind.STEWARD])


@pytest.fixture
def colleague(resource):
    return UserFactory(department=resource.department, duties=[DutyKind.STAFF])


@pytest.fixture
def officer(resource):
    competent = DepartmentFactory(is_competent=True, region=resource.department.region)
    return UserFactory(department=competent, duties=[DutyKind.COMPETENT_OFFICER])


@pytest.fixture
def stranger(db):
    return UserFactory(duties=[DutyKind.STEWARD])


@pytest.fixture
def job(business, resource):
    business.fill(ROWS)
    return business.job(resource)
