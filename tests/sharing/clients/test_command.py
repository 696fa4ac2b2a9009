"""The command `govshare` as pip installs it from the folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from sharing.models import Pull
from tests.sharing.follower import row, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What pip puts there out of a wheel that it built; what the client needs is in the environment."""
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir"]
    source = place / "source"
    subprocess.run(
        ["cp", "-r", settings.BASE_DIR / "clients" / "python", source], check=True, timeout=20
    )
    subprocess.run([*pip, "wheel", *offline, "-w", place, source], check=True, timeout=120)
    (wheel,) = place.glob("govshare_client-*.whl")
    subprocess.run(
        [*pip, "install", *offline, "--target", place / "site", wheel], check=True, timeout=120
    )
    return place / "site"


@pytest.fixture
def govshare(live_server, credentials, installed, tmp_path):
    def run(*arguments: str, exits: int = 0, given: str = "", **environment: str):
        known = {
            "GOVSHARE_URL": live_server.url,
            "GOVSHARE_CLIENT_ID": credentials["client_id"],
            "GOVSHARE_CLIENT_SECRET": credentials["client_secret"],
        }
        done = subprocess.run(
            [installed / "bin" / "govshare", "--language", "en", *arguments],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), **known, **environment},
            cwd=tmp_path,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == exits, done.stderr
        return done.stdout if exits == 0 else done.stderr

    return run


def test_the_wheel_holds_the_package_with_its_types(installed):
    package = installed / "govshare_client"
    source = settings.BASE_DIR / "clients" / "python" / "src" / "govshare_client"

    modules = {path.name for path in source.glob("*.py")}
    assert {path.name for path in package.glob("*.py")} == modules
    assert (package / "py.typed").exists()


def test_search_and_agreements_are_tables(govshare, resource, agreement):
    (found,) = govshare("search", resource.name).splitlines()
    (agreed,) = govshare("agreements").splitlines()

    assert found.split("\t")[0::2] == [str(resource.pk), resource.name]
    assert agreed.split("\t")[:2] == [agreement.number, "active"]


def test_rows_and_verification_are_json_lines(govshare, agreement):
    rows = govshare("rows", agreement.number, "--fields", "name", "--most", "2")
    listed = govshare("verify", agreement.number, "000000000001", "x")
    read = govshare("verify", agreement.number, given='{"code": "000000000001", "name": "?"}\n')

    assert [json.loads(line) for line in rows.splitlines()] == [
        {"name": "name 1"},
        {"name": "name 2"},
    ]
    assert [json.loads(line)["found"] for line in listed.splitlines()] == [True, False]
    assert json.loads(read) == {"found": True, "matched": [], "differ": ["name"]}


def test_an_export_becomes_a_file(govshare, agreement, tmp_path):
    told = json.loads(govshare("export", agreement.number, "rows.csv", "--fields", "name"))

    assert (tmp_path / "rows.csv").read_text().splitlines()[1] == "name 1"
    assert (told["rows"], told["bytes"]) == (5, (tmp_path / "rows.csv").stat().st_size)


def test_changes_and_a_copy_follow(govshare, scoped, stored, tmp_path):
    assert govshare("changes", scoped.number, "--cursor", "cursor") == ""
    taken = json.loads(govshare("apply", scoped.number, "rows.sqlite"))
    sync(stored, [row(1), row(2), row(3), row(9)])

    changed = govshare("changes", scoped.number, "--cursor", "cursor").splitlines()
    applied = json.loads(govshare("apply", scoped.number, "rows.sqlite"))

    assert taken == {"rows": 3, "changes": 0, "is_anew": True}
    assert [json.loads(line)["row"]["code"][-1] for line in changed] == ["9"]
    assert applied == {"rows": 4, "changes": 1, "is_anew": False}


@pytest.mark.parametrize(
    ("arguments", "environment", "exits", "words"),
    [
        (["rows", "GXXY-1999-0001"], {}, 1, "404 not_found"),
        (["agreements"], {"GOVSHARE_CLIENT_SECRET": "wrong"}, 1, "401 invalid_client"),
        (["agreements"], {"GOVSHARE_URL": ""}, 2, "set GOVSHARE_URL"),
        (["agreements"], {"GOVSHARE_API_KEY": "k"}, 2, "client_id and client_secret, or api_key"),
        (["rows", "N", "--filter", "{"], {}, 2, "--filter: not JSON"),
        (["verify", "N"], {"given": "{"}, 2, "the input: not JSON"),
        (["export", "N", "rows.xlsx"], {}, 2, "--format is one of csv, jsonl, parquet, arrow"),
    ],
)
def test_refusals_are_words_and_an_exit_code(govshare, arguments, environment, exits, words):
    assert words in govshare(*arguments, exits=exits, **environment)

    assert not Pull.objects.exists()
