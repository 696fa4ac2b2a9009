"""Rows in quarantine outlive the key that sealed them, wherever the rotation is killed."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from audit.models import Entry
from catalog.models import QuarantinedRow
from catalog.sources.transfer import set_apart_earlier
from portal.common.sealing import SealBroken, seal, unseal

from .database import server
from .running import ran
from .test_checks import MANY, declare

ROOT = Path(__file__).resolve().parents[3]
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
ROWS = 1200
RESEAL = "catalog.quarantine.reseal"


@pytest.fixture
def quarantined(job, steward, business):
    """A run that set one row of two hundred apart, under the old key."""
    declare(job, steward, {"kind": "length", "column": "name", "most": 6})
    business.fill([*MANY[:-1], ("200", "这个名称太长了", None)])
    with override_settings(SOURCE_CREDENTIAL_KEYS=[OLD]):
        job.source.sealed_password = seal(business.place().password)
        job.source.save()
        return ran(job, steward)


def rotate() -> list[str]:
    out = io.StringIO()
    call_command("rotate_source_credentials", stdout=out)
    return out.getvalue().splitlines()


def is_under(key: str, row: QuarantinedRow) -> bool:
    with override_settings(SOURCE_CREDENTIAL_KEYS=[key]):
        try:
            unseal(row.sealed)
        except SealBroken:
            return False
    return True


def numbers_under(key: str) -> set[int]:
    return {row.number for row in QuarantinedRow.objects.all() if is_under(key, row)}


def test_rows_in_quarantine_are_sealed_anew_with_the_secrets_and_recorded(
    quarantined, signed_in, steward
):
    # when
    with override_settings(SOURCE_CREDENTIAL_KEYS=[NEW, OLD]):
        first, second = rotate(), rotate()

    # then
    assert first == [
        "1 secrets sealed anew, 0 were so already",
        "1 rows in quarantine sealed anew, 0 were so already",
    ]
    assert second == [
        "0 secrets sealed anew, 1 were so already",
        "0 rows in quarantine sealed anew, 1 were so already",
    ]
    entry = Entry.objects.get(action=RESEAL)
    assert (entry.actor_id, entry.target_id) == ("", str(quarantined.job_id))
    assert entry.data == {"rows": 1}
    with override_settings(SOURCE_CREDENTIAL_KEYS=[NEW]):
        (apart,) = set_apart_earlier(quarantined.job)
        assert apart.values["name"] == "这个名称太长了"
        answer = signed_in(steward).get(
            reverse("catalog:quarantine_file", args=[quarantined.job.resource_id])
        )
        assert "这个名称太长了" in b"".join(answer.streaming_content).decode("utf-8-sig")


def test_rows_that_no_key_opens_are_told_and_left_and_the_download_says_so(
    quarantined, signed_in, steward
):
    # given
    before = bytes(QuarantinedRow.objects.get().sealed)

    # when
    with override_settings(SOURCE_CREDENTIAL_KEYS=[NEW]):
        with pytest.raises(CommandError) as told:
            rotate()
        answer = signed_in(steward).get(
            reverse("catalog:quarantine_file", args=[quarantined.job.resource_id])
        )
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    # then
    job = quarantined.job
    assert str(told.value).splitlines()[1] == (
        f"No key opens rows in quarantine of: catalog.SyncJob {job.pk} (1). They were left as they"
        " are; bring their key back, or let these jobs read everything anew."
    )
    assert bytes(QuarantinedRow.objects.get().sealed) == before
    assert not Entry.objects.filter(action=RESEAL).exists()
    assert lines[1] == "1,200,名称: 长度超出限度; 已没有密钥能解开该行,,,"


class Rotation:
    """The command in a process of its own, on the tests' database."""

    def __init__(self) -> None:
        known = server()
        where = f"{known['user']}:{known['password']}@{known['host']}:{known['port']}"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "rotate_source_credentials"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "portal.settings.test",
                "DATABASE_URL": f"postgres://{where}/{connection.settings_dict['NAME']}",
                "SOURCE_CREDENTIAL_KEYS": f"{NEW},{OLD}",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_it_waits_for(self, other: psycopg.Connection) -> None:
        self._until(lambda: asked(WAITING.format("count(*)"), other.info.backend_pid) == 1)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)

    def _until(self, happened: Callable[[], bool]) -> None:
        until = time.monotonic() + 60
        while not happened():
            if self.process.poll() is not None or time.monotonic() > until:
                pytest.fail(self.process.communicate(timeout=30)[0])
            time.sleep(0.05)


