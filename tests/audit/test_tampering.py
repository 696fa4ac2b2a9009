"""Each change behind the portal's back is found, at the first place that is broken."""

import pytest

from audit.breaks import Kind
from audit.models import Entry
from audit.verification import verify
from tests.audit.conftest import Written
from tests.audit.database import behind_the_portals_back, seal_now
from tests.audit.tampering import FORGED, command, rebuild_tree, tamper


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
    report = verify(level=1)

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
    broken = verify(level=1).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.entry_id, broken.place) == (Kind.REMOVED, entry.pk, which)
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
def test_a_removed_leaf_is_named_with_its_entry(written: Written, which: int) -> None:
    # given
    entry = written(5)[which]
    tamper("DELETE FROM audit_leaf WHERE entry_id = %s", [entry.pk])

    # when
    broken = verify(level=1).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place, broken.entry_id) == (Kind.LEAF_MISSING, which, entry.pk)
    assert f"leaf {which} is missing" in broken.words
    assert f"entry {entry.pk} (audit.search" in broken.words


def test_entries_removed_with_their_leaves_leave_a_gap(written: Written) -> None:
    # given
    entries = written(5)
    doomed = [entries[1].pk, entries[2].pk]
    tamper("DELETE FROM audit_leaf WHERE entry_id = ANY(%s)", [doomed])
    tamper("DELETE FROM audit_entry WHERE id = ANY(%s)", [doomed])

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.LEAF_MISSING, 1)
    assert "leaves 1 to 2 are missing" in broken.words
    assert f"after entry {entries[0].pk} " in broken.words


def test_a_whole_month_dropped_is_found_at_its_first_leaf(written: Written) -> None:
    # given
    entries = written(6)
    tamper("UPDATE audit_entry SET at = at - interval '1 month' WHERE id <= %s", [entries[2].pk])
    with behind_the_portals_back() as cursor:
        cursor.execute("TRUNCATE audit_leaf, audit_node, audit_treehead, audit_publickey")
    seal_now()
    tamper("DELETE FROM audit_entry WHERE at < now() - interval '20 days'")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place, broken.entry_id) == (Kind.REMOVED, 0, entries[0].pk)


def test_renumbering_over_a_gap_does_not_hide_it(written: Written) -> None:
    # given
    entries = written(6)
    tamper("DELETE FROM audit_leaf WHERE index = 2")
    tamper("DELETE FROM audit_entry WHERE id = %s", [entries[2].pk])
    tamper("UPDATE audit_leaf SET index = index - 1 WHERE index > 2")
    tamper("DELETE FROM audit_node WHERE level = 1 AND index = 2")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.kind == Kind.TAIL_CUT
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_treehead SET size = 5")
    assert verify().broken is not None


def test_two_leaves_in_exchanged_order_are_found(written: Written) -> None:
    # given
    written(5)
    tamper("UPDATE audit_leaf SET index = -1 WHERE index = 2")
    tamper("UPDATE audit_leaf SET index = 2 WHERE index = 3")
    tamper("UPDATE audit_leaf SET index = 3 WHERE index = -1")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.NODE, 2)
    assert "node 1/1 does not fit leaves 2 to 3" in broken.words


@pytest.mark.parametrize("index", [0, 2])
def test_a_changed_leaf_is_told_from_a_changed_entry(written: Written, index: int) -> None:
    # given
    entries = written(5)
    tamper("UPDATE audit_leaf SET hash = sha256(hash) WHERE index = %s", [index])

    # when
    broken = verify(level=1).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.LEAF_CHANGED, index)
    assert broken.entry_id == entries[index].pk


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE audit_node SET hash = sha256(hash) WHERE level = 1 AND index = 1", 2),
        ("UPDATE audit_node SET hash = sha256(hash) WHERE level = 2", 0),
        ("DELETE FROM audit_node WHERE level = 1 AND index = 0", 0),
        ("INSERT INTO audit_node VALUES (1, 2, '\\x00')", None),
    ],
)
@pytest.mark.parametrize("level", [1, 16])
def test_a_changed_missing_or_foreign_node_is_found(
    written: Written, statement: str, place: int | None, level: int
) -> None:
    # given
    written(5)
    tamper(statement)

    # when
    broken = verify(level=level).broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.NODE, place)


def test_a_changed_entry_with_leaf_and_nodes_made_to_fit_breaks_at_the_root(
    written: Written,
) -> None:
    # given
    entries = written(5)
    tamper("UPDATE audit_entry SET actor_name = 'x' WHERE id = %s", [entries[2].pk])
    head = rebuild_tree()

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.words == f"the root of head {head} is not that of the first 5 leaves"


@pytest.mark.parametrize("with_entries", [True, False])
def test_a_cut_tail_is_found(written: Written, with_entries: bool) -> None:
    # given
    entries = written(5)
    tamper("DELETE FROM audit_leaf WHERE index > 2")
    if with_entries:
        tamper("DELETE FROM audit_entry WHERE id > %s", [entries[2].pk])

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (Kind.TAIL_CUT, 3)
    assert "the last head covers 5 leaves, the last leaf is 2" in broken.words


def test_a_removed_last_head_is_found_by_the_leaves_beyond(written: Written) -> None:
    # given
    written(3)
    seal_now()
    written(2)
    seal_now()
    tamper("DELETE FROM audit_treehead WHERE number = 2")

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.words == ("leaf 4 lies beyond the last head, which covers 3: a head was removed")


@pytest.mark.parametrize(
    ("statement", "kind", "place"),
    [
        ("DELETE FROM audit_treehead WHERE number = 2", Kind.HEAD, 2),
        ("UPDATE audit_treehead SET at = at + interval '1 us' WHERE number = 1", Kind.SIGNATURE, 1),
        ("UPDATE audit_treehead SET size = 4 WHERE number = 3", Kind.HEAD, 3),
        ("UPDATE audit_treehead SET root = sha256(root) WHERE number = 3", Kind.SIGNATURE, 3),
        ("UPDATE audit_treehead SET previous = sha256('') WHERE number = 2", Kind.HEAD, 2),
        ("UPDATE audit_treehead SET signatures = '[]' WHERE number = 3", Kind.SIGNATURE, 3),
        ("UPDATE audit_treehead SET origin = 'x' WHERE number = 3", Kind.SIGNATURE, 3),
        ("UPDATE audit_publickey SET raw = sha256(raw)", Kind.SIGNATURE, 1),
        ("DELETE FROM audit_publickey", Kind.SIGNATURE, 1),
    ],
)
def test_a_wrong_head_is_found(written: Written, statement: str, kind: Kind, place: int) -> None:
    # given
    for _ in range(3):
        written(2)
        seal_now()
    tamper(statement)

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert (broken.kind, broken.place) == (kind, place)
