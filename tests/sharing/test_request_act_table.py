"""Every state of a request, every act on it, every actor: what is possible, and nothing else.

The table is written down here by hand. A combination outside it is refused with its reason, and
neither the request nor a clock nor a notice nor the trail changes.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from audit.models import Entry
from portal.clocks.models import Notice
from portal.common.errors import DomainError, NotAllowed, WrongState
from sharing.models import (
    Agreement,
    AnswerExtension,
    Deadline,
    Dispute,
    Offer,
    RequestNote,
    RequestStep,
    SharingRequest,
    SupplementNotice,
)
from sharing.services import disputes, extensions, notes, offers, requests, supplements
from tests.factories import in_days
from tests.sharing.conftest import data
from tests.sharing.request_acts import asked_for, contested, extended, offered, refused

pytestmark = pytest.mark.django_db

ACTORS = ("applicant", "head", "provider_steward", "provider_head", "officer", "stranger")
OWN = {"applicant", "head"}
SIDES = OWN | {"provider_steward", "provider_head"}
BEFORE = {"draft", "internal", "returned"}
WAITING = {"received", "asked", "extended"}
LIVE = BEFORE | WAITING | {"supplement", "offered"}
STATES = (*sorted(LIVE), "refused", "contested", "upheld", "agreed", "withdrawn")

# act: who may, in which states.
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "change": ({"applicant"}, {"draft", "returned", "supplement"}),
    "submit": ({"applicant"}, {"draft", "returned", "supplement"}),
    "send_back": ({"head"}, {"internal"}),
    "approve": ({"head"}, {"internal"}),
    "withdraw": (OWN, LIVE),
    "agree": ({"provider_head"}, WAITING),
    "refuse": ({"provider_head"}, WAITING),
    "supplement": ({"provider_head"}, WAITING),
    "offer": ({"provider_head"}, WAITING),
    "extend": ({"provider_steward", "provider_head"}, {"received"}),
    "decide_extension": ({"officer"}, {"asked"}),
    "acknowledge": (OWN, {"extended"}),
    "advise": ({"officer"}, WAITING),
    "write": (SIDES, set(STATES) - BEFORE - {"withdrawn"}),
    "accept": ({"head"}, {"offered"}),
    "decline": ({"head"}, {"offered"}),
    "dispute": (OWN, {"refused"}),
    "decide_dispute": ({"officer"}, {"contested"}),
}

Act = Callable[[SharingRequest, Any], object]


def on_version(service: Callable[..., object], **given: object) -> Act:
    return lambda one, by: service(request=one, version=one.version, by=by, **given)


ACTS: dict[str, Act] = {
    "change": lambda one, by: requests.change_draft(
        request=one, version=one.version, data=data(use_scene="另一场景"), by=by
    ),
    "submit": on_version(requests.submit),
    "send_back": on_version(requests.send_back, opinion="请补充"),
    "approve": on_version(requests.approve),
    "withdraw": on_version(requests.withdraw),
    "agree": on_version(requests.agree),
    "refuse": on_version(requests.refuse, reason="scope_too_large", opinion="范围过大"),
    "supplement": on_version(supplements.ask, missing=["use_scene"], opinion="补充"),
    "offer": lambda one, by: offers.make(
        request=one,
        version=one.version,
        columns=["name"],
        use_until=in_days(9),
        opinion="九日",
        by=by,
    ),
    "extend": on_version(extensions.ask, days=5, opinion="核对"),
    "decide_extension": on_version(extensions.decide, is_granted=True),
    "acknowledge": lambda one, by: extensions.acknowledge(request=one, by=by),
    "advise": lambda one, by: notes.advise(request=one, verdict="fine", words="材料齐全", by=by),
    "write": lambda one, by: notes.write(request=one, words="请说明", by=by),
    "accept": on_version(offers.accept),
    "decline": on_version(offers.decline, opinion="不够"),
    "dispute": on_version(disputes.raise_dispute, opinion="不服"),
    "decide_dispute": on_version(disputes.decide, outcome="upheld", opinion="有据"),
}


def do(act: str, one: SharingRequest, by: Any) -> SharingRequest:
    ACTS[act](one, by)
    return SharingRequest.objects.get(pk=one.pk)


def in_state(cast, resource, state: str) -> SharingRequest:
    """Brought there by the services."""
    one = requests.start_request(resource=resource, data=data(), by=cast.applicant)
    if state == "draft":
        return one
    if state == "withdrawn":
        return do("withdraw", one, cast.applicant)
    one = do("submit", one, cast.applicant)
    if state == "internal":
        return one
    if state == "returned":
        return do("send_back", one, cast.head)
    one = do("approve", one, cast.head)
    match state:
        case "asked":
            one = extended(cast, one)
        case "extended":
            one = do("decide_extension", extended(cast, one), cast.officer)
        case "supplement":
            one = asked_for(cast, one)
        case "offered":
            one = offered(cast, one)
        case "refused":
            one = refused(cast, one)
        case "contested":
            one = contested(cast, refused(cast, one))
        case "upheld":
            one = do("decide_dispute", contested(cast, refused(cast, one)), cast.officer)
        case "agreed":
            one = do("agree", one, cast.provider_head)
    return one


def everything(one: SharingRequest) -> tuple[object, ...]:
    """All that an act could have changed."""
    kinds = (
        SupplementNotice,
        AnswerExtension,
        Offer,
        Dispute,
        RequestStep,
        RequestNote,
        Deadline,
        Agreement,
        Notice,
    )
    return (
        list(SharingRequest.objects.filter(pk=one.pk).values()),
        [list(kind.objects.order_by("pk").values()) for kind in kinds],
        Entry.objects.count(),
    )


@pytest.mark.parametrize("state", STATES)
def test_every_act_by_every_actor_is_as_the_table_says(cast, resource, settings, state):
    settings.PRE_CHECK = True
    one = in_state(cast, resource, state)
    before = everything(one)
    found, wanted = {}, {}
    for act, (may, where) in TABLE.items():
        for who in ACTORS:
            wanted[act, who] = "done" if who in may and state in where else "refused"
            found[act, who] = tried(one, act, getattr(cast, who), before)

    assert found == wanted


def test_the_table_names_every_act():
    assert TABLE.keys() == ACTS.keys()


def tried(one: SharingRequest, act: str, by: Any, before: object) -> str:
    """ "done" or "refused", undone again; what was refused had changed nothing and had a reason."""
    refusal = None
    with transaction.atomic():
        try:
            do(act, SharingRequest.objects.get(pk=one.pk), by)
        except DomainError as refused_as:
            refusal = refused_as
        is_changed = everything(one) != before
        transaction.set_rollback(True)
    if refusal is None:
        return "done" if is_changed else "done nothing"
    is_sound = isinstance(refusal, NotAllowed | WrongState) and bool(str(refusal.message))
    return "refused" if is_sound and not is_changed else f"refused: {refusal.code}"


@pytest.mark.parametrize(
    ("state", "act", "who"),
    [
        ("draft", "submit", "applicant"),
        ("internal", "approve", "head"),
        ("received", "agree", "provider_head"),
        ("received", "refuse", "provider_head"),
        ("offered", "accept", "head"),
        ("refused", "dispute", "applicant"),
        ("contested", "decide_dispute", "officer"),
        ("asked", "decide_extension", "officer"),
    ],
)
def test_a_double_click_is_one_act(cast, resource, state, act, who):
    one = in_state(cast, resource, state)
    seen = SharingRequest.objects.get(pk=one.pk)
    do(act, one, getattr(cast, who))
    after = everything(one)

    # when: the second click brings the version that the page showed
    with pytest.raises(DomainError) as refusal:
        ACTS[act](seen, getattr(cast, who))

    assert refusal.value.code in {"stale_version", "wrong_state", "not_allowed"}
    assert everything(one) == after
