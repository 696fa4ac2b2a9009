"""How far sealing is behind, the policy that stops delivery, the board, and heads for outsiders."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import proofs, standing
from audit.models import Entry, TreeHead, WitnessState
from audit.services import record
from audit.standing import TrailBehind, enforce_sealed
from portal.organisation.models import DutyKind, User
from tests.audit.conftest import ZHOU, Written
from tests.audit.database import seal_now, unguarded
from tests.factories import UserFactory
from tests.html_checks import problems

ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory(name="孙审计", duties=[DutyKind.AUDIT_ADMIN])


@pytest.fixture
def client(auditor: User) -> Client:
    client = Client(**ENGLISH)
    client.force_login(auditor)
    return client


def grow_old(seconds: int) -> None:
    """As if what is written had been written that long ago; sealed or not as it was."""
    with unguarded() as cursor:
        for table in ("audit_entry", "audit_treehead"):
            cursor.execute(f"UPDATE {table} SET at = at - make_interval(secs => %s)", [seconds])


def test_the_lag_is_how_long_the_oldest_unsealed_entry_has_waited(written: Written) -> None:
    assert standing.standing().lag == timedelta()
    written(2)
    seal_now()
    assert (standing.standing().unsealed, standing.standing().oldest) == (0, None)
    written(3)
    grow_old(60)

    found = standing.standing()

    assert found.unsealed == 3
    assert timedelta(seconds=60) <= found.lag < timedelta(seconds=120)


def test_delivery_goes_on_unless_the_policy_is_set(written: Written, settings) -> None:
    written(1)
    grow_old(3600)
    enforce_sealed()

    settings.AUDIT_STOP_AFTER = 60
    with pytest.raises(TrailBehind) as stopped:
        enforce_sealed()

    assert (stopped.value.status, stopped.value.code) == (503, "audit_behind")
    assert stopped.value.retry_after == 10
    seal_now()
    enforce_sealed()


def test_young_entries_do_not_stop_it(written: Written, settings) -> None:
    settings.AUDIT_STOP_AFTER = 60
    written(2)
    seal_now()
    grow_old(3600)
    written(1)

    enforce_sealed()


def test_a_witness_that_is_away_or_forked_stops_it(written: Written, settings, tmp_path) -> None:
    # given
    settings.AUDIT_STOP_AFTER = 60
    settings.AUDIT_WITNESS_FILE = str(tmp_path / "heads")
    written(1)
    seal_now()
    grow_old(3600)

    # then
    with pytest.raises(TrailBehind, match="见证方尚未确认"):
        enforce_sealed()
    state = WitnessState.objects.create(name="file", head=1)
    try:
        enforce_sealed()
        WitnessState.objects.update(forked=True)
        with pytest.raises(TrailBehind, match="不一致"):
            enforce_sealed()
    finally:
        state.delete()


def test_the_board_shows_how_it_stands_and_records_the_look(
    transactional_db: None, client: Client, settings, tmp_path
) -> None:
    # given
    settings.AUDIT_WITNESS_FILE = str(tmp_path / "heads")
    with transaction.atomic():
        record(actor=ZHOU, action="audit.verify", target=None, result="failed", broken="entry 7")
    head = seal_now()
    WitnessState.objects.create(
        name="file",
        head=1,
        hash=head.facts.hash,
        at=timezone.now(),
        error="disk full",
        failing_since=timezone.now(),
    )

    # when
    html = client.get(reverse("audit:seals")).content.decode()

    # then
    assert problems(html) == []
    assert f"Head 1 over {head.size} entr" in html
    assert "does not answer" in html
    assert "disk full" in html
    assert "entry 7" in html
    assert proofs.keys_as_json()[0]["key"] in html
    assert Entry.objects.filter(action="audit.seals.read", result="ok").count() == 1


def test_without_witness_and_head_the_board_says_so(client: Client) -> None:
    html = client.get(reverse("audit:seals")).content.decode()

    assert problems(html) == []
    assert "There is no witness" in html
    assert "Nothing is sealed yet." in html


def test_heads_and_their_consistency_are_for_everybody_signed_in(transactional_db: None) -> None:
    # given
    for _ in range(2):
        with transaction.atomic():
            record(actor=ZHOU, action="audit.search", target=None)
        seal_now()
    client = Client()
    client.force_login(UserFactory(duties=[DutyKind.STAFF]))

    # when
    heads = client.get("/api/v1/audit/heads/").json()["results"]
    latest = client.get("/api/v1/audit/heads/latest/").json()
    proof = client.get("/api/v1/audit/heads/consistency/?first=1&second=2").json()

    # then
    assert [head["number"] for head in heads] == [2, 1]
    assert latest == heads[0]
    assert latest["note"] == TreeHead.objects.get(number=2).facts.note
    assert proof["first"]["head"] == 1
    assert len(proof["path"]) >= 1
    assert client.get("/api/v1/audit/keys/").json() == proofs.keys_as_json()
    for query, status in (("first=2&second=1", 422), ("first=x", 422), ("first=1&second=9", 404)):
        answer = client.get(f"/api/v1/audit/heads/consistency/?{query}")
        assert answer.status_code == status
    assert Client().get("/api/v1/audit/heads/").status_code == 401


def test_the_proof_of_an_entry_is_for_the_audit_administrator_and_recorded(
    transactional_db: None, client: Client
) -> None:
    # given
    with transaction.atomic():
        entry = record(actor=ZHOU, action="audit.search", target=None)
    url = f"/api/v1/audit/events/{entry.pk}/proof"
    assert client.get(url).json()["sealed"] is False
    head = seal_now()

    # when
    proof = client.get(url).json()

    # then
    assert (proof["sealed"], proof["head"], proof["size"]) == (True, 1, head.size)
    assert proof["root"] == bytes(head.root).hex()
    looks = Entry.objects.filter(action="audit.proof.read", target_id=str(entry.pk))
    assert looks.count() == 2
    stranger = Client()
    stranger.force_login(UserFactory(duties=[DutyKind.STAFF]))
    assert stranger.get(url).status_code == 403
    assert Entry.objects.filter(action="audit.proof.read", result="denied").count() == 1
    assert client.get("/api/v1/audit/events/999999999/proof").status_code == 404
