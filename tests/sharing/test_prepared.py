"""Prepared exports: made once, given whole or in ranges, closed with the agreement."""

import hashlib
import io
import signal
import subprocess
import sys
import time
from datetime import timedelta

import psycopg
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from catalog.models import Resource
from portal.common.errors import DomainError, Invalid, NotAllowed, NotFound
from sharing.delivery import prepared
from sharing.delivery.formats import FORMATS, PARQUET
from sharing.models import PreparedExport, PreparedState, Pull
from sharing.services import agreements
from tests import buckets
from tests.journeys.processes import environment

from .conftest import agreed_on, fill
from .preparing import ask, kept, ready, streamed, take

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("prepared_folder"),
]


@pytest.mark.parametrize("extension", FORMATS)
def test_the_file_is_what_the_stream_gives_with_its_sum(cast, agreement, extension):
    export = ready(agreement, cast.system, FORMATS[extension])

    body = take(export, cast.system)

    assert body == streamed(agreement, cast.system, FORMATS[extension])
    assert (export.state, export.rows, export.bytes) == (PreparedState.READY, 5, len(body))
    assert export.sha256 == hashlib.sha256(body).hexdigest()
    assert export.rows_of == agreement.resource.rows_changed_at
    actions = Entry.objects.filter(action__startswith="sharing.export").order_by("id")
    assert list(actions.values_list("action", "actor_name")) == [
        ("sharing.export.ask", "学籍系统"),
        ("sharing.export.finish", "portal"),
    ]


def test_the_same_question_gets_the_same_file_until_the_rows_change(cast, agreement):
    first, is_new = ask(agreement, cast.system, name__ge="a", code__ge="0")
    again, is_new_again = ask(
        agreement,
        cast.applicant,
        document={
            "and": [
                {"column": "name", "op": "ge", "value": "a"},
                {"column": "code", "op": "ge", "value": "0"},
            ]
        },
    )
    other, _new = ask(agreement, cast.system, name__ge="b")
    Resource.objects.filter(pk=agreement.resource_id).update(rows_changed_at=timezone.now())
    later, is_later_new = ask(agreement, cast.system, name__ge="a", code__ge="0")

    assert (is_new, is_new_again, is_later_new) == (True, False, True)
    assert again.pk == first.pk
    assert len({first.pk, other.pk, later.pk}) == 3


def test_a_wrong_question_is_refused_and_nothing_is_kept(cast, agreement):
    with pytest.raises(Invalid):
        ask(agreement, cast.system, name__near="x")
    with pytest.raises(NotFound):
        ask(agreement, cast.strange_system)
    with pytest.raises(NotAllowed):
        ask(agreement, cast.provider_head)

    assert not PreparedExport.objects.exists()
    assert list(Pull.objects.order_by("id").values_list("kind", "result", "status")) == [
        ("prepared", "denied", 422),
        ("prepared", "denied", 404),
        ("prepared", "denied", 403),
    ]


def test_few_are_prepared_at_once(cast, agreement):
    for place in range(prepared.MOST_UNDER_WAY):
        ask(agreement, cast.system, name=str(place))

    with pytest.raises(DomainError) as refused:
        ask(agreement, cast.system, name="one more")

    assert refused.value.code == "too_many_exports"


def test_a_second_worker_finds_nothing_to_do(cast, agreement):
    export = ready(agreement, cast.system)

    assert not prepared.prepare(export_id=export.pk)
    assert len(kept()) == 1


def test_files_are_removed_in_time_and_with_their_agreement(cast, agreement, filled):
    # given
    old = ready(agreement, cast.system)
    fresh = ready(agreement, cast.system, PARQUET)
    PreparedExport.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(1))
    assert len(kept()) == 2

    # when
    prepared.sweep()

    # then
    old.refresh_from_db()
    assert (old.state, [name.rsplit(".")[-1] for name in kept()]) == (
        PreparedState.EXPIRED,
        ["parquet"],
    )
    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)
    prepared.sweep()
    fresh.refresh_from_db()
    assert (fresh.state, kept()) == (PreparedState.EXPIRED, [])
    assert Entry.objects.filter(action="sharing.export.remove").count() == 2


def test_an_agreement_that_ends_meanwhile_leaves_no_file(cast, agreement):
    export, _new = ask(agreement, cast.system)
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)

    assert not prepared.prepare(export_id=export.pk)

    export.refresh_from_db()
    assert (export.state, kept()) == (PreparedState.FAILED, [])
    assert "超范围使用" in export.reason
    assert Entry.objects.filter(action="sharing.export.fail").exists()


def test_a_place_that_cannot_be_written_is_tried_again_and_then_given_up(
    cast, agreement, settings, tmp_path
):
    (tmp_path / "file").write_text("no folder")
    settings.STORAGES = {
        **settings.STORAGES,
        "prepared": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "file", "base_url": None},
        },
    }
    export, _new = ask(agreement, cast.system)
    states = []

    for _try in range(prepared.MOST_ATTEMPTS + 1):
        assert not prepared.prepare(export_id=export.pk)
        export.refresh_from_db()
        states.append(export.state)

    assert states == ["waiting"] * prepared.MOST_ATTEMPTS + ["failed"]


