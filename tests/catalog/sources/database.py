"""A department's own database: a second one in the cluster that the tests run on."""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from catalog.models import Resource, Source, SyncJob
from catalog.sources import credentials
from catalog.sources.connector import Place
from portal.organisation.models import Department
from tests.factories import SourceFactory

READER = "portal_test_reader"
PASSWORD = "reader's p@ss word"


@dataclass
class BusinessDatabase:
    """`run` acts as its owner; the portal reads as READER, who may SELECT in schema public."""

    name: str
    host: str
    port: int
    owner: psycopg.Connection[Any]

    def run(self, statement: str, values: list[object] | None = None) -> psycopg.Cursor[Any]:
        return self.owner.execute(statement.encode(), values)

    def fill(self, rows: list[tuple[object, ...]], table: str = "divisions") -> None:
        """The table of three text columns that the factory's resource expects, with these rows."""
        self.run(f"DROP TABLE IF EXISTS {table}")
        self.run(
            f"CREATE TABLE {table} (code varchar(12) PRIMARY KEY, name text, parent_code text)"
        )
        with self.owner.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s)".encode(), rows)

    def place(self, **changes: Any) -> Place:
        known = {
            "host": self.host,
            "port": self.port,
            "database": self.name,
            "username": READER,
            "password": PASSWORD,
        }
        return Place(**{**known, **changes})

    def source(self, department: Department, **changes: Any) -> Source:
        place = self.place(**changes)
        return SourceFactory(
            department=department,
            host=place.host,
            port=place.port,
            database=place.database,
            username=place.username,
            sealed_password=credentials.seal(place.password),
        )

    def job(self, resource: Resource, **changes: Any) -> SyncJob:
        """A job from `public.divisions` into the resource, each item from the column of its name."""
        return SyncJob.objects.create(
            resource=resource,
            source=self.source(resource.department, **changes),
            relation="public.divisions",
            mapping={item.column: item.column for item in resource.items.all()},
        )


def server() -> dict[str, Any]:
    """How the tests' own connection was made, for connections beside it."""
    known = connection.get_connection_params()
    return {name: known[name] for name in ("host", "port", "user", "password") if name in known}


def admin(dbname: str = "postgres") -> psycopg.Connection[Any]:
    return psycopg.connect(**server(), dbname=dbname, autocommit=True)


def make_database(name: str, options: str = "") -> None:
    with admin() as cluster:
        cluster.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))
        cluster.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}".encode())


def drop_database(name: str) -> None:
    with admin() as cluster:
        cluster.execute(sql.SQL("DROP DATABASE {} (FORCE)").format(sql.Identifier(name)))


def make_reader() -> None:
    with admin() as cluster:
        found = cluster.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER]).fetchone()
        command = "ALTER ROLE" if found is not None else "CREATE ROLE"
        cluster.execute(
            sql.SQL("{} {} LOGIN PASSWORD {} CONNECTION LIMIT -1").format(
                sql.SQL(command), sql.Identifier(READER), sql.Literal(PASSWORD)
            )
        )


def let_read(owner: psycopg.Connection[Any]) -> None:
    """An empty schema public, in which whatever is made can be read by READER."""
    owner.execute("DROP SCHEMA IF EXISTS public CASCADE")
    owner.execute("CREATE SCHEMA public")
    owner.execute(f"GRANT USAGE ON SCHEMA public TO {READER}".encode())
    owner.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {READER}".encode()
    )
