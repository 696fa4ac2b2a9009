"""Sync: a department's PostgreSQL → the store, held against psql's \\copy of the same rows."""

import resource as process

import psycopg
from django.contrib.auth.models import Group
from django.db import connection
from psycopg.conninfo import make_conninfo

from catalog.models import (
    DataFormat,
    DataItem,
    Grade,
    ItemType,
    Resource,
    ResourceClass,
    RunState,
    SharingAttribute,
    Source,
    SyncJob,
    SyncRun,
    UpdateFrequency,
)
from catalog.services import run_queue, sync_runs
from catalog.sources import credentials
from catalog.store.columns import Column
from portal.organisation.models import Department, Region, RegionLevel

from .framework import ROWS, Contender, Pair, Stage, benchmark

BUSINESS = "bench_business"
COLUMNS = (
    ("code", ItemType.CHARACTER, 12, "lpad(i::text, 12, '0')::varchar(12)"),
    ("name", ItemType.CHARACTER, 100, "('名称' || md5(i::text))::varchar(100)"),
    ("address", ItemType.MEMO, None, "'地址' || md5((i * 7)::text) || i"),
    ("people", ItemType.INTEGER, None, "(i % 1000)::bigint"),
    ("amount", ItemType.CURRENCY, None, "(i * 1.37)::numeric(18, 2)"),
    ("rate", ItemType.NUMERIC, None, "(i % 97)::numeric"),
    ("born", ItemType.DATE, None, "date '2000-01-01' + (i % 9000)"),
    ("at", ItemType.DATETIME, None, "timestamptz '2020-01-01 00:00Z' + i * interval '1 s'"),
    ("flag", ItemType.LOGICAL, None, "i % 2 = 0"),
    ("share", ItemType.DOUBLE, None, "(i * 0.5)::float8"),
    ("mark", ItemType.CHARACTER, 40, "md5((i + 1)::text)::varchar(40)"),
    ("memo", ItemType.MEMO, None, "CASE WHEN i % 5 > 0 THEN 'memo ' || i END"),
)


class Business:
    """The source's database with ROWS rows in `public.given`, and a job that reads them."""

    name = BUSINESS

    def __init__(self, stage: Stage) -> None:
        with psycopg.connect(_conninfo(), autocommit=True) as cluster:
            cluster.execute(f"DROP DATABASE IF EXISTS {BUSINESS} (FORCE)")
            cluster.execute(f"CREATE DATABASE {BUSINESS}")
        self.owner = psycopg.connect(_conninfo(dbname=BUSINESS), autocommit=True)
        made = ", ".join(f"{expression} AS {name}" for name, _, _, expression in COLUMNS)
        self.owner.execute(f"CREATE TABLE given AS SELECT {made} FROM generate_series(1, {ROWS}) i")
        self.owner.execute("ALTER TABLE given ADD PRIMARY KEY (code)")
        self.owner.execute("VACUUM ANALYZE given")
        self.job = _job()
        self.own_source = self.job.source
        self.stage = stage
        self.turn = 0

    def sync(self) -> SyncRun:
        """What a worker does for one run, without the message."""
        self.job.refresh_from_db()
        run = run_queue.start_scheduled_run(job_id=self.job.pk)
        if run is None:
            raise RuntimeError("a run is under way already")
        sync_runs.execute(run_id=run.pk)
        run.refresh_from_db()
        if run.state != RunState.SUCCEEDED:
            raise RuntimeError(f"{run.failure_code} {run.failure_data}")
        return run

    def forget(self) -> None:
        """As if no run had been: then fewer rows are no fewer than before."""
        Resource.objects.filter(pk=self.job.resource_id).update(row_count=None)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS store.r_{self.job.resource_id}")

    def change(self) -> None:
        """2 % of the rows: 1 % changed, 0.5 % gone, 0.5 % new."""
        self.turn += 1
        mark = f"{self.turn:03d}"
        self.owner.execute(
            f"UPDATE given SET name = name || 'x' WHERE ctid IN"
            f" (SELECT ctid FROM given TABLESAMPLE BERNOULLI (1) REPEATABLE ({self.turn}))"
        )
        self.owner.execute(
            f"UPDATE given SET code = 'n{mark}' || right(code, 8) WHERE ctid IN"
            f" (SELECT ctid FROM given TABLESAMPLE BERNOULLI (0.5) REPEATABLE ({self.turn}))"
            f" AND code NOT LIKE 'n%'"
        )
        self.owner.execute("VACUUM ANALYZE given")

    def make_copy_target(self) -> None:
        quietly = "SET client_min_messages = error; DROP TABLE IF EXISTS copied"
        self.stage.run(self.stage.psql_call(quietly))
        columns = ", ".join(
            f"{name} {Column(name, kind, size).type}" for name, kind, size, _ in COLUMNS
        )
        made = f"CREATE TABLE copied ({columns}, PRIMARY KEY (code))"
        self.stage.run(self.stage.psql_call(made))

    def psql_copy(self) -> None:
        self.stage.run(
            self.stage.psql_call("\\copy given to stdout", database=BUSINESS),
            self.stage.psql_call("\\copy copied from stdin"),
        )

    @property
    def against(self) -> Contender:
        return Contender(run=self.psql_copy, before=self.make_copy_target)


