"""A month leaves the table for a signed file, and comes back: nothing is lost on either way."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from audit import months
from audit.archive import keeping
from audit.archive.making import CannotArchive
from audit.archive.papers import Papers
from audit.models import Entry, Month, MonthState
from audit.proofs import inclusion, public_keys
from audit.tasks import archive_months
from audit.verification import verify
from portal.organisation.models import DutyKind
from tests.audit.conftest import Written
from tests.audit.database import empty_the_trail, seal_now
from tests.audit.past import OLD, YOUNG, all_entries, month_of, write
from tests.audit.tampering import command
from tests.buckets import bucket
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("committed", "archive_folder")


def acts() -> list[tuple[str, str]]:
    found = Entry.objects.filter(action__startswith="audit.month.").order_by("id")
    return list(found.values_list("action", "target_id"))


def without_acts(entries: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [entry for entry in entries if entry[7] == "audit.search"]


def test_the_file_holds_each_entry_and_proves_it_without_the_database(
    written: Written, archive_folder: Path
) -> None:
    # given
    written(3)
    seal_now()
    month_of(OLD, 5)
    written(2)
    head = seal_now()

    # when
    papers = keeping.archive(OLD)

    # then
    assert papers is not None
    table = parquet.read_table(archive_folder / papers.file)
    assert table["leaf"].to_pylist() == [3, 4, 5, 6, 7]
    first = table.slice(0, 1).to_pylist()[0]
    assert first["actor_name"] == "周处长"
    assert (first["target_id"], first["ip"]) == ("17", "2001:db8::1")
    assert first["department_ids"] == [3, 4]
    assert first["at"] == Entry.objects.get(pk=first["id"]).at
    assert json.loads(first["data"])["words"] == '一\n"二"'
    beside = (archive_folder / papers.file).with_suffix(".json").read_text()
    assert Papers.read(beside, public_keys()) == papers
    assert (papers.entries, papers.first, papers.last) == (5, 3, 7)
    assert papers.head.note == head.facts.note
    month = Month.objects.get(pk=OLD)
    assert month.state == MonthState.COPIED
    assert (month.entries, month.file, month.note) == (5, papers.file, beside)
    assert acts() == [("audit.month.archive", OLD)]
    assert verify().is_whole


def test_a_month_leaves_the_table_stays_verified_and_comes_back_as_it_was(written: Written) -> None:
    # given
    written(3)
    seal_now()
    month = month_of(OLD, 5)
    seal_now()
    written(4)
    seal_now()
    before = all_entries()
    oldest = Entry.objects.order_by("at").first()

    # when
    keeping.drop(OLD)

    # then
    assert Month.objects.get(pk=OLD).state == MonthState.ARCHIVED
    assert acts() == [("audit.month.archive", OLD), ("audit.month.drop", OLD)]
    assert Entry.objects.count() == 9
    assert month.relation not in months.parts(connection.cursor())
    report = verify(level=1, workers=2)
    assert report.is_whole
    assert (report.entries, report.archived, report.unsealed) == (14, 5, 2)
    seal_now()
    code, out = command("--workers", "1")
    assert code == 0
    assert "14 entries, whole; 0 not yet sealed; 5 in files of archived months\n" in out

    # and when
    assert keeping.restore(OLD) == 5

    # then
    assert without_acts(all_entries()) == [*before]
    assert oldest is not None
    proof = inclusion(oldest.pk)
    assert proof is not None
    assert proof.is_sound
    assert Month.objects.get(pk=OLD).state == MonthState.RESTORED
    report = verify(level=1)
    assert report.is_whole
    assert report.archived == 0


def test_the_pages_say_which_months_are_archived_and_how_one_comes_back(
    transactional_db: None, archive_folder: Path, client: Client
) -> None:
    # given
    empty_the_trail()
    month_of(OLD, 3)
    seal_now()
    gone = Entry.objects.order_by("id").first()
    assert gone is not None
    keeping.drop(OLD)
    client.force_login(UserFactory(duties=[DutyKind.AUDIT_ADMIN]))
    restore = f"audit_months restore {OLD}"

    # when
    search = client.get("/audit/", {"date_from": f"{OLD}-01", "date_to": "2099-01-01"})
    this_week = client.get("/audit/")
    entry = client.get(f"/audit/{gone.pk}/")
    never = client.get("/audit/999999999/")
    proof = client.get(f"/api/v1/audit/events/{gone.pk}/proof")
    board = client.get("/audit/seals/")

    # then
    assert restore in search.content.decode()
    assert restore not in this_week.content.decode()
    assert (entry.status_code, never.status_code, proof.status_code) == (404, 404, 404)
    assert restore in entry.content.decode()
    assert restore not in never.content.decode()
    assert restore in proof.json()["message"]
    assert Month.objects.get(pk=OLD).file in board.content.decode().replace("<wbr>", "")


def test_no_month_leaves_before_its_years_are_over(written: Written) -> None:
    # given
    month_of(YOUNG, 3)
    seal_now()

    # when
    with pytest.raises(CannotArchive, match="stays in the database until 3 years are over"):
        keeping.drop(YOUNG)

    # then
    assert Month.objects.get(pk=YOUNG).state == MonthState.LIVE
    assert Entry.objects.count() == 3


@pytest.mark.parametrize(
    ("act", "name", "words"),
    [
        (keeping.archive, "1999-01", "the trail has no month 1999-01"),
        (keeping.drop, "1999-01", "the trail has no month 1999-01"),
        (keeping.restore, "1999-01", "1999-01 is no archived month"),
        (keeping.restore, OLD, f"{OLD} is no archived month"),
        (keeping.archive, OLD, f"an entry of {OLD} is not sealed yet"),
        (keeping.drop, OLD, f"an entry of {OLD} is not sealed yet"),
        (
            keeping.archive,
            months.earlier(timezone.now(), years=0),
            "is not over, or only since today",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    written: Written, act: Callable[[str], object], name: str, words: str
) -> None:
    # given
    month_of(OLD, 2)
    before = all_entries()

    # when
    with pytest.raises(CannotArchive, match=words):
        act(name)

    # then
    assert all_entries() == before
    assert not Month.objects.exclude(file="").exists()
    with pytest.raises(CommandError, match=words):
        call_command("audit_months", act.__name__, name)


def test_entries_that_came_after_the_copy_are_in_the_file_when_the_month_goes(
    written: Written, archive_folder: Path
) -> None:
    # given
    month_of(OLD, 3)
    seal_now()
    first = keeping.archive(OLD)
    write(OLD, 2)
    seal_now()

    # when
    keeping.drop(OLD)

    # then
    month = Month.objects.get(pk=OLD)
    assert first is not None
    assert month.entries == 5
    assert month.file != first.file
    assert sorted(path.name for path in (archive_folder / OLD).iterdir()) == sorted(
        Path(month.file).with_suffix(end).name for end in (".json", ".parquet")
    )
    assert verify(level=1).is_whole


def test_what_a_clock_writes_into_a_month_that_is_gone_stays_and_joins_it_when_it_comes_back(
    written: Written,
) -> None:
    # given
    month_of(OLD, 3)
    seal_now()
    keeping.drop(OLD)

    # when
    write(OLD, 2)
    made = months.ensure()

    # then
    assert made == []
    seal_now()
    assert verify(level=1).is_whole
    keeping.restore(OLD)
    assert verify(level=1).is_whole
    begins = months.beginning(OLD)
    assert Entry.objects.filter(at__lt=begins + timedelta(days=20)).count() == 5


def test_no_month_goes_while_the_trail_is_verified(written: Written) -> None:
    # given
    month_of(OLD, 3)
    seal_now()
    keeping.archive(OLD)

    # when
    verifying, end = threading.Event(), threading.Event()

    def verify_long() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(keeping.VERIFYING)
            verifying.set()
            end.wait(60)
        connection.close()

    thread = threading.Thread(target=verify_long)
    thread.start()
    assert verifying.wait(20)
    with pytest.raises(CannotArchive, match="being verified"):
        keeping.drop(OLD)

    # then
    assert Month.objects.get(pk=OLD).state == MonthState.COPIED
    end.set()
    thread.join(20)
    keeping.drop(OLD)
    assert Month.objects.get(pk=OLD).state == MonthState.ARCHIVED


def test_each_day_copies_what_is_over_and_drops_what_is_old(written: Written) -> None:
    # given
    month_of(OLD, 3)
    month_of(YOUNG, 2)
    written(1)
    seal_now()

    # when
    archive_months.apply().get()

    # then
    states = {month.name: month.state for month in Month.objects.all()}
    assert states[OLD] == MonthState.ARCHIVED
    assert states[YOUNG] == MonthState.COPIED
    assert set(states.values()) == {MonthState.ARCHIVED, MonthState.COPIED, MonthState.LIVE}
    assert verify().is_whole

    # and when
    keeping.restore(OLD)
    archive_months.apply().get()

    # then
    assert Month.objects.get(pk=OLD).state == MonthState.RESTORED


def test_a_bucket_keeps_the_files_as_well(written: Written, settings) -> None:
    # given
    with bucket("audit") as (_client, place):
        place["OPTIONS"]["file_overwrite"] = False
        settings.STORAGES = {**settings.STORAGES, "audit": place}
        month_of(OLD, 5)
        seal_now()
        before = all_entries()

        # when
        keeping.drop(OLD)
        is_whole = verify(level=1).is_whole
        keeping.restore(OLD)

    # then
    assert is_whole
    assert without_acts(all_entries()) == before
