"""The source of one department, tables and systems of others, and what was agreed.

The source's rows are of one version: each says which, and how many rows a version has is remembered
before it is there. So whoever reads can tell a whole version from a mix of two.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
import pymysql

from catalog.models import Resource, ResourceState, SharingMode, SyncJob
from catalog.services import run_queue, sync_runs
from catalog.sources import credentials
from portal.embedded.postgres import NAME
from portal.organisation.models import DutyKind, InformationSystem
from portal.organisation.services.systems import issue_api_key
from sharing.models import Agreement, PushMode, TargetKind
from sharing.services import push_targets
from sharing.services.push_targets import TargetData
from tests.catalog.sources.mariadb import BASE, READER, MariaDB
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
class Home:
    """A requester's own table, into which rows are pushed; `ask` reads it as nobody of the portal."""

    agreement: Agreement
    requester: Any
    ask: Callable[[str], Sequence[tuple[Any, ...]]]


@dataclass
class Stage:
    house: House
    cast: Cast
    steward: Any
    resource: Resource
    job: SyncJob
    pulled: Agreement = field(init=False)
    prepared: Agreement = field(init=False)
    homes: list[Home] = field(init=False)
    keys: dict[Agreement, str] = field(init=False, repr=False)
    # How many rows each version has.
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def followed(self) -> Agreement:
        """Its rows are pushed into a table, and followed by changes as well."""
        return self.homes[0].agreement

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


def set_up(house: House, maria: MariaDB) -> Stage:
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
    wide = ("code", "name", "filling")
    stage.pulled = agreed_on(cast, resource, items=wide, row_filter=[ODD])
    other = _requester(cast, "示范省审计厅")
    stage.prepared = agreed_on(other, resource, items=wide, row_filter=[ODD])
    their = TargetData(password=secret, relation=HERE, mode=PushMode.CHANGES, **known)
    stage.homes = [
        _home(_requester(cast, "示范省统计局"), resource, their, _asking_theirs(stage)),
        _home(_requester(cast, "示范省医保局"), resource, _writable(maria), _asking(maria)),
    ]
    # Wide quotas but one: they are for being counted, and a place that is not freed blocks the next.
    drawn = Agreement.objects.filter(pk__in=[stage.pulled.pk, stage.prepared.pk])
    drawn.update(exports_at_once=1, rows_a_day=MANY, calls_a_day=MANY)
    follower = InformationSystemFactory(department=stage.homes[0].requester.department)
    systems = {stage.pulled: cast.system, stage.prepared: other.system, stage.followed: follower}
    stage.keys = {agreement: _key(system) for agreement, system in systems.items()}
    return stage


def _requester(cast: Cast, name: str) -> Cast:
    """The cast with another department that asks."""
    asking = DepartmentFactory(region=cast.civil.region, name=name, short_name=name[2:])
    return replace(
        cast,
        applicant=UserFactory(department=asking, duties=[DutyKind.STAFF]),
        head=UserFactory(department=asking, duties=[DutyKind.WORK_BODY_HEAD]),
        system=InformationSystemFactory(department=asking),
    )


def _home(
    cast: Cast,
    resource: Resource,
    data: TargetData,
    ask: Callable[[str], Sequence[tuple[Any, ...]]],
) -> Home:
    batch = {"row_filter": [ODD], "sharing_mode": SharingMode.BATCH}
    agreement = agreed_on(cast, resource, items=("code", "name"), **batch)
    push_targets.set_target(agreement=agreement, version=0, data=data, by=cast.applicant)
    return Home(agreement, cast.applicant, ask)


def _asking_theirs(stage: Stage) -> Callable[[str], Sequence[tuple[Any, ...]]]:
    def ask(statement: str) -> Sequence[tuple[Any, ...]]:
        with stage.their_database() as theirs:
            return theirs.execute(statement.encode()).fetchall()

    return ask


def _writable(maria: MariaDB) -> TargetData:
    """The table in the MariaDB, and who may write there."""
    binary = "COLLATE utf8mb4_bin"
    maria.run(
        f"CREATE TABLE pushed (code varchar(12) {binary} PRIMARY KEY, name varchar(100) {binary})"
    )
    maria.run(f"GRANT ALL ON {BASE}.* TO {READER}")
    place = maria.place()
    return TargetData(
        kind=TargetKind.MYSQL,
        host=place.host,
        port=maria.port,
        database=place.database,
        username=place.username,
        password=place.password,
        relation="pushed",
        mode=PushMode.CHANGES,
    )


def _asking(maria: MariaDB) -> Callable[[str], Sequence[tuple[Any, ...]]]:
    place = maria.place()

    def ask(statement: str) -> Sequence[tuple[Any, ...]]:
        with (
            closing(
                pymysql.connect(
                    host=place.host,
                    port=maria.port,
                    user=place.username,
                    password=place.password,
                    database=place.database,
                )
            ) as theirs,
            theirs.cursor() as cursor,
        ):
            cursor.execute(statement)
            return cursor.fetchall()

    return ask


def _key(system: InformationSystem) -> str:
    steward = UserFactory(department=system.department, duties=[DutyKind.STEWARD])
    return issue_api_key(system=system, days=30, by=steward).secret
