"""Every act on a request is for whom and when the table says; everything else changes nothing."""

import pytest

from audit.models import Entry
from portal.common.errors import NotAllowed, StaleVersion, WrongState
from sharing.models import (
    Agreement,
    AnswerExtension,
    Deadline,
    Dispute,
    Offer,
    RequestStep,
    SharingRequest,
    SupplementNotice,
)
from sharing.services import disputes, extensions, offers, requests, supplements
from tests.factories import in_days
from tests.sharing.request_acts import asked_for, contested, extended, offered, refused

pytestmark = pytest.mark.django_db

ACTS = {
    "supplement": lambda held, by: supplements.ask(
        request=held, version=held.version, missing=["use_scene"], opinion="补充", by=by
    ),
    "extension": lambda held, by: extensions.ask(
        request=held, version=held.version, days=5, opinion="核对", by=by
    ),
    "extension_decide": lambda held, by: extensions.decide(
        request=held, version=held.version, is_granted=True, by=by
    ),
    "offer": lambda held, by: offers.make(
        request=held,
        version=held.version,
        columns=["name"],
        use_until=in_days(9),
        opinion="九日",
        by=by,
    ),
    "accept": lambda held, by: offers.accept(request=held, version=held.version, by=by),
    "decline": lambda held, by: offers.decline(
        request=held, version=held.version, opinion="不够", by=by
    ),
    "dispute": lambda held, by: disputes.raise_dispute(
        request=held, version=held.version, opinion="不服", by=by
    ),
    "dispute_decide": lambda held, by: disputes.decide(
        request=held, version=held.version, outcome="upheld", opinion="有据", by=by
    ),
}
WAYS = {
    "received": lambda cast, held: held,
    "extension asked": extended,
    "supplement": asked_for,
    "offered": offered,
    "refused": refused,
    "contested": lambda cast, held: contested(cast, refused(cast, held)),
    "agreed": lambda cast, held: requests.agree(
        request=held, version=held.version, by=cast.provider_head
    ),
}
POSSIBLE = {
    ("received", "supplement"): {"provider_head"},
    ("received", "extension"): {"provider_head", "provider_steward"},
    ("received", "offer"): {"provider_head"},
    ("extension asked", "supplement"): {"provider_head"},
    ("extension asked", "offer"): {"provider_head"},
    ("extension asked", "extension_decide"): {"officer"},
    ("offered", "accept"): {"head"},
    ("offered", "decline"): {"head"},
    ("refused", "dispute"): {"applicant", "head"},
    ("contested", "dispute_decide"): {"officer"},
}
WHO = ("applicant", "head", "provider_steward", "provider_head", "officer", "stranger")


def told(request):
    """Everything that an act could have changed."""
    kinds = (SupplementNotice, AnswerExtension, Offer, Dispute, RequestStep, Deadline, Agreement)
    return (
        SharingRequest.objects.filter(pk=request.pk).values().get(),
        [list(kind.objects.order_by("pk").values()) for kind in kinds],
        Entry.objects.count(),
    )


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_for_whom_and_when_the_table_says(cast, received, state, act):
    held = WAYS[state](cast, received)
    allowed = POSSIBLE.get((state, act), set())
    before = told(held)
    for who in WHO:
        if who not in allowed:
            with pytest.raises((NotAllowed, WrongState)) as refusal:
                ACTS[act](held, getattr(cast, who))
            assert str(refusal.value.message)
            assert told(held) == before
    if allowed:
        ACTS[act](held, getattr(cast, sorted(allowed)[0]))
        assert told(held) != before
        with pytest.raises((StaleVersion, NotAllowed, WrongState)):
            ACTS[act](held, getattr(cast, sorted(allowed)[0]))