PREPARES = """
import sys
import django
django.setup()
from sharing.delivery import prepared
prepared.prepare(export_id=int(sys.argv[1]))
"""


def test_a_worker_killed_in_the_middle_leaves_no_file_and_another_makes_it(
    cast, resource, settings, tmp_path
):
    # given a worker at work, in the storage of its environment
    fill(resource, rows=400_000)
    agreement = agreed_on(cast, resource)
    export, _new = ask(agreement, cast.system)
    process = subprocess.Popen(
        [sys.executable, "-c", PREPARES, str(export.pk)],
        env={**environment(), "PREPARED_DIR": str(tmp_path / "prepared")},
    )
    end = time.monotonic() + 60
    while PreparedExport.objects.get(pk=export.pk).state != PreparedState.RUNNING:
        assert time.monotonic() < end
        time.sleep(0.005)

    # when
    process.send_signal(signal.SIGKILL)
    process.wait(10)

    # then
    assert not PreparedExport.objects.ready_for(cast.system).exists()
    with pytest.raises(NotFound):
        take(export, cast.system)
    assert not prepared.prepare(export_id=export.pk)  # it may still be at work

    # and when it has been silent for long
    PreparedExport.objects.filter(pk=export.pk).update(noted_at=timezone.now() - timedelta(1))
    assert prepared.prepare(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempt, export.rows) == (PreparedState.READY, 2, 400_000)
    assert len(kept()) == 1
    assert hashlib.sha256(take(export, cast.system)).hexdigest() == export.sha256


SWEEPS = """
import django
django.setup()
from sharing.delivery import prepared
prepared.sweep()
"""
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"


def test_a_process_killed_while_it_removes_a_file_leaves_none_that_nobody_removes(
    cast, agreement, tmp_path
):
    # given an export whose time is over, and a trail that cannot be written
    export = ready(agreement, cast.system)
    PreparedExport.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(1))
    place = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**place) as other:
        other.execute("LOCK TABLE audit_entry IN SHARE ROW EXCLUSIVE MODE")
        process = subprocess.Popen(
            [sys.executable, "-c", SWEEPS],
            env={**environment(), "PREPARED_DIR": str(tmp_path / "prepared")},
        )
        end = time.monotonic() + 60
        while not blocked_by(other):
            assert time.monotonic() < end
            time.sleep(0.05)

        # when
        process.kill()
        process.wait(10)
        other.rollback()

    # then the file is gone, and the next round says so
    assert kept() == []
    prepared.sweep()
    export.refresh_from_db()
    assert export.state == PreparedState.EXPIRED
    assert Entry.objects.filter(action="sharing.export.remove").count() == 1


def blocked_by(other) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS, [other.info.backend_pid])
        return cursor.fetchone() != (0,)


def test_a_file_in_a_place_that_is_away_is_removed_when_it_is_back(
    cast, agreement, settings, tmp_path
):
    # given
    export = ready(agreement, cast.system)
    PreparedExport.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(1))
    there = settings.STORAGES
    (tmp_path / "file").write_text("no folder")
    away = {**there["prepared"], "OPTIONS": {"location": tmp_path / "file", "base_url": None}}

    # when
    settings.STORAGES = {**there, "prepared": away}
    prepared.sweep()

    # then
    export.refresh_from_db()
    assert export.state == PreparedState.READY
    assert not Entry.objects.filter(action="sharing.export.remove").exists()
    settings.STORAGES = there
    assert len(kept()) == 1
    prepared.sweep()
    export.refresh_from_db()
    assert (export.state, kept()) == (PreparedState.EXPIRED, [])


@pytest.fixture
def bucket(settings):
    with buckets.bucket("prepared") as (client, place):
        settings.STORAGES = {**settings.STORAGES, "prepared": place}
        yield client


def test_files_lie_in_a_bucket_where_that_is_set(cast, agreement, bucket):
    export = ready(agreement, cast.system, PARQUET)

    names = [one["Key"] for one in bucket.list_objects_v2(Bucket="prepared")["Contents"]]
    assert names == [export.file]
    whole = take(export, cast.system)
    assert pq.read_table(io.BytesIO(whole)).num_rows == 5
    assert take(export, cast.system, range="bytes=4-9") == whole[4:10]

    PreparedExport.objects.update(expires_at=timezone.now() - timedelta(1))
    prepared.sweep()
    assert "Contents" not in bucket.list_objects_v2(Bucket="prepared")


def test_a_sync_between_question_and_work_is_in_the_file(cast, agreement):
    export, _new = ask(agreement, cast.system)
    moment = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM store.r_{agreement.resource_id} WHERE code > '000000000002'")
    Resource.objects.filter(pk=agreement.resource_id).update(rows_changed_at=moment)

    assert prepared.prepare(export_id=export.pk)

    export.refresh_from_db()
    assert (export.rows, export.rows_of) == (2, moment)
