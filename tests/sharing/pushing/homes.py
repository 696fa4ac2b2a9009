"""The requester's own databases, into which rows are pushed: real ones, one of each kind."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sharing.delivery import pushing
from sharing.models import Agreement, Push, PushTarget, TargetKind
from sharing.services import push_targets, pushes
from sharing.services.push_targets import TargetData
from tests.catalog.sources.database import BusinessDatabase, admin
from tests.catalog.sources.mariadb import MariaDB

WRITER = "portal_test_writer"
PASSWORD = "writer's p@ss word"


@dataclass
class Home:
    """`run` acts as the owner of the database; the portal writes as WRITER."""

    kind: TargetKind
    database: str
    port: int
    host: str
    server: BusinessDatabase | MariaDB
    relation: str

    def run(self, statement: str) -> Sequence[tuple[Any, ...]]:
        found = self.server.run(statement)
        if isinstance(found, tuple):
            return found
        return found.fetchall() if found.description else []

    def rows(self, columns: str = "code, name") -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in self.run(f"SELECT {columns} FROM divisions"))

    def make(self) -> None:
        """The table as the portal's own statement makes it, for an agreement of code and name."""
        bin = " COLLATE utf8mb4_bin" if self.kind == TargetKind.MYSQL else ""
        self.run(
            f"CREATE TABLE divisions (code varchar(12){bin} PRIMARY KEY, name varchar(100){bin})"
        )

    def let(self, *rights: str, table: str = "divisions") -> None:
        self.run(f"GRANT {', '.join(rights)} ON {table} TO {WRITER}")

    def data(self, **changes: Any) -> TargetData:
        known: dict[str, Any] = {
            "kind": self.kind,
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "username": WRITER,
            "password": PASSWORD,
            "relation": self.relation,
            "makes_table": True,
        }
        return TargetData(**{**known, **changes})

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Somebody of the department holds the table: who writes to it has to wait."""
        if self.kind == TargetKind.MYSQL:
            self.run("LOCK TABLES divisions READ")
            yield
            self.run("UNLOCK TABLES")
        else:
            with admin(self.database) as colleague, colleague.transaction():
                colleague.execute("LOCK TABLE divisions IN SHARE MODE")
                yield

    def until_somebody_waits(self) -> None:
        waiting = (
            "SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table%'"
            if self.kind == TargetKind.MYSQL
            else "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        deadline = time.monotonic() + 60
        while not self.run(waiting):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def register(self, agreement: Agreement, by: Any, **changes: Any) -> PushTarget:
        return push_targets.set_target(
            agreement=agreement, version=0, data=self.data(**changes), by=by
        )


def pushed(agreement: Agreement, by: Any, *, is_whole: bool = False) -> Push:
    """A push, asked for and carried out as by a worker."""
    push = pushes.start(agreement=agreement, by=by, is_whole=is_whole)
    pushing.execute(push_id=push.pk)
    return Push.objects.get(pk=push.pk)
