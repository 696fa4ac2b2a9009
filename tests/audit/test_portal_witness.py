"""A portal pushes its heads to another one over HTTP, by the key of an information system there."""

import pytest
from django.db import transaction

from audit import others, signing
from audit.audit_actions import ACTIONS
from audit.models import OtherFork, OtherHead, OtherPortal, TreeHead, WitnessState
from audit.notes import read_all
from audit.reading import other_heads
from audit.services import record
from audit.standing import TrailBehind, enforce_sealed
from audit.verification import verify
from audit.witnesses import push
from portal.organisation.models import DutyKind
from portal.organisation.services import systems
from tests.audit.conftest import ZHOU
from tests.audit.database import behind_the_portals_back, seal_now
from tests.factories import InformationSystemFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def sealed(count: int) -> list[TreeHead]:
    made = []
    for _ in range(count):
        with transaction.atomic():
            record(actor=ZHOU, action=next(iter(ACTIONS)), target=None)
        made.append(seal_now())
    return made


@pytest.fixture
def other(live_server, settings) -> OtherPortal:
    """The other portal: another process's threads, the same database, tables of its own for what it keeps."""
    system = InformationSystemFactory()
    head = UserFactory(department=system.department, duties=[DutyKind.WORK_BODY_HEAD])
    issued = systems.issue_api_key(system=system, days=5, by=head)
    first = seal_now()
    made = others.add(
        name="province",
        label="示范省门户",
        origin=first.origin,
        key=signing.held()[0].public,
        by=None,
    )
    settings.AUDIT_WITNESS_PORTAL = f"{live_server.url}/api/v1/audit/others/province/heads/"
    settings.AUDIT_WITNESS_PORTAL_KEY = issued.secret
    return made


def state() -> WitnessState:
    return WitnessState.objects.get(name="portal")


def test_another_portal_keeps_every_head_and_tells_a_restored_backup(
    other: OtherPortal, settings
) -> None:
    # given
    sealed(3)
    push()
    push()
    ours = [head.facts for head in TreeHead.objects.order_by("number")]
    assert [one.facts for one in others.heads_of(other).reverse()] == ours
    assert (state().head, state().error, state().forked) == (len(ours), "", False)
    assert not OtherFork.objects.exists()

    # when: an older copy comes back, which knows nothing of the last heads nor of having sent them
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_treehead WHERE number > 2")
        cursor.execute("SELECT size FROM audit_treehead WHERE number = 2")
        (size,) = cursor.fetchone()
        cursor.execute("DELETE FROM audit_leaf WHERE index >= %s", [size])
        cursor.execute("DELETE FROM audit_node WHERE (index + 1) << level > %s", [size])
        cursor.execute("DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_leaf)")
    WitnessState.objects.all().delete()
    push()

    # then
    assert state().forked
    assert "which this trail does not reach" in state().error
    settings.AUDIT_STOP_AFTER = 5
    with pytest.raises(TrailBehind):
        enforce_sealed()
    settings.AUDIT_STOP_AFTER = 0

    # and: it goes on by itself to the same number, and is told all the same
    sealed(len(ours))
    push()
    assert state().forked
    assert "is another than that of this trail" in state().error
    assert OtherHead.objects.count() == len(ours)
    auditor = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    kept = read_all("".join(other_heads(by=auditor, name="province")))
    broken = verify(anchor=kept).broken
    assert broken is not None
    assert "is not the one of the anchor" in broken.words


def test_a_portal_that_was_away_or_refused_is_given_all_it_missed(
    other: OtherPortal, settings
) -> None:
    # given
    url, key = settings.AUDIT_WITNESS_PORTAL, settings.AUDIT_WITNESS_PORTAL_KEY
    sealed(1)
    settings.AUDIT_WITNESS_PORTAL_KEY = "gdsp_wrong"
    push()
    assert "401" in state().error
    assert not state().forked
    settings.AUDIT_WITNESS_PORTAL = "http://127.0.0.1:9/api/v1/audit/others/province/heads/"
    push()
    assert state().failing_since is not None
    assert not OtherHead.objects.exists()

    # when
    sealed(2)
    settings.AUDIT_WITNESS_PORTAL, settings.AUDIT_WITNESS_PORTAL_KEY = url, key
    push()

    # then
    assert OtherHead.objects.count() == TreeHead.objects.count()
    assert (state().error, state().failing_since) == ("", None)


def test_a_witness_that_lost_what_it_held_is_given_everything_again(other: OtherPortal) -> None:
    # given
    sealed(1)
    push()
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_otherhead")

    # when
    sealed(1)
    push()

    # then
    assert OtherHead.objects.count() == TreeHead.objects.count()
    assert not state().forked


def test_only_https_is_called_where_the_policy_says_so(other: OtherPortal, settings) -> None:
    settings.WEBHOOK_HTTPS_ONLY = True

    push()

    assert state().error == "AUDIT_WITNESS_PORTAL: only https:// is allowed"
    assert not OtherHead.objects.exists()
