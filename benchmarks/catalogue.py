"""The catalogue at the size of a province: pages beside the bare SQL, and how they grow.

Three synthetic provinces are loaded by `seed_scale`: few entries and grants, a province's entries with
few grants, and with a million. A request is answered by the whole stack but the socket. A run is a
number of requests one after another; the remark gives the 95th percentile of a single one.
"""

import io
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client

from catalog import search
from catalog.models import Resource, ResourceState
from catalog.querysets import audience_of
from portal.demo.scale.province import READER
from portal.organisation.models import User

from .framework import Contender, Pair, Stage, benchmark

MOST = int(os.environ.get("BENCH_RESOURCES", "40000"))
SIZES = {
    "few": {"resources": MOST // 10, "grants": 1000},
    "entries": {"resources": MOST, "grants": 1000},
    "grants": {"resources": MOST, "grants": MOST * 25},
}
REQUESTS = 40
GROWTH = 1 / 1.3
WORDS = ("户籍人口", "公积金", "停车场 名录", "云川市企业", "证件号码", "特种设备 检查", "登记信息")
LISTS = ("", "page=3", "grade=L1&format=3", "sharing_attribute=conditional")
FACETS = """
    SELECT sharing_attribute, data_format, update_frequency, grade, department_id, count(*)
    FROM catalog_resource WHERE state = %s AND visible_to && %s::int[] {words}
    GROUP BY GROUPING SETS (
        (sharing_attribute), (data_format), (update_frequency), (grade), (department_id), ()
    )
"""
PAGE = """
    SELECT id, code, name, abstract, sharing_attribute, grade, updated_at
    FROM catalog_resource WHERE state = %s AND visible_to && %s::int[] {words}
    ORDER BY updated_at DESC, id DESC LIMIT 20
"""
ENTRY = "SELECT * FROM catalog_resource WHERE id = %s AND state = %s AND visible_to && %s::int[]"
ITEMS = "SELECT * FROM catalog_dataitem WHERE resource_id = %s ORDER BY position"


@dataclass
class Province:
    """One loaded database, the reader's client, and what single requests took there."""

    database: str
    client: Client
    audience: list[int]
    entries: list[int]
    taken: list[float] = field(default_factory=list)

    def asks(self, addresses: Sequence[str]) -> Callable[[], None]:
        def run() -> None:
            with using(self.database):
                for place in range(REQUESTS):
                    self.timed(addresses[place % len(addresses)])

        return run

    def timed(self, address: str) -> None:
        began = time.perf_counter()
        answer = self.client.get(address)
        self.taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")

    @property
    def details(self) -> list[str]:
        return [f"/catalog/{key}/" for key in self.entries]


@contextmanager
def using(database: str) -> Iterator[None]:
    """Let the process's connection lead to another database of the same server."""
    before = connection.settings_dict["NAME"]
    _lead_to(database)
    try:
        yield
    finally:
        _lead_to(before)


def _lead_to(database: str) -> None:
    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database
        ContentType.objects.clear_cache()


def province(stage: Stage, name: str) -> Province:
    """Loaded when it is asked for first, then kept for the other rows of the table."""
    if held := stage.facts.get(f"province {name}"):
        assert isinstance(held, Province)  # noqa: S101 - for the type checker
        return held
    database = f"province_{name}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{database}"')
    with using(database):
        call_command("migrate", verbosity=0)
        call_command("seed_scale", departments=500, rows=0, stdout=io.StringIO(), **SIZES[name])
        call_command("collectstatic", interactive=False, verbosity=0)
        reader = User.objects.get(username=READER)
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(reader)
        found = Province(
            database=database,
            client=client,
            audience=audience_of(reader),
            entries=list(
                Resource.objects.permitted(reader, "view_resource")
                .order_by("code")
                .values_list("pk", flat=True)[: REQUESTS * 7 : 7]
            ),
        )
    stage.facts[f"province {name}"] = found
    return found


def _bare(held: Province, statements: Sequence[tuple[str, list[Any]]]) -> Callable[[], None]:
    """The same questions to PostgreSQL and nothing else; `statements` are asked in turn."""

    def run() -> None:
        with using(held.database), connection.cursor() as cursor:
            for statement, values in statements:
                cursor.execute(statement, values)
                cursor.fetchall()

    return run


def _lists(held: Province, words: Sequence[str]) -> list[tuple[str, list[Any]]]:
    asked: list[tuple[str, list[Any]]] = []
    for place in range(REQUESTS):
        values: list[Any] = [ResourceState.PUBLISHED.value, held.audience]
        condition = ""
        if words:
            condition = "AND search @@ %s::tsquery"
            values.append(search.parse(words[place % len(words)]).as_tsquery())
        asked += [(FACETS.format(words=condition), values), (PAGE.format(words=condition), values)]
    return asked


def _p95(*provinces: Province) -> Callable[[], str]:
    """What single requests took; the first run of each warmed up and is left out."""

    def told() -> str:
        return ", ".join(
            f"p95 {statistics.quantiles(one.taken[REQUESTS:], n=20)[-1] * 1000:.0f} ms"
            for one in provinces
        )

    for one in provinces:
        one.taken.clear()
    return told


def _beside_sql(
    stage: Stage, addresses: Sequence[str], bare: Callable[[Province], Callable[[], None]]
) -> Pair:
    held = province(stage, "grants")
    asked = addresses or held.details
    return Pair(
        ours=Contender(run=held.asks(asked)),
        other=Contender(run=bare(held)),
        rows=REQUESTS,
        remark=_p95(held),
    )


@benchmark(
    "search-page",
    what=f"search with facets, {MOST * 25:,} grants",
    against="bare SQL for page and counts",
    aim=None,
)
def search_page(stage: Stage) -> Pair:
    asked = [f"/catalog/?q={words}" for words in WORDS]
    return _beside_sql(stage, asked, lambda held: _bare(held, _lists(held, WORDS)))


@benchmark(
    "list-page",
    what=f"catalogue list with facets, {MOST * 25:,} grants",
    against="bare SQL for page and counts",
    aim=None,
)
def list_page(stage: Stage) -> Pair:
    asked = [f"/catalog/?{query}" for query in LISTS]
    return _beside_sql(stage, asked, lambda held: _bare(held, _lists(held, ())))


@benchmark(
    "detail-page",
    what=f"page of one entry, {MOST * 25:,} grants",
    against="bare SQL for entry and items",
    aim=None,
)
def detail_page(stage: Stage) -> Pair:
    def bare(held: Province) -> Callable[[], None]:
        asked: list[tuple[str, list[Any]]] = []
        for key in held.entries:
            asked += [
                (ENTRY, [key, ResourceState.PUBLISHED.value, held.audience]),
                (ITEMS, [key]),
            ]
        return _bare(held, asked)

    return _beside_sql(stage, (), bare)


def _growth(stage: Stage, small: str, large: str, addresses: Sequence[str]) -> Pair:
    before, after = province(stage, small), province(stage, large)
    return Pair(
        ours=Contender(run=after.asks(addresses or after.details)),
        other=Contender(run=before.asks(addresses or before.details)),
        rows=REQUESTS,
        remark=_p95(after, before),
    )


def _grows(kind: str, addresses: Sequence[str]) -> None:
    """Two rows of the table: ten times the entries, a thousand times the grants."""

    @benchmark(
        f"{kind}-entries",
        what=f"{kind} at {MOST:,} entries",
        against=f"{kind} at {MOST // 10:,}",
        aim=GROWTH,
    )
    def entries(stage: Stage) -> Pair:
        return _growth(stage, "few", "entries", addresses)

    @benchmark(
        f"{kind}-grants",
        what=f"{kind} with {MOST * 25:,} grants",
        against=f"{kind} with 1,000",
        aim=GROWTH,
    )
    def grants(stage: Stage) -> Pair:
        return _growth(stage, "entries", "grants", addresses)


_grows("list", [f"/catalog/?{query}" for query in LISTS])
_grows("search", [f"/catalog/?q={words}" for words in WORDS])
_grows("detail", ())
