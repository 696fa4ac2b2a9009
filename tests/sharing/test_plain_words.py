"""What the sides of a request and of an agreement say is plain text: the other side acts on it, prints it."""

import pytest

from audit.models import Entry
from portal.common.errors import Invalid
from sharing.models import AgreementStep, RequestStep
from sharing.services import agreements, confirming, notes, requests, suspensions
from tests.agreements import proposed

pytestmark = pytest.mark.django_db

BAD = {
    "HTML": "<img src=x onerror=alert(1)>",
    "control": "好\x07",
    "mark": "好\u202e坏",
    "half": "\ud800",
    "long": "长" * 2001,
}
bad = pytest.mark.parametrize("words", BAD.values(), ids=BAD)


def everything():
    return (
        Entry.objects.count(),
        RequestStep.objects.count(),
        AgreementStep.objects.count(),
    )


@bad
@pytest.mark.parametrize("act", [requests.approve, requests.send_back])
def test_the_requesters_head_approves_and_sends_back_in_plain_words(cast, submitted, act, words):
    before = everything()
    with pytest.raises(Invalid) as refusal:
        act(request=submitted, version=submitted.version, opinion=words, by=cast.head)
    assert set(refusal.value.fields) == {"opinion"}
    submitted.refresh_from_db()
    assert (submitted.state, everything()) == ("internal_review", before)


@bad
def test_the_provider_answers_in_plain_words(cast, received, words):
    before = everything()
    with pytest.raises(Invalid):
        requests.agree(
            request=received, version=received.version, opinion=words, by=cast.provider_head
        )
    with pytest.raises(Invalid):
        requests.refuse(
            request=received,
            version=received.version,
            reason="scope_too_large",
            opinion=words,
            by=cast.provider_head,
        )
    with pytest.raises(Invalid):
        notes.write(request=received, words=words, by=cast.applicant)
    received.refresh_from_db()
    assert (received.state, everything()) == ("received", before)


@bad
def test_acts_on_an_agreement_are_in_plain_words(cast, agreement, words):
    before, state = everything(), agreement.state
    with pytest.raises(Invalid):
        suspensions.suspend(agreement=agreement, reason=words, by=cast.provider_head)
    with pytest.raises(Invalid):
        agreements.terminate(agreement=agreement, reason=words, by=cast.officer)
    with pytest.raises(Invalid) as refusal:
        proposed(agreement, cast.provider_steward, purpose=words if len(words) < 9 else BAD["HTML"])
    assert set(refusal.value.fields) == {"purpose"}
    agreement.refresh_from_db()
    assert (agreement.state, everything()) == (state, before)


def test_a_proposal_is_taken_back_in_plain_words(cast, agreement):
    version = proposed(agreement, cast.provider_steward, purpose="核验另一学期的资助资格")
    with pytest.raises(Invalid):
        confirming.retract(
            agreement=agreement,
            version=version.number,
            reason=BAD["HTML"],
            by=cast.provider_steward,
        )
    agreement.refresh_from_db()
    assert agreement.version_proposed == version
