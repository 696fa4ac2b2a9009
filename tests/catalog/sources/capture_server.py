"""A department's PostgreSQL that writes its log for logical replication, on loopback, thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from catalog.models import JobMode, SyncJob
from portal.embedded import account
from portal.embedded.place import Place
from portal.embedded.postgres import SUPERUSER, Postgres

from .database import PASSWORD, READER, BusinessDatabase, let_read

BASE = "business"


@dataclass
class CaptureServer(BusinessDatabase):
    """`run` acts as superuser; READER may read what is made, replicate and make publications."""

    def job(self, resource, **changes) -> SyncJob:
        job = super().job(resource, **changes)
        job.mode = JobMode.CAPTURE
        job.source_types = dict(
            self.run(
                "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = 'divisions'::regclass AND attnum > 0"
            ).fetchall()
        )
        job.save()
        return job

    def table(self, rows: list[tuple[object, ...]], table: str = "divisions") -> None:
        """As `fill`, the table READER's own."""
        self.fill(rows, table)
        self.run(f"ALTER TABLE {table} OWNER TO {READER}")

    def slots(self) -> list[str]:
        return [
            name for (name,) in self.run("SELECT slot_name FROM pg_replication_slots ORDER BY 1")
        ]

    def publications(self) -> list[str]:
        return [name for (name,) in self.run("SELECT pubname FROM pg_publication ORDER BY 1")]

    def clean(self) -> None:
        self.run(f"ALTER ROLE {READER} REPLICATION")
        self.run(
            "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
            " WHERE active_pid IS NOT NULL"
        )
        self.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        for name in self.publications():
            self.run(f"DROP PUBLICATION {name}")
        let_read(self.owner)
        self.run(f"GRANT CREATE ON SCHEMA public TO {READER}")

    def another(self, dbname: str = BASE) -> psycopg.Connection:
        """One more session of the superuser."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=SUPERUSER,
            password=self.owner.info.password,
            dbname=dbname,
            autocommit=True,
        )


@contextmanager
def capture_server(**settings: str) -> Iterator[CaptureServer]:
    with tempfile.TemporaryDirectory(prefix="portal-tests-capture-") as directory:
        place = Place(Path(directory))
        place.create()
        server = Postgres(place, account.for_servers(place), throw_away=True)
        # What is committed must be in the log at once, as it is at a department's.
        server.settings |= {"synchronous_commit": "on", "shared_buffers": "32MB"}
        server.settings |= {"max_replication_slots": "4", **settings}
        server.start()
        try:
            with _connected(place, server, "postgres") as cluster:
                cluster.execute(
                    sql.SQL("CREATE ROLE {} LOGIN REPLICATION PASSWORD {}").format(
                        sql.Identifier(READER), sql.Literal(PASSWORD)
                    )
                )
                cluster.execute(f"CREATE DATABASE {BASE}".encode())
                cluster.execute(f"GRANT CREATE ON DATABASE {BASE} TO {READER}".encode())
            with _connected(place, server, BASE) as owner:
                yield CaptureServer(BASE, "127.0.0.1", server.port, owner)
        finally:
            server.stop()


def _connected(place: Place, server: Postgres, dbname: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user=SUPERUSER,
        password=place.password(SUPERUSER),
        dbname=dbname,
        autocommit=True,
    )
