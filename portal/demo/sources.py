"""The departments' own databases of the demonstration: real rows, connected and synchronised for real.

They are databases beside the portal's on the same server, each with a reader of its own, as a
department would give one out.
"""

import secrets
from datetime import time

import psycopg
from django.db import connection
from psycopg import sql

from catalog.models import Resource, Source
from catalog.services import sources, sync_jobs, sync_runs
from catalog.services.sources import SourceData
from catalog.sources.schedule import Rhythm, Schedule
from portal.demo.catalogue import entries
from portal.demo.people import Cast
from portal.demo.rows import TABLES, Table, rows_of
from portal.organisation.models import DutyKind, User

SOURCE_NAMES = {"civil": "民政业务库", "office": "办公业务库"}
NIGHTLY = {
    "divisions": time(6, 0),
    "villages": time(6, 20),
    "allowances": time(6, 40),
    "homes": time(6, 50),
}


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
        database = f"{connection.settings_dict['NAME']}_{department}"
        source = _source(department, database, steward)
        _fill(database, source.username, table)
        job = sync_jobs.set_up_job(
            resource=resource,
            source=source,
            relation=f"public.{TABLES[table].name}",
            mapping=TABLES[table].mapping,
            version=0,
            by=steward,
        )
        if table in NIGHTLY:
            sync_jobs.set_schedule(
                job=job, schedule=Schedule(Rhythm.DAILY, NIGHTLY[table]), by=steward
            )
        run = sync_runs.start_run(job=job, by=steward)
        sync_runs.execute(run_id=run.pk)


def _mounted() -> list[dict[str, str]]:
    return [one for one in entries() if "rows" in one]


def _source(department: str, database: str, steward: User) -> Source:
    """The department's source, with a database and a reader made for it the first time."""
    name = SOURCE_NAMES[department]
    found = Source.objects.filter(department=steward.department_id, name=name).first()
    if found is not None:
        return found
    password = secrets.token_urlsafe(18)
    reader = f"{database}_reader"[:63]
    with _connected(connection.settings_dict["NAME"]) as portal:
        if not _exists(portal, "SELECT FROM pg_database WHERE datname = %s", database):
            portal.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        verb = (
            "ALTER"
            if _exists(portal, "SELECT FROM pg_roles WHERE rolname = %s", reader)
            else "CREATE"
        )
        portal.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(reader), sql.Literal(password)
            )
        )
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


def _fill(database: str, reader: str, name: str) -> None:
    table = TABLES[name]
    with _connected(database) as own, own.transaction():
        own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table.name)))
        own.execute(_create(table))
        copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table.name))
        with own.cursor() as cursor, cursor.copy(copy) as into:
            for row in rows_of(name):
                into.write_row(row)
        own.execute(
            sql.SQL("GRANT SELECT ON {} TO {}").format(
                sql.Identifier(table.name), sql.Identifier(reader)
            )
        )


def _create(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in table.columns
    )
    return sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(table.name), columns)


def _connected(database: str) -> psycopg.Connection:
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
