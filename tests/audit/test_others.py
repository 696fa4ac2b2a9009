"""Heads of another portal that are kept here: what is taken, what is refused, who sees it."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import notes, others
from audit.models import Entry, OtherFork, OtherKey, OtherPortal
from audit.others import Forked, Unsound
from portal.demo.neighbour import Neighbour, fresh_key
from tests.audit.conftest import RELIEF
from tests.audit.neighbours import bring

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def refused(portal: OtherPortal, city: Neighbour, *heads, error=Unsound, **given) -> str:
    before = list(portal.heads.values_list("number", "note"))
    entries = Entry.objects.count()
    with pytest.raises(error) as caught:
        bring(portal, city, *heads, **given)
    assert list(portal.heads.values_list("number", "note")) == before
    assert Entry.objects.count() == entries + 1
    last = Entry.objects.latest("pk")
    assert (last.result, last.actor_name) == ("denied", RELIEF.name)
    assert last.data["reason"] == str(caught.value.message)
    return str(caught.value.message)


def test_heads_that_follow_on_each_other_are_kept_as_they_were_signed(
    portal: OtherPortal, city: Neighbour
) -> None:
    # given
    heads = [city.seal("a", "b"), city.seal("c"), city.seal("d", "e", "f")]

    # when
    bring(portal, city, heads[0])
    kept = bring(portal, city, *heads[1:])

    # then
    assert kept.number == 3
    assert [one.facts for one in others.heads_of(portal).reverse()] == heads
    assert [entry.action for entry in Entry.objects.all()] == ["audit.other.add"]


def test_heads_that_are_kept_already_are_passed_over(portal: OtherPortal, city: Neighbour) -> None:
    heads = [city.seal("a"), city.seal("b")]
    bring(portal, city, *heads)

    assert bring(portal, city, *heads, path=[]).number == 2
    assert bring(portal, city, heads[0], path=[]).number == 2
    city.seal("c")
    assert bring(portal, city, *city.heads).number == 3
    assert portal.heads.count() == 3


def test_a_portal_restored_from_a_backup_is_a_fork_and_its_own_signature_the_evidence(
    portal: OtherPortal, city: Neighbour
) -> None:
    # given: what was backed up after the first head, and went on from there another way
    city.seal("a", "b")
    backup = city.copy()
    city.seal("c")
    city.seal("d")
    bring(portal, city, *city.heads)
    second = backup.seal("x", "y")

    # when
    words = refused(portal, backup, second, error=Forked, path=[])

    # then
    assert "2" in words
    fork = OtherFork.objects.get()
    assert (fork.number, fork.note) == (2, second.note)
    assert notes.signed_by(notes.read(fork.note), {"": city.keys[0].public}) == {""}
    assert Entry.objects.latest("pk").data["note"] == second.note

    # and: brought again, it is no further evidence
    refused(portal, backup, second, error=Forked, path=[])
    assert OtherFork.objects.count() == 1


def test_a_rebuilt_trail_that_is_longer_than_the_kept_one_is_a_fork_too(
    portal: OtherPortal, city: Neighbour
) -> None:
    bring(portal, city, city.seal("a"))
    rebuilt = Neighbour(*city.keys)
    rebuilt.seal("x")
    rebuilt.seal("y")

    refused(portal, rebuilt, rebuilt.heads[1], error=Forked, path=rebuilt.path(1, 2))
    refused(portal, rebuilt, *rebuilt.heads, error=Forked, path=rebuilt.path(1, 2))

    assert sorted(OtherFork.objects.values_list("number", flat=True)) == [1, 2]


def test_a_chain_that_holds_over_a_tree_that_was_rebuilt_is_refused(
    portal: OtherPortal, city: Neighbour
) -> None:
    # given: its head continues the kept one, its tree does not
    city.seal("a", "b", "c")
    bring(portal, city, city.heads[0])
    rebuilt = Neighbour(*city.keys)
    rebuilt.heads = list(city.heads)
    head = rebuilt.seal("x", "b", "c", "d")

    # then
    refused(portal, rebuilt, head, path=rebuilt.path(3, 4))
    refused(portal, rebuilt, head, path=[])
    assert not OtherFork.objects.exists()


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"size": 1}, Forked),
        ({"at": notes.datetime(2020, 1, 1, tzinfo=notes.UTC)}, Forked),
        ({"algorithm": "sm3"}, Forked),
        ({"previous": b"\1" * 32}, Forked),
        ({"number": 3}, Unsound),
        ({"number": 2**63}, Unsound),
        ({"size": 2**63}, Unsound),
        ({"origin": "else.example/audit"}, Unsound),
    ],
)
def test_a_head_that_is_not_the_next_is_refused(
    portal: OtherPortal, city: Neighbour, changed: dict, error: type[Exception]
) -> None:
    bring(portal, city, city.seal("a"))
    head = city.seal("b", **changed)

    refused(portal, city, head, error=error, path=city.path(1, 2))


def test_the_first_head_is_number_one(portal: OtherPortal, city: Neighbour) -> None:
    city.seal("a")
    refused(portal, city, city.seal("b"))
    assert not portal.heads.exists()


def test_a_stranger_s_signature_is_refused(portal: OtherPortal) -> None:
    stranger = Neighbour(fresh_key())

    refused(portal, stranger, stranger.seal("a"))


def test_one_bad_head_refuses_all_that_came_with_it(portal: OtherPortal, city: Neighbour) -> None:
    city.seal("a")
    city.seal("b")
    city.seal("c", number=9)

    refused(portal, city, *city.heads, path=[])
    assert not portal.heads.exists()


def test_a_text_that_is_no_head_is_refused(portal: OtherPortal) -> None:
    with pytest.raises(Unsound):
        others.keep(portal=portal, brought=["nonsense"], by=RELIEF)
    with pytest.raises(Unsound):
        others.keep(portal=portal, brought=[], by=RELIEF)
    assert not portal.heads.exists()


def test_a_key_that_signs_beside_a_known_one_is_learned_and_then_signs_alone(
    portal: OtherPortal, city: Neighbour
) -> None:
    # given
    old, new = city.keys[0], fresh_key()
    bring(portal, city, city.seal("a"))

    # when: while both sign
    city.keys = [new, old]
    bring(portal, city, city.seal("b"), keys=[new.public.raw, old.public.raw])
    city.keys = [new]
    bring(portal, city, city.seal("c"))

    # then
    learned = OtherKey.objects.get(since=2)
    assert bytes(learned.raw) == new.public.raw
    entry = Entry.objects.get(action="audit.other.trust")
    assert entry.data == {"key": new.public.key_id, "head": 2}
    assert others.last_of(portal).number == 3


def test_a_key_that_is_only_claimed_is_not_learned(portal: OtherPortal, city: Neighbour) -> None:
    bring(portal, city, city.seal("a"), keys=[fresh_key().public.raw])

    assert OtherKey.objects.count() == 1


def test_after_a_lost_key_the_operators_tell_the_new_one(
    portal: OtherPortal, city: Neighbour
) -> None:
    bring(portal, city, city.seal("a"))
    city.keys = [fresh_key()]
    head = city.seal("b")
    refused(portal, city, head)

    out = StringIO()
    key = base64.b64encode(city.keys[0].public.raw).decode()
    call_command("audit_others", "trust", "city", "--key", key, stdout=out)

    assert bring(portal, city, head).number == 2
    assert city.keys[0].public.key_id in out.getvalue()
    assert Entry.objects.filter(action="audit.other.trust").count() == 1


def test_what_is_kept_is_never_changed(portal: OtherPortal, city: Neighbour) -> None:
    bring(portal, city, city.seal("a"))
    OtherFork.objects.create(portal=portal, number=1, note="x", words="x")
    for table in ("audit_otherhead", "audit_otherfork"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET number = 9"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    assert portal.heads.count() == portal.forks.count() == 1


def test_the_command_adds_a_portal_and_lists_what_is_kept(city: Neighbour) -> None:
    # given
    out = StringIO()
    key = base64.b64encode(city.keys[0].public.raw).decode()

    # when
    call_command(
        "audit_others", "add", "city", "--label", "示范市门户", "--origin", city.origin,
        "--key", key, stdout=out,
    )  # fmt: skip
    portal = OtherPortal.objects.get()
    call_command("audit_others", "list", stdout=out)
    bring(portal, city, city.seal("a", "b"))
    call_command("audit_others", "list", stdout=out)

    # then
    assert out.getvalue().splitlines() == [
        "city pushes to /api/v1/audit/others/city/heads/",
        "city (city.example/audit): no head yet",
        "city (city.example/audit): head 1 over 2 entries",
    ]
    assert Entry.objects.get().action == "audit.other.add"


@pytest.mark.parametrize(
    "given",
    [
        ["add", "a b", "--label", "x", "--origin", "o", "--key", "A" * 43 + "="],
        ["add", "city", "--label", "x", "--origin", "o", "--key", "short"],
        ["add", "city", "--label", "x", "--origin", "o", "--key", "A" * 44],
        ["trust", "nobody", "--key", "A" * 43 + "="],
    ],
)
def test_the_command_refuses_what_is_unfit(given: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("audit_others", *given)

    assert not OtherPortal.objects.exists()
    assert not Entry.objects.exists()
