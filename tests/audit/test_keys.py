"""Hashes and keys of the tree: chosen by setting, changed, lost, unfit."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from audit import notes, signing, tree
from audit.models import Leaf, PublicKey
from audit.proofs import inclusion, public_keys
from audit.sealing import seal
from audit.verification import verify
from tests.audit.conftest import Written
from tests.audit.database import seal_now

pytestmark = pytest.mark.usefixtures("committed")


OTHER_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def test_sm3_seals_the_whole_tree_and_a_tree_keeps_its_hash(written: Written, settings) -> None:
    # given
    settings.AUDIT_HASH = "sm3"
    entries = written(5)

    # when
    head = seal_now()

    # then
    assert head.facts.text.splitlines()[5] == "hash sm3"
    proof = inclusion(entries[3].pk)
    assert proof is not None
    assert proof.is_sound
    assert proof.leaf == tree.digest("sm3")(b"\0" + proof.canonical.encode())
    assert verify().is_whole
    settings.AUDIT_HASH = "sha256"
    written(1)
    with pytest.raises(ImproperlyConfigured, match="a tree keeps its hash"):
        seal()


def test_while_a_key_is_changed_both_sign_and_each_is_published(written: Written, settings) -> None:
    # given
    (old,) = settings.AUDIT_SIGNING_KEYS
    written(1)
    seal_now()

    # when
    settings.AUDIT_SIGNING_KEYS = [OTHER_KEY, old]
    written(1)
    both = seal_now()
    settings.AUDIT_SIGNING_KEYS = [OTHER_KEY]
    written(1)
    last = seal_now()

    # then
    known = public_keys()
    assert len(both.signatures) == 2
    assert notes.signers(both.facts, known) == set(known)
    assert notes.signers(last.facts, known) == {signing.held()[0].public.key_id}
    assert sorted(PublicKey.objects.values_list("first_head", flat=True)) == [1, 2]
    assert verify().is_whole


def test_a_lost_key_is_replaced_and_the_next_head_covers_what_it_signed(
    written: Written, settings
) -> None:
    # given
    written(1)
    seal_now()

    # when
    settings.AUDIT_SIGNING_KEYS = [OTHER_KEY]

    # then
    broken = verify().broken
    assert broken is not None
    assert broken.words == "head 1 is signed by no key of AUDIT_SIGNING_KEYS"
    written(1)
    seal_now()
    assert verify().is_whole


@pytest.mark.parametrize("keys", [["short"], ["!" * 44], []])
def test_an_unfit_key_is_refused(written: Written, settings, keys: list[str]) -> None:
    settings.AUDIT_SIGNING_KEYS = keys
    written(1)

    with pytest.raises(ImproperlyConfigured, match="AUDIT_SIGNING_KEYS"):
        seal()

    assert not Leaf.objects.exists()


def test_the_commands_seal_and_make_a_key(written: Written, capsys) -> None:
    written(2)
    call_command("seal_audit")
    call_command("audit_key")

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2 entries sealed, head 1:2"
    assert len(said[1]) == 44