WAITING = "SELECT {} FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"


def asked(sql: str, *values: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


@contextmanager
def held(other: psycopg.Connection, statement: str, *values: object) -> Iterator[None]:
    """Within, another session holds what the statement locks; whoever waits for it is gone after."""
    with other.transaction(force_rollback=True):
        other.execute(statement.encode(), values)
        yield
        waiting = asked(WAITING.format("array_agg(pid)"), other.info.backend_pid)
    until = time.monotonic() + 30
    while asked("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)", waiting):
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def many(quarantined) -> set[int]:
    """Rows of several batches in quarantine, each with values of its own, under the old key."""
    QuarantinedRow.objects.all().delete()
    with override_settings(SOURCE_CREDENTIAL_KEYS=[OLD]):
        QuarantinedRow.objects.bulk_create(
            QuarantinedRow(run=quarantined, number=number, sealed=seal(json.dumps({"n": number})))
            for number in range(1, ROWS + 1)
        )
    return set(range(1, ROWS + 1))


def values_under(key: str) -> dict[int, int]:
    with override_settings(SOURCE_CREDENTIAL_KEYS=[key]):
        rows = QuarantinedRow.objects.values_list("number", "sealed")
        return {number: json.loads(unseal(sealed))["n"] for number, sealed in rows}


@pytest.mark.django_db(transaction=True)
def test_a_rotation_killed_between_batches_goes_on_and_loses_nothing(many, worker):
    # given: a run is just taking a row of the second batch away
    rotation = Rotation()
    with held(worker, "DELETE FROM catalog_quarantinedrow WHERE number = 700"):
        # when
        rotation.wait_until_it_waits_for(worker)
        rotation.kill()

    # then: two batches are done, but for the row that was held
    assert numbers_under(NEW) == set(range(1, 1001)) - {700}
    assert numbers_under(OLD) == many - numbers_under(NEW)
    assert [one.data["rows"] for one in Entry.objects.filter(action=RESEAL).order_by("pk")] == [
        500,
        499,
    ]
    with override_settings(SOURCE_CREDENTIAL_KEYS=[NEW, OLD]):
        job = QuarantinedRow.objects.first().run.job
        assert {apart.values["n"] for apart in set_apart_earlier(job)} == many

        # when it is started again
        told = rotate()

    # then
    assert told[1] == "201 rows in quarantine sealed anew, 999 were so already"
    assert values_under(NEW) == {number: number for number in many}


@pytest.mark.django_db(transaction=True)
def test_a_rotation_killed_within_a_batch_changed_nothing_of_it(many, worker):
    # given: its entry cannot be written
    rotation = Rotation()
    with held(worker, "LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE"):
        # when
        rotation.wait_until_it_waits_for(worker)
        rotation.kill()

    # then
    assert numbers_under(OLD) == many
    assert not Entry.objects.filter(action=RESEAL).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "kept"])
def test_a_row_that_a_run_is_taking_away_holds_no_other_back_and_is_not_forgotten(
    many, worker, is_taken
):
    # given: a run that takes one row away and goes on to another of the same batch
    rotation = Rotation()
    with worker.transaction(force_rollback=not is_taken):
        worker.execute("DELETE FROM catalog_quarantinedrow WHERE number = 300")
        rotation.wait_until_it_waits_for(worker)
        worker.execute("DELETE FROM catalog_quarantinedrow WHERE number = 100")
    told = rotation.process.communicate(timeout=60)[0]

    # then: neither failed the other
    assert rotation.process.returncode == 0, told
    left = many - {100, 300} if is_taken else many
    assert values_under(NEW) == {number: number for number in left}
