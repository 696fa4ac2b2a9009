import json
from collections.abc import Iterator

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from catalog.models import SyncJob
from portal.organisation.models import DutyKind
from tests.catalog.sources.capture_server import CaptureServer, capture_server
from tests.catalog.sources.database import (
    BusinessDatabase,
    admin,
    drop_database,
    let_read,
    make_database,
    make_reader,
    server,
)
from tests.catalog.sources.mariadb import MariaDB, mariadb
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
def changing(business):
    """A table whose rows bear a number that grows with every change."""
    business.run(
        "CREATE TABLE divisions (code text PRIMARY KEY, name text, parent_code text,"
        " changed bigint, at timestamptz)"
    )
    return business


@pytest.fixture(scope="session")
def logical_server() -> Iterator[CaptureServer]:
    with capture_server() as running:
        yield running


@pytest.fixture
def logical(logical_server: CaptureServer) -> Iterator[CaptureServer]:
    """The department's PostgreSQL whose changes can be captured, empty, without slots."""
    logical_server.clean()
    yield logical_server
    logical_server.clean()


@pytest.fixture(scope="session")
def maria_server(django_db_setup: None) -> Iterator[MariaDB]:
    with mariadb() as running:
        yield running


@pytest.fixture
def maria(maria_server: MariaDB) -> MariaDB:
    """The department's MariaDB, empty."""
    for name in ("sql_mode", "time_zone", "lock_wait_timeout"):
        maria_server.run(f"SET SESSION {name} = DEFAULT")
    for name, kind in maria_server.run("SHOW FULL TABLES"):
        quoted = name.replace("`", "``")
        maria_server.run(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} `{quoted}`")
    return maria_server


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


@pytest.fixture
def job_of(resource):
    """A job into the resource from a relation of a source, each item from the column of its name."""

    def make(source, relation):
        return SyncJob.objects.create(
            resource=resource,
            source=source,
            relation=relation,
            mapping={item.column: item.column for item in resource.items.all()},
        )

    return make


@pytest.fixture
def worker(db: None) -> Iterator[psycopg.Connection]:
    """A session of another worker, which may hold what a worker holds."""
    with psycopg.connect(**server(), dbname=connection.settings_dict["NAME"]) as other:
        yield other


@pytest.fixture
def queue():
    """What waits at the broker: (task, arguments, not before)."""
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        broker.delete("celery")

        def waiting():
            messages = [json.loads(one) for one in broker.lrange("celery", 0, -1)]
            return [
                (one["headers"]["task"], one["headers"]["argsrepr"], one["headers"]["eta"])
                for one in reversed(messages)
            ]

        yield waiting
        broker.delete("celery")
