"""The departments' own databases of the demonstration: real rows, connected and synchronised for real.

They are databases beside the portal's on the same server, each with a reader of its own, as a
department would give one out.
"""

import secrets
from datetime import time

import psycopg
from django.db import connection
from psycopg import sql

from catalog.models import JobMode, Resource, Source, Sweep
from catalog.services import indexing, run_queue, scheduling, sources, sync_jobs, sync_runs
from catalog.services.sources import SourceData
from catalog.services.sync_jobs import ReadingData
from catalog.sources.schedule import Rhythm, Schedule
from portal.demo.catalogue import entries
from portal.demo.people import Cast
from portal.demo.rows import TABLES, Table, rows_of
from portal.organisation.models import DutyKind, User

SOURCE_NAMES = {
    "civil": "民政业务库",
    "office": "办公业务库",
    "medicare": "医保业务库",
    "police": "车驾管业务库",
    "disabled": "残疾人服务业务库",
    "land": "不动产登记业务库",
    "transport": "运政业务库",
    "market": "登记注册业务库",
}
NIGHTLY = {
    "divisions": time(6, 0),
    "villages": time(6, 20),
    "allowances": time(6, 40),
    "homes": time(6, 50),
}
# Tables in which the department notes when each row last changed: read from that mark on.
MARKS = {"homes": "gxsj"}
# What callers order pages by: the sync makes these indexes with the table.
INDEXED = {"divisions": ("parent_code",), "homes": ("beds", "founded_on")}
LATE_SECONDS = 3600
SWEEP_RUNS = 7


def is_loaded() -> bool:
    wanted = [one["name"] for one in _mounted()]
    found = Resource.objects.filter(name__in=wanted, rows_changed_at__isnull=False)
    return found.count() == len(wanted)


def load(cast: Cast) -> None:
    """Make the databases, register them, set up the jobs and run each once; may run again."""
    for described in _mounted():
        department = described["department"]
        steward = cast.holder(department, DutyKind.STEWARD)
        resource = Resource.objects.get(
            department=cast.departments[department], name=described["name"], revision_of=None
        )
        if resource.has_rows:
            continue
        table = described["rows"]
        database = database_of(department)
        source = source_of(department, steward)
        _fill(database, source.username, table)
        job = sync_jobs.set_up_job(
            resource=resource,
            source=source,
            relation=f"public.{TABLES[table].name}",
            mapping=TABLES[table].mapping,
            version=0,
            by=steward,
            reading=_reading(table),
        )
        if table in NIGHTLY:
            scheduling.set_schedule(
                job=job, schedule=Schedule(Rhythm.DAILY, NIGHTLY[table]), by=steward
            )
        if table in INDEXED:
            indexing.mark(resource=resource, columns=INDEXED[table], by=steward)
        run = run_queue.start_run(job=job, by=steward)
        sync_runs.execute(run_id=run.pk)


def _reading(table: str) -> ReadingData:
    if table not in MARKS:
        return ReadingData()
    return ReadingData(
        mode=JobMode.INCREMENTAL,
        watermark_column=MARKS[table],
        overlap=LATE_SECONDS,
        sweep=Sweep.KEYS,
        sweep_every=SWEEP_RUNS,
    )


def _mounted() -> list[dict[str, str]]:
    return [one for one in entries() if one.get("rows") in TABLES]


def database_of(department: str) -> str:
    return f"{connection.settings_dict['NAME']}_{department}"


def source_of(department: str, steward: User) -> Source:
    """The department's source, with a database and a reader made for it the first time."""
    name = SOURCE_NAMES[department]
    database = database_of(department)
    found = Source.objects.filter(department=steward.department_id, name=name).first()
    if found is not None:
        return found
    password = secrets.token_urlsafe(18)
    reader = f"{database}_reader"[:63]
    ensure_database(database)
    ensure_account(reader, password)
    settings = connection.settings_dict
    data = SourceData(
        name=name,
        host=settings["HOST"],
        port=int(settings["PORT"] or 5432),
        database=database,
        username=reader,
        password=password,
    )
    return sources.register_source(department=steward.department, data=data, by=steward)


def ensure_database(database: str) -> None:
    with connected(connection.settings_dict["NAME"]) as portal:
        if not _exists(portal, "SELECT FROM pg_database WHERE datname = %s", database):
            portal.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def ensure_account(name: str, password: str) -> None:
    """A role that logs in with this password from now on."""
    with connected(connection.settings_dict["NAME"]) as portal:
        is_there = _exists(portal, "SELECT FROM pg_roles WHERE rolname = %s", name)
        verb = "ALTER" if is_there else "CREATE"
        portal.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(name), sql.Literal(password)
            )
        )


def _fill(database: str, reader: str, name: str) -> None:
    table = TABLES[name]
    with connected(database) as own, own.transaction():
        own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table.name)))
        own.execute(create(table))
        if name in MARKS:
            own.execute(
                sql.SQL("ALTER TABLE {} ADD COLUMN {} timestamptz NOT NULL DEFAULT now()").format(
                    sql.Identifier(table.name), sql.Identifier(MARKS[name])
                )
            )
        copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(sql.Identifier(column) for column, _type in table.columns),
        )
        with own.cursor() as cursor, cursor.copy(copy) as into:
            for row in rows_of(name):
                into.write_row(row)
        own.execute(
            sql.SQL("GRANT SELECT ON {} TO {}").format(
                sql.Identifier(table.name), sql.Identifier(reader)
            )
        )


def create(table: Table) -> sql.Composed:
    """The statement that makes it."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in table.columns
    )
    return sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(table.name), columns)


def connected(database: str) -> psycopg.Connection:
    given = connection.settings_dict
    return psycopg.connect(
        dbname=database,
        user=given["USER"],
        password=given["PASSWORD"],
        host=given["HOST"],
        port=given["PORT"] or None,
        autocommit=True,
    )


def _exists(at: psycopg.Connection, query: str, name: str) -> bool:
    return at.execute(query, [name]).fetchone() is not None
