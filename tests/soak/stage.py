"""The source of one department, the table and the system of two others, and what was agreed.

The source's rows are of one version: each says which, and how many rows a version has is remembered
before it is there. So whoever reads can tell a whole version from a mix of two.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from catalog.models import Resource, ResourceState, SharingMode, SyncJob
from catalog.services import run_queue, sync_runs
from catalog.sources import credentials
from portal.embedded.postgres import NAME
from portal.organisation.models import DutyKind, InformationSystem
from portal.organisation.services.systems import issue_api_key
from sharing.models import Agreement, PushMode
from sharing.services import push_targets
from sharing.services.push_targets import TargetData
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    ResourceFactory,
    SourceFactory,
    UserFactory,
)
from tests.sharing.conftest import ODD, Cast, a_cast, agreed_on

from .house import House

ROWS = 3_000
# So long that an export does not fit into what kernels and servers keep of it.
FILLING = 6_000
ITEMS = [
    {"name": "代码", "column": "code", "length": 12, "is_key": True, "is_nullable": False},
    {"name": "版本", "column": "name", "length": 100},
    {"name": "上级代码", "column": "parent_code", "length": 12},
    {"name": "说明", "column": "filling", "length": FILLING},
]
MANY = 1_000_000_000
SOURCE, HERE = "public.divisions", "public.pushed"


@dataclass
class Stage:
    house: House
    cast: Cast
    steward: Any
    resource: Resource
    job: SyncJob
    pulled: Agreement = field(init=False)
    pushed: Agreement = field(init=False)
    keys: dict[Agreement, str] = field(init=False, repr=False)
    requester: Any = field(init=False)
    # How many rows each version has.
    versions: dict[str, int] = field(default_factory=dict)

    def their_database(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.house.theirs.url, autocommit=True)

    def change_source(self, number: int) -> str:
        """Other rows in the source, all of them in one transaction; the version's name."""
        version, rows = f"v{number}", ROWS + number * 7 % 401
        self.versions[version] = rows
        with self.their_database() as theirs, theirs.transaction():
            theirs.execute("DELETE FROM divisions")
            theirs.execute(
                "INSERT INTO divisions SELECT lpad(i::text, 12, '0'), %s, (i %% 2)::text,"
                " repeat('x', %s) FROM generate_series(1, %s) AS i",
                [version, FILLING, rows],
            )
        return version

    def agreed(self, version: str) -> int:
        """How many rows of the version the agreements let out: the odd ones."""
        return (self.versions[version] + 1) // 2


def set_up(house: House) -> Stage:
    """Everything there and agreed, the rows of version v0."""
    cast = a_cast()
    resource = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_modes=[SharingMode.INTERFACE, SharingMode.BATCH],
        items=ITEMS,
    )
    with psycopg.connect(house.theirs.url, autocommit=True) as theirs:
        theirs.execute(
            "CREATE TABLE divisions"
            " (code varchar(12) PRIMARY KEY, name text, parent_code text, filling text)"
        )
        theirs.execute("CREATE TABLE pushed (code varchar(12) PRIMARY KEY, name varchar(100))")
    known = {"host": "127.0.0.1", "port": house.theirs.port, "database": NAME, "username": NAME}
    secret = house.departments.password(NAME)
    source = SourceFactory(department=cast.civil, sealed_password=credentials.seal(secret), **known)
    job = SyncJob.objects.create(
        resource=resource,
        source=source,
        relation=SOURCE,
        mapping={item.column: item.column for item in resource.items.all()},
    )
    stage = Stage(house, cast, cast.provider_steward, resource, job)
    stage.change_source(0)
    sync_runs.execute(run_id=run_queue.start_run(job=job, by=stage.steward).pk)
    resource.refresh_from_db()
    wide, narrow = ("code", "name", "filling"), ("code", "name")
    stage.pulled = agreed_on(cast, resource, items=wide, row_filter=[ODD])
    third = DepartmentFactory(region=cast.civil.region, name="示范省统计局", short_name="省统计局")
    requester = replace(
        cast,
        applicant=UserFactory(department=third, duties=[DutyKind.STAFF]),
        head=UserFactory(department=third, duties=[DutyKind.WORK_BODY_HEAD]),
    )
    batch = {"row_filter": [ODD], "sharing_mode": SharingMode.BATCH}
    stage.pushed = agreed_on(requester, resource, items=narrow, **batch)
    stage.requester = requester.applicant
    push_targets.set_target(
        agreement=stage.pushed,
        version=0,
        data=TargetData(password=secret, relation=HERE, mode=PushMode.CHANGES, **known),
        by=stage.requester,
    )
    # Wide quotas but one: they are for being counted, and a place that is not freed blocks the next.
    Agreement.objects.filter(pk=stage.pulled.pk).update(
        exports_at_once=1, rows_a_day=MANY, calls_a_day=MANY
    )
    stage.keys = {
        stage.pulled: _key(cast.system),
        stage.pushed: _key(InformationSystemFactory(department=third)),
    }
    return stage


def _key(system: InformationSystem) -> str:
    steward = UserFactory(department=system.department, duties=[DutyKind.STEWARD])
    return issue_api_key(system=system, days=30, by=steward).secret
