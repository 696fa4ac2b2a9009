"""A consumer of changes, and syncs for it to follow."""

import json
import time
from collections.abc import Callable, Iterable

from django.db import connection, transaction

from catalog.models import Resource
from catalog.store.merge import Counts
from catalog.store.tables import table_of
from portal.organisation.models import InformationSystem, User
from sharing import waking
from sharing.delivery import changes, exports
from sharing.models import Agreement
from tests.catalog.store.shared import give

Row = tuple[str, str | None, str | None]


def sync(resource: Resource, rows: Iterable[Row], *, pause: float = 0) -> Counts:
    """Make the resource hold exactly these rows, as a run of its job does; `pause` before the commit."""
    with transaction.atomic(), connection.cursor() as wrapped:
        counts = give(wrapped.cursor, table_of(resource), list(rows))
        Resource.objects.filter(pk=resource.pk).update(row_count=counts.total)
        time.sleep(pause)
    waking.call_out(resource.pk)
    return counts


def ask(agreement: Agreement, party: User | InformationSystem, **asked: object) -> dict:
    given = {name: [str(value)] for name, value in asked.items()}
    return json.loads(changes.changes(number=agreement.number, party=party, asked=given))


class Follower:
    """Holds what it was given, by key, and stands at a cursor."""

    def __init__(self, agreement: Agreement, party: User | InformationSystem) -> None:
        self.agreement, self.party = agreement, party
        self.rows: dict[str, dict] = {}
        self.cursor = ""

    def take_export(self, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """`meanwhile` happens when the export has begun and nothing of it was read yet."""
        stream = exports.export(number=self.agreement.number, party=self.party)
        meanwhile()
        header, *lines = b"".join(stream).decode().splitlines()
        names = header.split(",")
        rows = [
            dict(zip(names, [v or None for v in line.split(",")], strict=True)) for line in lines
        ]
        self.rows = {row["code"]: row for row in rows}
        self.cursor = stream.cursor

    def catch_up(self, *, limit: int = 1000) -> list[str]:
        """What it was told, as kinds; each has to fit what it holds."""
        kinds = []
        while True:
            answer = ask(self.agreement, self.party, since=self.cursor, limit=limit)
            for change in answer["changes"]:
                self.apply(change)
                kinds.append(change["kind"])
            self.cursor = answer["next"]
            if not answer["more"]:
                return kinds

    def apply(self, change: dict) -> None:
        row, code = change["row"], change["row"]["code"]
        match change["kind"]:
            case "insert":
                assert code not in self.rows
                self.rows[code] = row
            case "update":
                assert self.rows[code] != row
                self.rows[code] = row
            case "delete":
                assert row == {"code": code}
                del self.rows[code]


def row(i: int, name: str | None = "name", parent: str | None = "1"):
    return (f"{i:012d}", name, parent)


def codes(answer) -> list[tuple[str, int]]:
    return [(change["kind"], int(change["row"]["code"])) for change in answer["changes"]]
