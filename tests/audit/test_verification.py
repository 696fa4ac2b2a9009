"""Verification as a whole: what it takes for whole, anchors, keys, guards, going on where it stopped."""

import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import signing
from audit.breaks import Kind
from audit.models import Entry, Leaf
from audit.ranges import Kept
from audit.sealing import seal
from audit.services import record
from audit.verification import verify
from tests.audit.conftest import ZHOU, Written
from tests.audit.database import behind_the_portals_back, seal_now
from tests.audit.tampering import command, restore, tamper


def test_a_trail_as_it_was_sealed_is_whole(written: Written) -> None:
    # given
    written(4)
    seal_now()
    written(3)
    head = seal_now()
    written(1)

    # when
    report = verify(level=1)

    # then
    assert report.is_whole
    assert (report.entries, report.unsealed) == (8, 1)
    assert report.head == head.facts
    code, out = command()
    assert code == 0
    assert out == f"8 entries, whole; 1 not yet sealed\nhead 2:7:{bytes(head.root).hex()}\n"
    last = Entry.objects.order_by("-pk")[0]
    assert (last.action, last.result) == ("audit.verify", "ok")
    assert last.data == {"entries": 8, "unsealed": 1, "head": 2}


def test_a_trail_that_was_never_sealed_is_told_as_such(written: Written) -> None:
    assert command() == (0, "0 entries, whole; 0 not yet sealed\n")
    assert command() == (0, "1 entries, whole; 1 not yet sealed\n")


def test_whoever_rebuilds_all_without_the_key_is_found_by_the_signature(
    written: Written, settings
) -> None:
    # given
    written(4)
    ours = settings.AUDIT_SIGNING_KEYS
    tamper("UPDATE audit_entry SET actor_name = 'x' WHERE action = 'audit.search'")
    with behind_the_portals_back() as cursor:
        cursor.execute("TRUNCATE audit_leaf, audit_node, audit_treehead, audit_publickey")

    # when
    settings.AUDIT_SIGNING_KEYS = [signing.new_key()]
    seal_now()
    settings.AUDIT_SIGNING_KEYS = ours

    # then
    broken = verify().broken
    assert broken is not None
    assert broken.words == "head 1 is signed by no key of AUDIT_SIGNING_KEYS"


def test_a_trail_rebuilt_with_the_key_is_found_by_an_anchor_only(
    written: Written, tmp_path: Path
) -> None:
    # given
    written(4)
    kept = seal_now().facts
    file = tmp_path / "heads"
    file.write_text(kept.note + "\n")
    assert command("--anchor", str(file))[0] == 0

    # when
    tamper("UPDATE audit_entry SET actor_name = 'x' WHERE action = 'audit.search'")
    with behind_the_portals_back() as cursor:
        cursor.execute("TRUNCATE audit_leaf, audit_node, audit_treehead, audit_publickey")
    seal_now()

    # then
    assert verify().is_whole
    broken = verify(anchor=[kept]).broken
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.ANCHOR, 1)
    code, out = command("--anchor", str(file))
    assert code == 1
    assert out == "broken: head 1 is not the one of the anchor: the trail was rebuilt, or forked\n"
    last = Entry.objects.order_by("-pk")[0]
    assert (last.action, last.result) == ("audit.verify", "failed")


def test_a_restored_backup_does_not_reach_the_anchor_and_forks_from_it(written: Written) -> None:
    # given
    written(2)
    first = seal_now().facts
    lost = written(2)
    anchor = [first, seal_now().facts]

    # when
    with behind_the_portals_back() as cursor:
        restore(cursor, size=2, entries_after=[entry.pk for entry in lost])

    # then
    broken = verify(anchor=anchor).broken
    assert broken is not None
    assert broken.words == "the anchor names head 2, which this trail does not reach"
    written(3)
    seal_now()
    assert verify().is_whole
    broken = verify(anchor=anchor).broken
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.ANCHOR, 2)


