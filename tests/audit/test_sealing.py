"""What the sealer takes, in which order, and what two of them, a dead one or a strange clock do."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import notes, signing, tree
from audit.models import Entry, Leaf, Node, PublicKey, TreeHead
from audit.proofs import consistency, inclusion, public_keys
from audit.sealing import CannotSeal, seal
from audit.services import record
from audit.tasks import seal as seal_task
from audit.verification import verify
from portal.embedded.place import CHECKOUT
from tests.audit.conftest import ZHOU, Written
from tests.audit.database import behind_the_portals_back, seal_now
from tests.audit.tampering import sign_anew

pytestmark = pytest.mark.usefixtures("committed")


@contextmanager
def open_act(**data: object) -> Iterator[Entry]:
    """An act of somebody else that has recorded; it commits at the end of the block."""
    made: list[Entry] = []
    recorded, end = threading.Event(), threading.Event()

    def act() -> None:
        try:
            with transaction.atomic():
                made.append(record(actor=ZHOU, action="audit.export", target=None, **data))
                recorded.set()
                end.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    assert recorded.wait(10)
    try:
        yield made[0]
    finally:
        end.set()
        thread.join(10)


def sealed_ids() -> list[int]:
    return list(Leaf.objects.order_by("index").values_list("entry_id", flat=True))


def test_entries_become_leaves_in_the_order_of_their_acts(written: Written) -> None:
    # given
    entries = written(5)

    # when
    sealed = seal()

    # then
    assert sealed is not None
    assert sealed.entries == 5
    assert sealed_ids() == [entry.pk for entry in entries]
    for leaf in Leaf.objects.all():
        proof = inclusion(leaf.entry_id)
        assert proof is not None
        assert bytes(leaf.hash) == sha256(b"\0" + proof.canonical.encode()).digest()
        assert proof.is_sound
    assert set(Node.objects.values_list("level", "index")) == {(1, 0), (1, 1), (2, 0)}


def test_a_seal_with_nothing_new_makes_no_head(written: Written) -> None:
    assert seal() is not None
    assert not TreeHead.objects.exists()
    written(1)
    head = seal_now()

    again = seal()

    assert again is not None
    assert (again.entries, again.head) == (0, head)
    assert TreeHead.objects.count() == 1


def test_heads_are_signed_chained_and_each_grows_from_the_one_before(written: Written) -> None:
    # when
    heads = []
    for count in (3, 1, 7):
        written(count)
        heads.append(seal_now())

    # then
    assert [(head.number, head.size) for head in heads] == [(1, 3), (2, 4), (3, 11)]
    assert bytes(heads[0].previous) == bytes(32)
    ours = {key.public.key_id for key in signing.held()}
    for before, head in pairwise(heads):
        assert bytes(head.previous) == sha256(before.facts.note.encode()).digest()
        proof = consistency(before, head)
        assert tree.consistent(
            tree.digest("sha256"),
            first=before.size,
            second=head.size,
            old=bytes(before.root),
            new=bytes(head.root),
            path=proof.path,
        )
    for head in heads:
        assert notes.signers(head.facts, public_keys()) == ours
        assert notes.read(head.facts.note) == head.facts
    assert set(PublicKey.objects.values_list("key_id", "first_head")) == {(*ours, 1)}


def test_an_act_that_stays_open_is_sealed_later_and_keeps_nobody_waiting(written: Written) -> None:
    # given
    before = written(1)
    with open_act() as late:
        # when
        meanwhile = []
        for _ in range(3):
            meanwhile += written(1)
            seal_now()

        # then
        assert sealed_ids() == [entry.pk for entry in [*before, *meanwhile]]
        assert late.pk < meanwhile[0].pk
    assert seal_now().size == 5
    assert sealed_ids() == [entry.pk for entry in [*before, *meanwhile, late]]
    assert verify().is_whole


def test_an_act_that_is_rolled_back_leaves_no_gap(written: Written) -> None:
    written(1)
    with transaction.atomic():
        record(actor=ZHOU, action="audit.search", target=None)
        seal_in_a_thread()
        transaction.set_rollback(True)
    written(1)

    assert seal_now().size == 2
    assert verify().is_whole


def test_many_writers_and_sealers_at_once_seal_every_entry_once() -> None:
    # given
    writers, each = 4, 30
    stop, faults = threading.Event(), []

    def write(name: int) -> None:
        try:
            for n in range(each):
                with transaction.atomic():
                    record(actor=ZHOU, action="audit.search", target=None, writer=name, n=n)
                    if n % 5 == 0:
                        record(actor=ZHOU, action="audit.export", target=None)
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connection.close()

    def seal_on() -> None:
        try:
            while not stop.is_set():
                seal()
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            connection.close()

    sealers = [threading.Thread(target=seal_on) for _ in range(2)]
    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]

    # when
    for thread in [*sealers, *threads]:
        thread.start()
    for thread in threads:
        thread.join(60)
    stop.set()
    for thread in sealers:
        thread.join(60)
    head = seal_now()

    # then
    assert not faults
    assert head.size == writers * (each + each // 5) == Entry.objects.count()
    assert sorted(sealed_ids()) == sorted(Entry.objects.values_list("pk", flat=True))
    assert verify().is_whole


def test_a_second_sealer_leaves_it_to_the_first(written: Written) -> None:
    # given
    written(1)
    with psycopg.connect(**parameters()) as first:
        first.execute("SELECT pg_advisory_xact_lock('audit_treehead'::regclass::oid::int, 0)")

        # then
        assert seal() is None
        seal_task.apply().get()
        assert not TreeHead.objects.exists()
    assert seal_now().size == 1


@pytest.mark.parametrize(
    "at", ["COPY audit_leaf", "COPY audit_node", 'INSERT INTO "audit_treehead"']
)
def test_a_sealer_that_dies_leaves_nothing_and_the_next_takes_all(
    written: Written, at: str
) -> None:
    # given
    written(3)
    seal_now()
    entries = written(4)
    before = list(TreeHead.objects.values_list("number", "size"))

    # when
    code = f"""
