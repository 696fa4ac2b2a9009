"""The recipes of docs/recipes.md, run as they are written there."""

import csv
import io
import os
import re
import subprocess
import sys

import duckdb
import pytest
import requests
from django.conf import settings
from django.db import connection

from sharing.delivery.formats import PARQUET
from sharing.models import Pull
from tests.journeys.processes import web
from tests.sharing.preparing import ready, streamed
from tests.sharing.test_datastore import key_of

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = (settings.BASE_DIR / "docs" / "recipes.md").read_text(encoding="utf-8")
# What Power Query sends of its own.
POWER_QUERY = {
    "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
    "Accept-Encoding": "gzip, deflate",
    "Cache-Control": "no-cache",
    "Connection": "Keep-Alive",
}
CODE_PAGES = {"65001": "utf-8-sig", "54936": "gb18030"}


def recipes(heading: str, language: str) -> list[str]:
    """The blocks of one language under a heading, in their order."""
    section = re.split(r"(?m)^## ", DOCUMENT.partition(f"\n## {heading}")[2])[0]
    found = re.findall(rf"(?ms)^```{language}\n(.*?)^```$", section)
    assert found, heading
    return found


@pytest.fixture
def key(cast) -> str:
    return key_of(cast.system)


@pytest.fixture
def run(live_server, credentials, key, agreement, tmp_path):
    """Runs a recipe as who copied it: its output, after it has ended well."""

    def run(language: str, code: str) -> str:
        command = {"sh": ["bash", "-c", code], "python": [sys.executable, "-c", code]}[language]
        done = subprocess.run(
            command,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(settings.BASE_DIR / "clients" / "python" / "src"),
                "PORTAL": live_server.url,
                "AGREEMENT": agreement.number,
                "KEY": key,
                "CLIENT_ID": credentials["client_id"],
                "CLIENT_SECRET": credentials["client_secret"],
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.usefixtures("prepared_folder")
def test_curl(run, cast, agreement, tmp_path):
    ready(agreement, cast.system, format=PARQUET)
    pages, whole, prepared = recipes("curl", "sh")

    run("sh", pages)
    told = run("sh", whole)
    run("sh", prepared)

    lines = (tmp_path / "rows.jsonl").read_text().splitlines()
    assert lines[0] == '{"code": "000000000001", "name": "name 1"}'
    assert len(lines) == 5
    assert told == "rows.csv: OK\n"
    assert (tmp_path / "rows.csv").read_bytes() == streamed(agreement, cast.system)
    assert (tmp_path / "rows.parquet").read_bytes() == streamed(agreement, cast.system, PARQUET)


def test_pandas(run):
    plain, checked = recipes("pandas", "python")

    assert re.search(r"(?m)^count +5 +5$", run("python", plain))
    assert run("python", checked).split()[:4:2] == ["code", "name"]


def test_duckdb(run, cast, agreement, tmp_path):
    by_parquet, by_csv = recipes("DuckDB", "python")
    (tmp_path / "rows.csv").write_bytes(streamed(agreement, cast.system))

    told = run("python", by_parquet)
    counted = run("python", by_csv)

    assert "000000000005" in told
    assert re.findall(r"\b5\b", counted) == ["5", "5"]
    found = duckdb.sql(f"SELECT count(*) FROM '{tmp_path / 'rows.parquet'}'").fetchall()
    assert found == [(5,)]


def test_power_query(cast, agreement, key, tmp_path):
    # given a name that a spreadsheet would calculate, on the server that is used in production
    codes = [f"{i:012d}" for i in range(1, 6)]
    rename(agreement, codes[0], "=1+1 居民")
    with web(tmp_path) as address:
        for code in recipes("Excel", "powerquery"):
            # when
            answer, encoding = refreshed(code, address, agreement.number, key)
            rows = list(csv.reader(io.StringIO(answer.content.decode(encoding))))

            # then
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith("text/csv; charset=")
            assert "Trailer" not in answer.headers
            assert rows[0] == ["code", "name"]
            assert rows[1] == [codes[0], "'=1+1 居民"]
            assert [row[0] for row in rows[1:]] == codes
    assert list(Pull.objects.values_list("kind", "result")) == [("csv", "ok"), ("csv", "ok")]


def rename(agreement, code: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE store.r_{agreement.resource_id} SET name = %s WHERE code = %s", [name, code]
        )


def refreshed(code: str, address: str, number: str, key: str):
    """What Power Query asks for this query, and how it reads the answer."""
    path = re.search(r'RelativePath = "([^"]+)"', code)[1].replace("GXXY-2026-0001", number)
    query = dict(re.findall(r'(\w+) = "([^"]*)"', re.search(r"Query = \[(.*?)\]", code)[1]))
    scheme = re.search(r'Authorization = "([^"]+)" & Key', code)[1]
    answer = requests.get(
        f"{address}/{path}",
        params=query,
        headers={**POWER_QUERY, "Accept": None, "Authorization": scheme + key},
        timeout=30,
    )
    return answer, CODE_PAGES[re.search(r"Encoding = (\d+)", code)[1]]
