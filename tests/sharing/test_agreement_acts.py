"""Every state of an agreement, every act on it, every actor: what is possible, and nothing else.

The table is written down here by hand. A combination outside it is refused with its reason, and
neither state nor terms nor right nor view nor trail changes.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import Entry
from catalog.models import Resource
from portal.common.errors import DomainError, NotAllowed, WrongState
from sharing import outlet
from sharing.models import (
    Agreement,
    AgreementConfirmation,
    AgreementStep,
    AgreementVersion,
    EndPlan,
    Suspension,
)
from sharing.services import agreements, confirming, ending, requests, suspensions
from tests.agreements import confirmed, proposed
from tests.factories import UserFactory, in_days

from .conftest import data, fill

ACTORS = (
    "applicant",
    "head",
    "provider_steward",
    "provider_head",
    "officer",
    "stranger",
)
PROPOSERS = {"applicant", "provider_steward"}
HEADS = {"head", "provider_head"}
SUSPENDERS = {"provider_head", "officer"}
FLOWING = {"pending", "pending+", "active", "active+", "planned", "ending"}
STOPPED = {"awaiting", "suspended", "rectifying"}

# act: who may, in which states.
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "propose": (PROPOSERS, {"awaiting", "pending", "active", "planned", "ending"}),
    "retract": (HEADS | {"provider_steward"}, {"pending+", "active+"}),
    "confirm": (HEADS, {"awaiting", "pending+", "active+"}),
    "activate": ({"provider_steward", "provider_head"}, {"pending", "pending+"}),
    "suspend": (SUSPENDERS, {"active", "active+", "planned", "ending"}),
    "rectify": (SUSPENDERS, {"suspended"}),
    "report": ({"head"}, {"rectifying"}),
    "restore": (SUSPENDERS, {"suspended", "rectifying"}),
    "consult": ({"provider_head"}, FLOWING - {"planned"}),
    "answer": ({"head"}, {"planned"}),
    "terminate": ({"head", "officer"}, FLOWING | STOPPED),
}
# Beside the table: a provider alone ends only what does not flow, or what it was agreed to end.
PROVIDER_ENDS = STOPPED | {"ending"}
STATES = (
    "awaiting",
    "pending",
    "pending+",
    "active",
    "active+",
    "planned",
    "ending",
    "suspended",
    "rectifying",
    "terminated",
    "expired",
)


def _proposed(one: Agreement) -> dict[str, Any]:
    version = one.version_proposed
    return {"version": version.number if version else 1}


def _hashed(one: Agreement) -> dict[str, Any]:
    version = one.version_proposed
    return {**_proposed(one), "content_hash": version.content_hash if version else "0" * 64}


ACTS: dict[str, Callable[[Agreement, Any], object]] = {
    "propose": lambda one, by: proposed(one, by, calls_a_day=7),
    "retract": lambda one, by: confirming.retract(agreement=one, by=by, **_proposed(one)),
    "confirm": lambda one, by: confirming.confirm(agreement=one, by=by, **_hashed(one)),
    "activate": lambda one, by: agreements.activate(agreement=one, by=by),
    "suspend": lambda one, by: suspensions.suspend(agreement=one, reason="超范围", by=by),
    "rectify": lambda one, by: suspensions.rectify(
        agreement=one, demand="删除", until=in_days(5), by=by
    ),
    "report": lambda one, by: suspensions.report(agreement=one, report="已删除", by=by),
    "restore": lambda one, by: suspensions.restore(agreement=one, reason="已整改", by=by),
    "consult": lambda one, by: ending.consult(agreement=one, reason="系统下线", by=by),
    "answer": lambda one, by: ending.answer(agreement=one, agrees=False, answer="仍需", by=by),
    "terminate": lambda one, by: agreements.terminate(agreement=one, reason="完", by=by),
}


def in_state(cast, resource: Resource, state: str) -> Agreement:
    """Brought there by the services.

    A plus is for terms that are proposed besides; "planned" is active with an end that the requester
    has to answer on, "ending" one that it agreed to.
    """
    request = requests.start_request(resource=resource, data=data(), by=cast.applicant)
    request = requests.submit(request=request, version=request.version, by=cast.applicant)
    request = requests.approve(request=request, version=request.version, by=cast.head)
    requests.agree(request=request, version=request.version, by=cast.provider_head)
    one = Agreement.objects.get(request=request)
    if state == "awaiting":
        return one
    one = confirmed(one, cast.provider_head, cast.head)
    fill(resource)
    if state.startswith("pending"):
        if state == "pending+":
            proposed(one, cast.provider_steward, calls_a_day=5)
        return Agreement.objects.get(pk=one.pk)
    agreements.activate(agreement=one, by=cast.provider_head)
    match state:
        case "active+":
            proposed(one, cast.provider_steward, calls_a_day=5)
        case "planned" | "ending":
            ending.consult(agreement=one, reason="系统下线", by=cast.provider_head)
            if state == "ending":
                ending.answer(agreement=one, agrees=True, by=cast.head)
        case "suspended" | "rectifying":
            suspensions.suspend(agreement=one, reason="超范围", by=cast.provider_head)
            if state == "rectifying":
                suspensions.rectify(
                    agreement=one, demand="删除", until=in_days(9), by=cast.provider_head
                )
                suspensions.report(agreement=one, report="已删除", by=cast.head)
        case "terminated":
            agreements.terminate(agreement=one, reason="完", by=cast.head)
        case "expired":
            agreements.expire(agreement=one, today=one.ends_on + timedelta(days=1))
    return Agreement.objects.get(pk=one.pk)


def everything(cast, one: Agreement) -> tuple[object, ...]:
    return (
        list(Agreement.objects.filter(pk=one.pk).values()),
        AgreementVersion.objects.count(),
        AgreementConfirmation.objects.count(),
        AgreementStep.objects.count(),
        list(Suspension.objects.values()),
        list(EndPlan.objects.values()),
        Entry.objects.count(),
        Resource.objects.permitted(cast.system, "pull_resource").exists(),
        outlet.view_exists(one),
    )


@pytest.mark.parametrize("state", STATES)
def test_every_act_by_every_actor_is_as_the_table_says(cast, resource, state):
    one = in_state(cast, resource, state)
    before = everything(cast, one)
    found, wanted = {}, {}
    for act, do in ACTS.items():
        may, where = TABLE[act]
        for who in ACTORS:
            wanted[act, who] = "done" if who in may and state in where else "refused"
            if (act, who) == ("terminate", "provider_head"):
                wanted[act, who] = "done" if state in PROVIDER_ENDS else "refused"
            found[act, who] = tried(cast, one, do, who, before)

    assert found == wanted


def tried(cast, one: Agreement, do, who: str, before) -> str:
    """ "done" or "refused", undone again; what was refused had changed nothing and had a reason."""
    refusal = None
    with transaction.atomic():
        try:
            do(Agreement.objects.get(pk=one.pk), getattr(cast, who))
        except DomainError as refused:
            refusal = refused
        is_changed = everything(cast, one) != before
        transaction.set_rollback(True)
    if refusal is None:
        return "done" if is_changed else "done nothing"
    return "refused" if is_sound(refusal) and not is_changed else f"refused: {refusal.code}"


def is_sound(refusal: DomainError) -> bool:
    return isinstance(refusal, NotAllowed | WrongState) and bool(str(refusal.message))


def flows(cast, one: Agreement) -> tuple[str, bool, bool]:
    held = Agreement.objects.get(pk=one.pk)
    right = Resource.objects.permitted(cast.system, "pull_resource").exists()
    return held.state, right, outlet.view_exists(one)


def test_sharing_is_suspended_put_right_and_restored(cast, agreement):
    seen = [flows(cast, agreement)]
    suspensions.suspend(agreement=agreement, reason="超出范围", by=cast.officer)
    seen.append(flows(cast, agreement))
    suspensions.rectify(agreement=agreement, demand="删除", until=in_days(9), by=cast.officer)
    with pytest.raises(DomainError) as refused:
        suspensions.restore(agreement=agreement, reason="好", by=cast.officer)
    assert refused.value.code == "no_report"
    suspensions.report(agreement=agreement, report="已删除", by=cast.head)
    seen.append(flows(cast, agreement))
    suspensions.restore(agreement=agreement, reason="整改到位", by=cast.officer)
    seen.append(flows(cast, agreement))

    assert seen == [
        ("active", True, True),
        ("suspended", False, False),
        ("rectifying", False, False),
        ("active", True, True),
    ]
    kept = Suspension.objects.get()
    assert (kept.reason, kept.demand, kept.report) == ("超出范围", "删除", "已删除")
    assert kept.closed_at is not None


def test_what_the_competent_department_suspended_the_provider_does_not_restore(cast, agreement):
    suspensions.suspend(agreement=agreement, reason="超出范围", by=cast.officer)

    with pytest.raises(NotAllowed):
        suspensions.restore(agreement=agreement, reason="好", by=cast.provider_head)

    assert flows(cast, agreement) == ("suspended", False, False)


def test_a_suspension_that_is_taken_back_has_changed_nothing(cast, agreement):
    class StopError(Exception):
        pass

    with pytest.raises(StopError), transaction.atomic():  # noqa: PT012
        suspensions.suspend(agreement=agreement, reason="超出范围", by=cast.officer)
        raise StopError

    assert flows(cast, agreement) == ("active", True, True)


def test_a_suspension_needs_words_and_an_order_a_day(cast, agreement):
    with pytest.raises(DomainError) as refused:
        suspensions.suspend(agreement=agreement, reason=" ", by=cast.officer)
    assert list(refused.value.fields) == ["reason"]
    suspensions.suspend(agreement=agreement, reason="超出范围", by=cast.officer)

    for until in (None, in_days(-1)):
        with pytest.raises(DomainError) as refused:
            suspensions.rectify(agreement=agreement, demand="删除", until=until, by=cast.officer)
        assert list(refused.value.fields) == ["until"]

    assert flows(cast, agreement)[0] == "suspended"


def test_a_head_of_another_department_of_the_competent_level_is_nobody_here(cast, agreement):
    other = UserFactory(duties=["competent_officer"])

    with pytest.raises(NotAllowed):
        suspensions.suspend(agreement=agreement, reason="超出范围", by=other)
