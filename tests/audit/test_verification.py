import threading
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit.models import Entry, Head, Link
from audit.services import record
from audit.verification import Anchor, Kind, verify
from tests.audit.conftest import ZHOU
from tests.audit.database import behind_the_portals_back

Written = Callable[[int], list[Entry]]
FORGED = (
    "INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_name, action,"
    " target_type, target_id, target_label, department_ids, result, data, request_id)"
    " VALUES ('portal', '', '', '', 'audit.search', '', '', '', '{}', 'ok', '{}', '')"
)


def tamper(statement: str, params: list[object] | None = None) -> None:
    with behind_the_portals_back() as cursor:
        cursor.execute(statement, params)


def command(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *args, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_trail_as_it_was_written_is_whole(written: Written) -> None:
    # given
    written(7)

    # when
    report = verify(batch=3)

    # then
    assert report.is_whole
    assert (report.entries, report.head.seq) == (7, 7)
    assert report.head.hash == bytes(Head.objects.get().hash)
    code, out = command()
    assert code == 0
    assert out == f"7 entries, whole\nhead 7:{report.head.hash.hex()}\n"


def test_an_empty_trail_is_whole(transactional_db: None) -> None:
    assert command()[0] == 0
    assert verify().entries == 0


@pytest.mark.parametrize(
    ("which", "change"),
    [
        (0, "action = 'audit.export'"),
        (2, "actor_name = '吴科员'"),
        (4, "at = at + interval '1 microsecond'"),
        (0, "result = 'denied'"),
        (2, """data = data || '{"rows": 2}'"""),
        (4, "department_ids = '{4}'"),
        (0, "department_id = NULL"),
        (2, "target_label = 'x'"),
        (4, "ip = '10.0.0.1'"),
    ],
)
def test_a_changed_entry_is_named(written: Written, which: int, change: str) -> None:
    # given
    entry = written(5)[which]
    tamper(f"UPDATE audit_entry SET {change} WHERE id = %s", [entry.pk])

    # when
    report = verify(batch=2)

    # then
    assert report.broken is not None
    assert (report.broken.kind, report.broken.entry_id) == (Kind.CHANGED, entry.pk)
    code, out = command()
    assert code == 1
    assert out.startswith(f"broken: entry {entry.pk} (audit.")
    assert out.endswith("content was changed\n")


@pytest.mark.parametrize("which", [0, 2, 4])
def test_a_removed_entry_is_named(written: Written, which: int) -> None:
    # given
    entries = written(5)
    entry = entries[which]
    tamper("DELETE FROM audit_entry WHERE id = %s", [entry.pk])

    # when
    broken = verify(batch=2).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.entry_id, broken.seq) == (Kind.REMOVED, entry.pk, which + 1)
    assert broken.words.startswith(f"entry {entry.pk} was removed")
    if which == 2:
        assert f"after entry {entries[1].pk} (audit.search, 20" in broken.words
        assert f"before entry {entries[3].pk} (audit.search, 20" in broken.words


def test_an_inserted_entry_is_named(written: Written) -> None:
    # given
    written(3)
    tamper(FORGED)
    forged = Entry.objects.order_by("pk").last()
    written(1)

    # when
    broken = verify().broken

    # then
    assert forged is not None
    assert broken is not None
    assert (broken.kind, broken.entry_id) == (Kind.INSERTED, forged.pk)
    assert broken.words.startswith(f"entry {forged.pk} (audit.search, ")


@pytest.mark.parametrize("which", [0, 2])
def test_a_removed_link_is_named_with_its_entry(written: Written, which: int) -> None:
    # given
    entry = written(5)[which]
    tamper("DELETE FROM audit_link WHERE entry_id = %s", [entry.pk])

    # when
    broken = verify(batch=2).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq, broken.entry_id) == (Kind.LINK_MISSING, which + 1, entry.pk)
    assert f"link {which + 1} is missing" in broken.words
    assert f"entry {entry.pk} (audit.search" in broken.words


def test_an_entry_removed_with_its_link_leaves_a_gap(written: Written) -> None:
    # given
    entries = written(5)
    doomed = [entries[1].pk, entries[2].pk]
    tamper("DELETE FROM audit_link WHERE entry_id = ANY(%s)", [doomed])
    tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [doomed])

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq) == (Kind.LINK_MISSING, 2)
    assert "links 2 to 3 are missing" in broken.words
    assert f"after entry {entries[0].pk} " in broken.words


def test_renumbering_over_a_gap_does_not_hide_it(written: Written) -> None:
    # given
    entries = written(5)
    tamper("DELETE FROM audit_link WHERE seq = 3")
    tamper("DELETE FROM audit_entry WHERE id = %s", [entries[2].pk])
    tamper("UPDATE audit_link SET seq = seq - 1 WHERE seq > 3")
    tamper("UPDATE audit_head SET seq = 4")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq, broken.entry_id) == (Kind.LINK_CHANGED, 3, entries[3].pk)


