"""The production settings start on nothing that only suits a demonstration."""

import subprocess
import sys

import pytest

from portal.embedded.place import CHECKOUT
from tests.portal.conftest import environment

WHOLE = {
    "SECRET_KEY": "k" * 50,
    "DATABASE_URL": "postgres://portal@database.example/portal",
    "REDIS_URL": "redis://cache.example/0",
    "SOURCE_CREDENTIAL_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "AUDIT_SIGNING_KEYS": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=",
    "ALLOWED_HOSTS": "portal.example",
}


def _start(directory, code="", **settings):
    given = environment(PORTAL_DATA_DIR=str(directory / "data"), **settings)
    for name in set(given) & {*WHOLE, "DEBUG"} - set(settings):
        del given[name]
    return subprocess.run(
        [sys.executable, "-c", f"from portal.settings import production as s\n{code}"],
        env=given,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_that_is_missing_is_named_at_once(tmp_path):
    done = _start(tmp_path)

    named = [line.split(":")[0].strip() for line in done.stderr.splitlines() if line[:2] == "  "]
    assert done.returncode == 1
    assert named[-6:] == [
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "ALLOWED_HOSTS",
        "SOURCE_CREDENTIAL_KEYS",
        "AUDIT_SIGNING_KEYS",
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET_KEY", "k" * 49), ("ALLOWED_HOSTS", "*"), ("DEBUG", "true"), ("REDIS_URL", "")],
)
def test_one_unfit_setting_is_enough_to_refuse(tmp_path, name, value):
    done = _start(tmp_path, **{**WHOLE, name: value})

    assert done.returncode == 1
    assert f"  {name}: " in done.stderr


def test_the_key_of_the_demonstration_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text("d" * 86)

    done = _start(tmp_path, **{**WHOLE, "SECRET_KEY": "d" * 86})

    assert "SECRET_KEY is the one the demonstration made" in done.stderr


def test_with_all_of_them_it_is_closed_by_default(tmp_path):
    shown = (
        "print(s.DEBUG, s.DEMO_ACCOUNTS_ALLOWED, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, hasattr(s, 'SECURE_PROXY_SSL_HEADER'))"
    )

    done = _start(tmp_path, shown, **WHOLE)

    assert done.stdout == "False False True True True 31536000 False\n"