def business_of(stage: Stage) -> Business:
    found = stage.facts.get("business")
    if not isinstance(found, Business):
        found = stage.facts["business"] = Business(stage)
    return found


@benchmark(
    "sync-first",
    what="first sync, PostgreSQL → store, primary key",
    against="psql \\copy | psql \\copy",
    aim=0.6,
)
def first(stage: Stage) -> Pair:
    business = business_of(stage)
    return Pair(
        ours=Contender(run=lambda: _check(business.sync(), inserted=ROWS), before=business.forget),
        other=business.against,
        rows=ROWS,
        remark=_memory,
    )


@benchmark(
    "sync-changed",
    what="sync with 2 % changed, gone and new",
    against="psql \\copy | psql \\copy of all rows",
    aim=None,
)
def changed(stage: Stage) -> Pair:
    business = business_of(stage)
    business.sync()
    return Pair(
        ours=Contender(run=lambda: _check(business.sync()), before=business.change),
        other=business.against,
        rows=ROWS,
        remark=_memory,
    )


@benchmark(
    "sync-unchanged",
    what="sync with nothing changed, no row written",
    against="psql \\copy | psql \\copy of all rows",
    aim=0.5,
)
def unchanged(stage: Stage) -> Pair:
    business = business_of(stage)
    business.sync()
    before = _written(business)

    def run() -> None:
        done = business.sync()
        if (done.rows_inserted, done.rows_updated, done.rows_deleted) != (0, 0, 0):
            raise RuntimeError("rows were written")

    def remark() -> str:
        if more := _written(business) - before:
            raise RuntimeError(f"PostgreSQL counts {more} rows written")
        return f"PostgreSQL counts no row written; {_memory()}"

    return Pair(ours=Contender(run=run), other=business.against, rows=ROWS, remark=remark)


def _written(business: Business) -> int:
    """Rows that were ever inserted, updated or deleted in the store's table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with psycopg.connect(_conninfo()) as beside:
        found = beside.execute(
            "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables"
            " WHERE schemaname = 'store' AND relname = %s",
            [f"r_{business.job.resource_id}"],
        ).fetchone()
    if not found or not found[0]:
        raise RuntimeError("PostgreSQL has counted nothing, not even the first sync")
    return int(found[0])


def _check(run: SyncRun, *, inserted: int | None = None) -> None:
    if run.rows_read != ROWS or inserted not in (None, run.rows_inserted):
        raise RuntimeError(f"{run.rows_read} rows were read, {run.rows_inserted} inserted")


def _memory() -> str:
    peak = process.getrusage(process.RUSAGE_SELF).ru_maxrss / 1024
    return f"peak of the process {peak:.0f} MB"


def _job() -> SyncJob:
    nation, _made = Region.objects.get_or_create(
        code="000000", defaults={"name": "China", "level": RegionLevel.NATION}
    )
    department = Department.objects.create(
        name="Benchmark",
        short_name="Benchmark",
        uscc="11000000000000000X",
        region=nation,
        group=Group.objects.create(name="benchmark"),
    )
    held = Resource.objects.create(
        code="307012001/000001",
        name="Benchmark rows",
        abstract="Rows for measuring.",
        department=department,
        resource_class=ResourceClass.DEPARTMENT,
        classification="07012001",
        data_format=DataFormat.DATABASE,
        update_frequency=UpdateFrequency.DAILY,
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        grade=Grade.L1,
    )
    for position, (name, kind, size, _) in enumerate(COLUMNS, 1):
        DataItem.objects.create(
            resource=held,
            position=position,
            name=name,
            column=name,
            type=kind,
            length=size,
            is_key=position == 1,
            is_nullable=position > 1,
        )
    known = connection.get_connection_params()
    source = Source.objects.create(
        department=department,
        name="business",
        host=known["host"],
        port=known["port"],
        database=BUSINESS,
        username=known["user"],
        sealed_password=credentials.seal(known["password"]),
    )
    return SyncJob.objects.create(
        resource=held,
        source=source,
        relation="public.given",
        mapping={name: name for name, *_ in COLUMNS},
    )


def _conninfo(**changes: str) -> str:
    known = connection.get_connection_params()
    named = {name: known[name] for name in ("host", "port", "user", "password", "dbname")}
    return make_conninfo(**{**named, **changes})