def test_two_links_in_exchanged_order_are_found(written: Written) -> None:
    # given
    entries = written(5)
    tamper("UPDATE audit_link SET seq = -1 WHERE seq = 2")
    tamper("UPDATE audit_link SET seq = 2 WHERE seq = 3")
    tamper("UPDATE audit_link SET seq = 3 WHERE seq = -1")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq, broken.entry_id) == (Kind.LINK_CHANGED, 2, entries[2].pk)


@pytest.mark.parametrize("column", ["hash", "previous"])
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_changed_link_is_named(written: Written, column: str, seq: int) -> None:
    # given
    entries = written(5)
    tamper(f"UPDATE audit_link SET {column} = sha256({column}) WHERE seq = %s", [seq])

    # when
    broken = verify(batch=2).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq) == (Kind.LINK_CHANGED, seq)
    assert broken.entry_id == entries[seq - 1].pk


def test_a_changed_entry_with_its_own_hash_made_to_fit_breaks_at_the_hash(written: Written) -> None:
    # given
    entries = written(5)
    tamper("UPDATE audit_entry SET actor_name = 'x' WHERE id = %s", [entries[2].pk])
    tamper(
        "UPDATE audit_link SET hash = sha256(previous || audit_canonical(entry))"
        " FROM audit_entry AS entry WHERE entry.id = entry_id AND seq = 3"
    )

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq) == (Kind.LINK_CHANGED, 4)


def test_a_cut_tail_is_found(written: Written) -> None:
    # given
    entries = written(5)
    tamper("DELETE FROM audit_link WHERE seq > 3")
    tamper("DELETE FROM audit_entry WHERE id > %s", [entries[2].pk])

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.seq) == (Kind.TAIL_CUT, 4)
    assert "the head stands at link 5, the last link is 3" in broken.words


def test_a_cut_tail_of_links_alone_names_the_first_entry_left(written: Written) -> None:
    # given
    entries = written(5)
    tamper("DELETE FROM audit_link WHERE seq > 3")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.entry_id) == (Kind.TAIL_CUT, entries[3].pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET seq = 2",
        "UPDATE audit_head SET hash = sha256(hash)",
        "INSERT INTO audit_head SELECT 0, hash FROM audit_head",
        "DELETE FROM audit_head",
    ],
)
def test_a_wrong_head_is_found(written: Written, statement: str) -> None:
    # given
    written(3)
    tamper(statement)

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.kind == Kind.HEAD


def test_without_a_head_nothing_can_be_done_unrecorded(written: Written) -> None:
    # given
    written(1)
    tamper("DELETE FROM audit_head")

    # when
    with pytest.raises(Exception, match="no rows"):
        written(1)

    # then
    assert Entry.objects.count() == 1


def test_a_trail_rebuilt_from_the_start_is_found_by_an_anchor_only(written: Written) -> None:
    # given
    written(4)
    anchor = verify().head
    assert verify(anchor=anchor).is_whole
    written(1)
    assert verify(anchor=anchor).is_whole

    # when
    tamper("UPDATE audit_entry SET actor_name = 'x' WHERE action = 'audit.search'")
    tamper("TRUNCATE audit_link")
    with behind_the_portals_back() as cursor:
        previous = bytes(32)
        for seq, pk in enumerate(Entry.objects.order_by("pk").values_list("pk", flat=True), 1):
            cursor.execute(
                "INSERT INTO audit_link SELECT %s, id, %s, sha256(%s || audit_canonical(entry))"
                " FROM audit_entry AS entry WHERE id = %s RETURNING hash",
                [seq, previous, previous, pk],
            )
            previous = bytes(cursor.fetchone()[0])
        cursor.execute("UPDATE audit_head SET hash = %s", [previous])

    # then
    assert verify().is_whole
    broken = verify(anchor=anchor).broken
    assert broken is not None
    assert (broken.kind, broken.seq) == (Kind.ANCHOR, 4)
    assert command("--anchor", f"4:{anchor.hash.hex()}")[0] == 1


def test_an_older_copy_of_the_trail_does_not_reach_the_anchor(written: Written) -> None:
    # given
    written(2)

    # when
    broken = verify(anchor=Anchor(3, bytes(32))).broken

    # then
    assert broken is not None
    assert broken.words == "the anchor names link 3, which this trail does not reach"


@pytest.mark.parametrize("words", ["4", "4:xyz", ":", "x:" + "0" * 64])
def test_an_unreadable_anchor_is_refused(words: str) -> None:
    with pytest.raises(CommandError, match="anchor"):
        call_command("verify_audit", f"--anchor={words}")


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

    # when
    reports = [verify(batch=5) for _ in range(5)]
    stop.set()
    for writer in writers:
        writer.join(10)

    # then
    assert [report.broken for report in reports] == [None] * 5
    assert reports[-1].entries > 20
    assert verify().entries == Entry.objects.count() == Link.objects.count()


def test_progress_is_told_batch_by_batch(written: Written) -> None:
    # given
    written(5)
    told: list[tuple[int, int]] = []

    # when
    verify(batch=2, progress=lambda done, total: told.append((done, total)))

    # then
    assert told == [(2, 5), (4, 5), (5, 5)]