import os, django
django.setup()
import psycopg
from django.db import connection
from audit.sealing import seal
real, copied = connection.execute_wrapper, psycopg.Cursor.copy
def die(execute, sql, params, many, context):
    done = execute(sql, params, many, context)
    if str(sql).startswith({at!r}):
        os.kill(os.getpid(), 9)
    return done
def copy(cursor, statement, *rest, **more):
    if str(statement).startswith({at!r}):
        os.kill(os.getpid(), 9)
    return copied(cursor, statement, *rest, **more)
psycopg.Cursor.copy = copy
with real(die):
    seal()
"""
    place = parameters()
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "DATABASE_URL": "postgres://{user}:{password}@{host}:{port}/{dbname}".format(**place),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    # then
    assert killed.returncode == -9, killed.stderr
    assert list(TreeHead.objects.values_list("number", "size")) == before
    assert Leaf.objects.count() == 3
    assert seal_now().size == 7
    assert sealed_ids()[3:] == [entry.pk for entry in entries]
    assert verify().is_whole


def test_a_clock_that_jumps_back_stands_still_in_the_heads(written: Written) -> None:
    # given
    written(1)
    first = seal_now()
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_treehead SET at = at + interval '1 hour'")
    ahead = first.at + timedelta(hours=1)
    sign_anew(TreeHead.objects.get())

    # when
    written(1)
    second = seal_now()

    # then
    assert second.at == ahead
    assert verify().is_whole


def test_nothing_is_built_on_a_tree_that_was_changed(written: Written) -> None:
    # given
    written(3)
    seal_now()
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_leaf SET hash = sha256(hash) WHERE index = 2")
    written(1)

    # when
    with pytest.raises(CannotSeal, match="do not give the root of head 1"):
        seal()
    with pytest.raises(CommandError, match="Run verify_audit"):
        call_command("seal_audit")

    # then
    assert Leaf.objects.count() == 3


def test_leaves_without_their_head_stop_the_sealer(written: Written) -> None:
    # given
    written(1)
    seal_now()
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_treehead")

    # when
    with pytest.raises(CannotSeal, match="no head"):
        seal()

    # then
    assert not TreeHead.objects.exists()


def test_a_dump_restored_in_another_cluster_goes_on(written: Written) -> None:
    """There the numbers of transactions begin anew: those that came along lie far ahead."""
    # given
    written(3)
    seal_now()
    unsealed = written(2)
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_leaf WHERE index > 2")
        cursor.execute("DELETE FROM audit_node WHERE (index + 1) << level > 3")
        cursor.execute("DELETE FROM audit_treehead WHERE number > 1")
        cursor.execute("UPDATE audit_treehead SET cluster = '42', snapshot = '9000000:9000000:'")
        cursor.execute("UPDATE audit_entry SET xid = '8000000'")

    # when
    first = seal_now()
    later = written(2)
    second = seal_now()

    # then
    assert (first.size, second.size) == (5, 7)
    assert sealed_ids()[3:] == [entry.pk for entry in [*unsealed, *later]]
    assert verify().is_whole


def test_entries_of_any_isolation_are_sealed() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        record(actor=None, action="audit.search", target=None)

    assert seal_now().size == 1


def parameters() -> dict[str, object]:
    given = connection.settings_dict
    place = {key: given[key.upper()] for key in ("user", "password", "host", "port")}
    return {"dbname": given["NAME"], **place}


def seal_in_a_thread() -> None:
    def act() -> None:
        seal()
        connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    thread.join(20)
