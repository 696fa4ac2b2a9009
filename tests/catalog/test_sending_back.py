"""An entry goes back with reasons, or is withdrawn and all are told."""

import pytest

from catalog.models import Announcement, Resource, ResourceState
from catalog.services import review, visibility
from portal.common.errors import DomainError, Invalid, NotAllowed, WrongState
from tests.catalog.conftest import (
    approved,
    at_once,
    published,
    submitted,
)


def unchanged(resource: Resource, state: str) -> bool:
    version = resource.version
    resource.refresh_from_db()
    return (resource.state, resource.version) == (state, version)


# Sending back


@pytest.mark.parametrize(
    ("reach", "who"), [(submitted, "head"), (approved, "officer")], ids=["head", "officer"]
)
def test_either_reviewer_sends_back_with_reasons(cast, reach, who):
    # given
    resource = reach(cast)

    # when
    sent = review.send_back(
        resource=resource,
        version=resource.version,
        reasons="共享范围过窄。",
        by=getattr(cast, who),
    )

    # then
    assert sent.state == ResourceState.RETURNED
    assert sent.visible_to == [cast.civil.group_id]
    assert sent.steps.first().opinion == "共享范围过窄。"
    assert not Announcement.objects.exists()


@pytest.mark.parametrize(
    ("reach", "who"), [(submitted, "officer"), (approved, "head"), (approved, "stranger")]
)
def test_nobody_else_sends_back(cast, reach, who):
    resource = reach(cast)
    state = resource.state

    with pytest.raises(NotAllowed):
        review.send_back(
            resource=resource, version=resource.version, reasons="x", by=getattr(cast, who)
        )

    assert unchanged(resource, state)


def test_nothing_is_sent_back_without_reasons(cast):
    resource = submitted(cast)

    with pytest.raises(Invalid) as refused:
        review.send_back(resource=resource, version=resource.version, reasons=" ", by=cast.head)

    assert list(refused.value.fields) == ["reasons"]
    assert unchanged(resource, "head_review")


def test_a_returned_entry_goes_the_way_again(cast):
    # given
    resource = approved(cast)
    resource = review.send_back(
        resource=resource, version=resource.version, reasons="请补正", by=cast.officer
    )

    # when
    resource = review.submit(resource=resource, version=resource.version, by=cast.steward)
    resource = review.approve(resource=resource, version=resource.version, by=cast.head)
    resource = review.publish(resource=resource, version=resource.version, by=cast.officer)

    # then
    assert resource.state == ResourceState.PUBLISHED


# Withdrawing


@pytest.mark.parametrize("who", ["head", "officer"])
def test_head_or_officer_withdraws_and_all_are_told(cast, who):
    # given
    resource = published(cast)

    # when
    withdrawn = review.withdraw(
        resource=resource,
        version=resource.version,
        reasons="职责调整。",
        by=getattr(cast, who),
    )

    # then
    assert withdrawn.state == ResourceState.WITHDRAWN
    assert withdrawn.visible_to == [cast.civil.group_id]
    last = Announcement.objects.first()
    assert (last.state, last.announced_to) == ("withdrawn", [0])


@pytest.mark.parametrize("who", ["steward", "stranger"])
def test_nobody_else_withdraws(cast, who):
    resource = published(cast)

    with pytest.raises(NotAllowed):
        review.withdraw(
            resource=resource, version=resource.version, reasons="x", by=getattr(cast, who)
        )

    assert unchanged(resource, "published")


def test_an_entry_in_use_is_not_withdrawn(cast):
    # given
    resource = published(cast)
    visibility.grant_pull(resource=resource, department=cast.education, by=cast.head)

    # when
    with pytest.raises(DomainError) as refused:
        review.withdraw(
            resource=resource, version=resource.version, reasons="职责调整", by=cast.head
        )

    # then
    assert refused.value.code == "in_use"
    assert "省教育厅" in str(refused.value.message)
    assert unchanged(resource, "published")

    # and when the agreement ends
    visibility.take_back_pull(resource=resource, department=cast.education, by=None)
    review.withdraw(resource=resource, version=resource.version, reasons="职责调整", by=cast.head)


def test_a_grant_and_a_withdrawal_at_once_do_not_both_succeed(committed_cast):
    # given
    cast = committed_cast
    resource = published(cast)

    # when
    results = at_once(
        lambda: visibility.grant_pull(resource=resource, department=cast.education, by=None),
        lambda: review.withdraw(
            resource=resource, version=resource.version, reasons="x", by=cast.head
        ),
    )

    # then
    resource.refresh_from_db()
    pulls = Resource.objects.permitted(cast.stranger, "pull_resource").exists()
    assert (resource.state, pulls) in {("withdrawn", False), ("published", True)}
    assert sum(isinstance(result, DomainError) for result in results) == 1


def test_what_is_withdrawn_stays_so(cast):
    resource = published(cast)
    review.withdraw(resource=resource, version=resource.version, reasons="x", by=cast.head)

    with pytest.raises(WrongState):
        review.withdraw(resource=resource, version=5, reasons="x", by=cast.head)
