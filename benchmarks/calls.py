"""Pages and verification over HTTP with key, view, role, quota and audit on."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.db import connection

from sharing.delivery import verifying

from .framework import ROWS, Contender, Pair, Stage, benchmark
from .granted import AT_ONCE, Granted, granted, serve

SPREAD = 7_368_787  # a prime


CALLS = int(os.environ.get("BENCH_CALLS", "4000"))


def called(address: str, paths: list[str], headers: dict[str, str]) -> None:
    """The paths, eight at once over connections that are kept; each must answer 200.

    By curl, as light a client as pgbench: one written in Python would be what is measured.
    """
    told = "".join(f'header = "{name}: {value}"\n' for name, value in headers.items())
    calls = "".join(f'url = "{address}{path}"\noutput = "/dev/null"\n' for path in paths)
    curl = ["curl", "-sf", "--parallel", "--parallel-max", str(AT_ONCE), "--config", "-"]
    codes = subprocess.run(
        [*curl, "--write-out", "%{http_code}\\n"],
        input=told + calls,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if codes != ["200"] * len(paths):
        raise RuntimeError(f"{len(codes)} answers, not all of them 200")


def pages_of(one: Granted) -> list[str]:
    """Pages of a hundred rows from any depth of the resource."""
    path = urlsplit(one.url("rows/")).path
    return [f"{path}?limit=100&code__gt={place:012d}" for place in spread(CALLS, ROWS)]


def spread(count: int, over: int) -> list[int]:
    """Places all over, in no order, and the same ones each time."""
    return [number * SPREAD % max(over - 100, 1) for number in range(count)]


@benchmark(
    "rows-pgbench",
    what="rows/?limit=100 at any depth, 8 clients",
    against="the same SQL by pgbench, 8 clients",
    aim=0.5,
)
def rows_beside_pgbench(stage: Stage) -> Pair:
    one = granted(stage)
    pgbench = stage.psql.with_name("pgbench")
    program = str(pgbench) if pgbench.exists() else shutil.which("pgbench")
    if program is None:
        raise RuntimeError("pgbench is missing: install postgresql-client's contrib programs")
    script = Path(tempfile.mkstemp(suffix=".sql")[1])
    script.write_text(
        f"\\set start random(0, {max(ROWS - 100, 1)})\n"
        f"SELECT json_agg(r) FROM (SELECT {one.columns} FROM store.r_{one.resource.pk}"
        " WHERE code > lpad(:start::text, 12, '0') ORDER BY code LIMIT 100) AS r;\n"
    )
    place = urlsplit(stage.database_url)
    call = (
        f"{program} -n -c {AT_ONCE} -j 2 -t {CALLS // AT_ONCE} -f {script}"
        f" -h {place.hostname} -p {place.port} -U {unquote(place.username or '')}"
        f" {place.path.lstrip('/')} > /dev/null"
    )
    paths = pages_of(one)
    key = {"Authorization": f"Api-Key {one.secret}"}
    return Pair(
        ours=Contender(run=lambda: called(one.address, paths, key)),
        other=Contender(run=lambda: stage.run(call)),
        rows=CALLS,
        remark=lambda: "calls a second, not rows",
    )


@benchmark(
    "rows-drf",
    what="rows/?limit=100 at any depth, 8 clients",
    against="a DRF ModelSerializer on the same rows, without key, quota and audit",
    aim=4,
)
def rows_beside_drf(stage: Stage) -> Pair:
    one = granted(stage)
    peer = serve(
        stage,
        "drf",
        "benchmarks.drf_peer:application",
        BENCH_TABLE=f"r_{one.resource.pk}",
        BENCH_COLUMNS=one.columns,
    )
    key = {"Authorization": f"Api-Key {one.secret}"}
    ours = pages_of(one)
    theirs = ["/?" + path.partition("?")[2] for path in ours]
    return Pair(
        ours=Contender(run=lambda: called(one.address, ours, key)),
        other=Contender(run=lambda: called(peer, theirs, {})),
        rows=CALLS,
        remark=lambda: "calls a second, not rows",
    )


@benchmark(
    "verify",
    what="verification of 10,000 keys over HTTP",
    against="one SQL join of the same keys",
    aim=1 / 1.5,
)
def verify(stage: Stage) -> Pair:
    one = granted(stage)
    keys = [f"{place:012d}" for place in spread(verifying.MOST, ROWS * 2)]
    body = Path(tempfile.mkstemp(suffix=".json")[1])
    body.write_text(json.dumps({"entries": keys}))
    answer = body.with_suffix(".answer")

    def ask() -> None:
        one.ask("verify/", "-H", "Content-Type: application/json", "-d", f"@{body}", into=answer)
        if f'"count":{len(keys)},' not in answer.read_text()[-100:]:
            raise RuntimeError("not every key was answered")

    def join() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT one.code IS NOT NULL FROM unnest(%s::text[]) WITH ORDINALITY AS given (code, n)"
                f" LEFT JOIN store.r_{one.resource.pk} AS one ON one.code = given.code ORDER BY n",
                [keys],
            )
            if len(cursor.fetchall()) != len(keys):
                raise RuntimeError("not every key was answered")

    return Pair(ours=Contender(run=ask), other=Contender(run=join), rows=len(keys))