@pytest.mark.parametrize("content", ["", "4:xyz", "a\n\nb\n", "\xff"])
def test_an_unreadable_anchor_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "anchor"
    file.write_bytes(content.encode("latin-1"))

    with pytest.raises(CommandError, match="anchor"):
        call_command("verify_audit", f"--anchor={file}")
    with pytest.raises(CommandError, match="anchor cannot be read"):
        call_command("verify_audit", f"--anchor={tmp_path / 'none'}")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'",
            "audit_refuse",
        ),
        (
            "CREATE OR REPLACE FUNCTION audit_canonical(entry audit_entry) RETURNS bytea"
            " LANGUAGE sql STABLE AS 'SELECT ''x''::bytea'",
            "audit_canonical",
        ),
        (
            "ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_of_this_transaction",
            "audit_entry_of_this_transaction",
        ),
    ],
)
def test_a_guard_that_was_taken_away_is_found(committed: None, statement: str, named: str) -> None:
    # given
    guards = (
        "SELECT pg_get_functiondef(oid) FROM pg_proc"
        " WHERE proname IN ('audit_refuse', 'audit_canonical')"
    )
    with connection.cursor() as cursor:
        cursor.execute(guards)
        definitions = [source for (source,) in cursor.fetchall()]
        cursor.execute(statement)

        # when
        try:
            broken = verify().broken
        finally:
            for source in definitions:
                cursor.execute(source)
            if named == "audit_entry_of_this_transaction":
                cursor.execute(
                    f"ALTER TABLE audit_entry ADD CONSTRAINT {named}"
                    " CHECK (xid = pg_current_xact_id()) NOT VALID"
                )

    # then
    assert broken is not None
    assert broken.kind == Kind.GUARD
    assert named in broken.words
    assert verify().is_whole


def test_a_disabled_trigger_is_found(written: Written) -> None:
    # given
    written(1)

    # when
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        try:
            broken = verify().broken
        finally:
            cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only")

    # then
    assert broken is not None
    assert broken.kind == Kind.GUARD
    assert "audit_entry_append_only" in broken.words
    assert verify().is_whole


def test_what_is_written_while_it_runs_raises_no_alarm(written: Written) -> None:
    # given
    written(20)
    stop = threading.Event()

    def write_on() -> None:
        try:
            while not stop.is_set():
                with transaction.atomic():
                    record(actor=ZHOU, action="audit.search", target=None)
                    record(actor=ZHOU, action="audit.export", target=None)
        finally:
            connection.close()

    writers = [threading.Thread(target=write_on) for _ in range(2)]
    for writer in writers:
        writer.start()

    def seal_on() -> None:
        try:
            while not stop.is_set():
                seal()
        finally:
            connection.close()

    sealer = threading.Thread(target=seal_on)
    sealer.start()

    # when
    reports = [verify(level=2, workers=2)]
    while len(reports) < 3 or (reports[-1].entries <= 20 and len(reports) < 500):
        reports.append(verify(level=2, workers=2))
    stop.set()
    for thread in [*writers, sealer]:
        thread.join(10)

    # then
    assert [report.broken for report in reports] == [None] * len(reports)
    assert reports[-1].entries > 20
    seal_now()
    assert verify().entries == Entry.objects.count() == Leaf.objects.count()


def test_progress_is_told_range_by_range(written: Written) -> None:
    # given
    written(5)
    seal_now()
    told: list[tuple[int, int]] = []

    # when
    verify(level=1, progress=lambda done, total: told.append((done, total)))

    # then
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_verification_that_was_stopped_goes_on_from_there(
    written: Written, tmp_path: Path
) -> None:
    # given
    written(5)
    seal_now()
    kept = Kept(tmp_path / "done")

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise Stopped

    with pytest.raises(Stopped):
        verify(level=1, kept=kept, progress=stop)
    with kept.path.open("a") as file:
        file.write('\n[4, "un')

    # when
    told: list[int] = []
    written(2)
    seal_now()
    report = verify(level=1, kept=kept, progress=lambda done, total: told.append(done))

    # then
    assert report.is_whole
    assert told == [4, 6, 7]
    assert sorted(kept.done()) == [0, 2, 4]


def test_a_range_whose_node_is_another_since_is_checked_again(
    written: Written, tmp_path: Path
) -> None:
    # given
    written(4)
    seal_now()
    kept = Kept(tmp_path / "done")
    verify(level=1, kept=kept)
    tamper("UPDATE audit_node SET hash = sha256(hash) WHERE level = 1 AND index = 1")

    # when
    broken = verify(level=1, kept=kept).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.NODE, 2)
