"""What is refused leaves no trace: no state, no clock, no agreement, no line in the trail."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.models import Entry
from catalog.models import BasisKind, Resource, ResourceState, SharingAttribute
from portal.common.errors import DomainError
from sharing.models import (
    Agreement,
    AgreementStep,
    Deadline,
    NumberSeries,
    RequestedItem,
    RequestStep,
    SharingRequest,
)
from sharing.services import agreements, requests
from tests.factories import ResourceFactory, in_days

from .conftest import Cast, agreed_on, data, fill

TABLES = (
    SharingRequest,
    RequestedItem,
    RequestStep,
    Deadline,
    Agreement,
    AgreementStep,
    NumberSeries,
    Resource,
    Entry,
)


def everything() -> list[list[dict[str, Any]]]:
    return [list(table.objects.order_by("pk").values()) for table in TABLES]


def refused(act: Callable[[], object]) -> tuple[str, int]:
    """The code and status of the refusal, when nothing at all has changed by it."""
    before = everything()
    with pytest.raises(DomainError) as told:
        act()
    assert everything() == before
    assert str(told.value.message)
    return told.value.code, told.value.status


STARTS: dict[str, tuple[Callable[[Cast, Resource], object], tuple[str, int]]] = {
    "own resource": (
        lambda cast, one: requests.start_request(
            resource=one, data=data(), by=cast.provider_steward
        ),
        ("cannot_request", 409),
    ),
    "officer": (
        lambda cast, one: requests.start_request(resource=one, data=data(), by=cast.officer),
        ("cannot_request", 409),
    ),
    "unknown item": (
        lambda cast, one: requests.start_request(
            resource=one, data=data(items=("secret",)), by=cast.applicant
        ),
        ("invalid", 422),
    ),
    "mode not offered": (
        lambda cast, one: requests.start_request(
            resource=one, data=data(sharing_mode="batch"), by=cast.applicant
        ),
        ("invalid", 422),
    ),
    "another department's system": (
        lambda cast, one: requests.start_request(
            resource=one, data=data(system=cast.strange_system), by=cast.applicant
        ),
        ("invalid", 422),
    ),
}


@pytest.mark.parametrize("case", STARTS)
def test_a_draft_that_is_refused_is_not_begun(cast, resource, case):
    act, expected = STARTS[case]

    assert refused(lambda: act(cast, resource)) == expected


def test_what_is_not_shared_is_not_requested(cast):
    barred = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_attribute=SharingAttribute.NOT_SHARED,
        not_shared_reason="法定禁止情形",
        basis_kind=BasisKind.LAW,
        basis_title="统计法",
        basis_article="第九条",
    )

    act = lambda: requests.start_request(resource=barred, data=data(), by=cast.applicant)  # noqa: E731

    assert refused(act) == ("cannot_request", 409)


def test_an_unpublished_resource_is_not_found(cast):
    hidden = ResourceFactory(department=cast.civil)

    act = lambda: requests.start_request(resource=hidden, data=data(), by=cast.applicant)  # noqa: E731

    assert refused(act) == ("not_found", 404)


def test_a_second_request_is_refused_while_one_lives(cast, draft):
    act = lambda: requests.start_request(resource=draft.resource, data=data(), by=cast.head)  # noqa: E731

    assert refused(act) == ("cannot_request", 409)


def test_a_request_is_refused_while_an_agreement_lives(cast, agreement):
    act = lambda: requests.start_request(  # noqa: E731
        resource=agreement.resource, data=data(), by=cast.applicant
    )

    assert refused(act) == ("cannot_request", 409)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"is_vouched_for": False}, {"is_vouched_for"}),
        ({"items": ("code",)}, {"items"}),
        ({"use_basis": "  ", "use_until": None}, {"use_basis", "use_until"}),
    ],
)
def test_a_request_with_gaps_is_not_submitted(cast, resource, changes, fields):
    draft = requests.start_request(resource=resource, data=data(**changes), by=cast.applicant)
    before = everything()

    with pytest.raises(DomainError) as told:
        requests.submit(request=draft, version=1, by=cast.applicant)

    assert set(told.value.fields) == fields
    assert everything() == before


def test_a_draft_is_not_changed_or_submitted_by_others_or_on_an_old_version(cast, draft):
    change = lambda by, version: refused(  # noqa: E731
        lambda: requests.change_draft(request=draft, version=version, data=data(), by=by)
    )
    submit = lambda by, version: refused(  # noqa: E731
        lambda: requests.submit(request=draft, version=version, by=by)
    )

    for act in (change, submit):
        assert act(cast.head, 1) == ("not_allowed", 403)
        assert act(cast.applicant, 2) == ("stale_version", 409)


def test_a_request_under_way_is_not_changed(cast, submitted):
    act = lambda: requests.change_draft(  # noqa: E731
        request=submitted, version=submitted.version, data=data(), by=cast.applicant
    )

    assert refused(act) == ("wrong_state", 409)


@pytest.mark.parametrize("who", ["applicant", "provider_head", "officer", "stranger"])
def test_the_own_head_decides_alone(cast, submitted, who):
    by = getattr(cast, who)

    for decide in (requests.approve, requests.send_back):
        act = lambda: decide(  # noqa: B023, E731
            request=submitted, version=submitted.version, opinion="意见", by=by
        )
        assert refused(act) == ("not_allowed", 403)


def test_the_head_decides_on_what_they_saw_and_says_why(cast, submitted):
    old = lambda: requests.approve(request=submitted, version=1, by=cast.head)  # noqa: E731
    mute = lambda: requests.send_back(  # noqa: E731
        request=submitted, version=submitted.version, opinion=" ", by=cast.head
    )

    assert refused(old) == ("stale_version", 409)
    assert refused(mute) == ("invalid", 422)


@pytest.mark.parametrize("who", ["applicant", "head", "provider_steward", "officer", "stranger"])
def test_the_providers_head_answers_alone(cast, received, who):
    by, version = getattr(cast, who), received.version

    assert refused(lambda: requests.agree(request=received, version=version, by=by))[1] == 403
    assert (
        refused(
            lambda: requests.refuse(
                request=received, version=version, reason="duplicate", opinion="重复", by=by
            )
        )[1]
        == 403
    )


@pytest.mark.parametrize(
    ("reason", "opinion"),
    [("", "因为"), ("because", "因为"), ("duplicate", ""), ("duplicate", " ")],
)
def test_a_refusal_without_reason_or_words_is_refused(cast, received, reason, opinion):
    act = lambda: requests.refuse(  # noqa: E731
        request=received,
        version=received.version,
        reason=reason,
        opinion=opinion,
        by=cast.provider_head,
    )

    assert refused(act) == ("invalid", 422)


@pytest.mark.parametrize("who", ["provider_head", "provider_steward", "officer", "stranger"])
def test_only_who_asked_takes_a_request_back(cast, received, who):
    act = lambda: requests.withdraw(  # noqa: E731
        request=received, version=received.version, by=getattr(cast, who)
    )

    assert refused(act) == ("not_allowed", 403)


def test_what_was_withdrawn_from_the_catalogue_is_neither_let_out_nor_agreed(cast, submitted):
    # given
    Resource.objects.filter(pk=submitted.resource_id).update(state=ResourceState.WITHDRAWN)
    assert refused(
        lambda: requests.approve(request=submitted, version=submitted.version, by=cast.head)
    ) == ("not_published", 409)

    # when it left the catalogue after the request had been received
    Resource.objects.filter(pk=submitted.resource_id).update(state=ResourceState.PUBLISHED)
    received = requests.approve(request=submitted, version=submitted.version, by=cast.head)
    Resource.objects.filter(pk=submitted.resource_id).update(state=ResourceState.WITHDRAWN)

    # then it can be refused, but not agreed
    assert refused(
        lambda: requests.agree(request=received, version=received.version, by=cast.provider_head)
    ) == ("not_published", 409)
    told = requests.refuse(
        request=received,
        version=received.version,
        reason="does_not_exist",
        opinion="目录已撤回",
        by=cast.provider_head,
    )
    assert told.state == "refused"


def test_a_term_that_has_passed_is_not_agreed(cast, received):
    SharingRequest.objects.filter(pk=received.pk).update(use_until=in_days(-1))

    act = lambda: requests.agree(  # noqa: E731
        request=received, version=received.version, by=cast.provider_head
    )

    assert refused(act) == ("term_passed", 409)


def test_an_agreement_is_not_opened_without_rows_or_by_others(cast, resource):
    agreement = agreed_on(cast, resource)
    opened_by = lambda who: refused(  # noqa: E731
        lambda: agreements.activate(agreement=agreement, by=getattr(cast, who))
    )

    assert opened_by("provider_steward") == ("no_rows", 409)
    fill(resource)
    assert opened_by("head") == ("not_allowed", 403)
    assert opened_by("officer") == ("not_allowed", 403)


def test_an_active_agreement_is_not_opened_again(cast, agreement):
    act = lambda: agreements.activate(agreement=agreement, by=cast.provider_head)  # noqa: E731

    assert refused(act) == ("wrong_state", 409)


@pytest.mark.parametrize("who", ["applicant", "provider_steward", "stranger"])
def test_others_do_not_end_an_agreement(cast, agreement, who):
    act = lambda: agreements.terminate(  # noqa: E731
        agreement=agreement, reason="不要了", by=getattr(cast, who)
    )

    assert refused(act) == ("not_allowed", 403)


def test_an_agreement_does_not_end_without_a_reason(cast, agreement):
    act = lambda: agreements.terminate(agreement=agreement, reason=" ", by=cast.head)  # noqa: E731

    assert refused(act) == ("invalid", 422)


@pytest.mark.parametrize("state", ["terminated", "expired"])
def test_an_agreement_that_has_ended_is_not_moved_again(cast, agreement, state):
    Agreement.objects.filter(pk=agreement.pk).update(state=state)

    end = lambda: agreements.terminate(agreement=agreement, reason="再次", by=cast.head)  # noqa: E731
    reopen = lambda: agreements.activate(agreement=agreement, by=cast.provider_head)  # noqa: E731

    assert refused(end) == ("wrong_state", 409)
    assert refused(reopen) == ("wrong_state", 409)
    assert agreements.expire(agreement=agreement, today=in_days(9999)) is False


ACTS: dict[str, Callable[[SharingRequest, Any], object]] = {
    "change": lambda one, by: requests.change_draft(request=one, version=99, data=data(), by=by),
    "submit": lambda one, by: requests.submit(request=one, version=99, by=by),
    "approve": lambda one, by: requests.approve(request=one, version=99, by=by),
    "send back": lambda one, by: requests.send_back(request=one, version=99, opinion="", by=by),
    "agree": lambda one, by: requests.agree(request=one, version=99, by=by),
    "refuse": lambda one, by: requests.refuse(
        request=one, version=99, reason="", opinion="", by=by
    ),
    "withdraw": lambda one, by: requests.withdraw(request=one, version=99, by=by),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_who_may_not_act_is_told_so_before_anything_else(cast, received, act):
    assert refused(lambda: act(received, cast.stranger)) == ("not_allowed", 403)


@pytest.mark.parametrize(
    ("act", "on", "who"),
    [
        ("change", "draft", "applicant"),
        ("submit", "draft", "applicant"),
        ("approve", "submitted", "head"),
        ("send back", "submitted", "head"),
        ("agree", "received", "provider_head"),
        ("refuse", "received", "provider_head"),
        ("withdraw", "received", "applicant"),
    ],
)
def test_nobody_acts_on_words_they_have_not_seen(cast, request, act, on, who):
    held = request.getfixturevalue(on)

    assert refused(lambda: ACTS[act](held, getattr(cast, who))) == ("stale_version", 409)
