"""Several people at once, each on a connection of its own: one wins, each other one is told."""

from collections.abc import Callable

import pytest

from audit.models import Entry
from catalog.models import Announcement, Resource
from catalog.services import resources, review, versions
from portal.common.errors import DomainError, StaleVersion, WrongState
from portal.organisation.models import DutyKind
from tests.catalog.conftest import an_entry, at_once, published, some_items
from tests.factories import UserFactory

from .conftest import begun, waiting, written

pytestmark = pytest.mark.django_db(transaction=True)


def refusals(results: list[object]) -> list[DomainError]:
    """Those who were refused; anything else that was raised fails the test."""
    found = [one for one in results if isinstance(one, Exception)]
    assert all(isinstance(one, DomainError) for one in found), found
    return found


def test_two_officers_who_publish_one_change_make_one_version(committed_cast):
    # given
    cast = committed_cast
    live = published(cast)
    other = UserFactory(department=cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER])
    change = waiting(cast, live)

    def publish(by) -> Callable[[], object]:
        return lambda: review.publish(resource=change, version=change.version, by=by)

    # when
    results = at_once(publish(cast.officer), publish(other), publish(cast.officer))

    # then
    told = refusals(results)
    assert [type(one) for one in told] == [WrongState, WrongState]
    assert [one.number for one in live.versions.order_by("number")] == [1, 2]
    assert Announcement.objects.filter(resource=live).count() == 2
    assert Entry.objects.filter(action="catalog.resource.renew").count() == 1


def test_two_stewards_who_begin_a_change_make_one(committed_cast):
    # given
    cast = committed_cast
    live = published(cast)

    def start(by) -> Callable[[], object]:
        return lambda: versions.start_revision(resource=live, version=live.version, by=by)

    # when
    results = at_once(start(cast.steward), start(cast.other_steward))

    # then
    (told,) = refusals(results)
    assert told.code == "change_open"
    assert Resource.objects.filter(revision_of=live).count() == 1
    assert Entry.objects.filter(action="catalog.resource.revise").count() == 1


def test_two_stewards_who_edit_one_change_lose_nothing(committed_cast):
    # given
    cast = committed_cast
    change = begun(cast, published(cast))

    def edit(by, words: str) -> Callable[[], object]:
        return lambda: resources.change_draft(
            resource=change,
            version=change.version,
            entry=an_entry(abstract=words),
            items=some_items(),
            by=by,
        )

    # when
    results = at_once(edit(cast.steward, "甲写的"), edit(cast.other_steward, "乙写的"))

    # then
    (told,) = refusals(results)
    assert isinstance(told, StaleVersion)
    change.refresh_from_db()
    assert (change.version, change.abstract in {"甲写的", "乙写的"}) == (2, True)


def test_a_publication_and_a_withdrawal_at_once_leave_one_story(committed_cast):
    # given
    cast = committed_cast
    live = published(cast)
    change = waiting(cast, live)

    # when
    results = at_once(
        lambda: review.publish(resource=change, version=change.version, by=cast.officer),
        lambda: review.withdraw(
            resource=live, version=live.version, reasons="职责调整", by=cast.head
        ),
    )

    # then
    (told,) = refusals(results)
    live.refresh_from_db()
    change.refresh_from_db()
    story = (live.state, change.state, live.versions.count(), type(told))
    assert story in {
        ("published", "merged", 2, StaleVersion),
        ("withdrawn", "discarded", 1, WrongState),
    }


def test_a_publication_and_a_discarding_at_once_leave_one_story(committed_cast):
    # given
    cast = committed_cast
    live = published(cast)
    change = waiting(cast, live)

    # when
    results = at_once(
        lambda: review.publish(resource=change, version=change.version, by=cast.officer),
        lambda: versions.discard_revision(resource=change, version=change.version, by=cast.steward),
    )

    # then
    (told,) = refusals(results)
    assert isinstance(told, WrongState)
    change.refresh_from_db()
    assert (change.state, live.versions.count()) in {("merged", 2), ("discarded", 1)}


def test_an_edit_and_a_submission_at_once_never_submit_what_nobody_read(committed_cast):
    # given
    cast = committed_cast
    change = written(cast, begun(cast, published(cast)), abstract="先")

    # when
    results = at_once(
        lambda: review.submit(resource=change, version=change.version, by=cast.steward),
        lambda: resources.change_draft(
            resource=change,
            version=change.version,
            entry=an_entry(abstract="后"),
            items=some_items(),
            by=cast.other_steward,
        ),
    )

    # then
    (told,) = refusals(results)
    change.refresh_from_db()
    assert (change.state, change.abstract, type(told)) in {
        ("head_review", "先", WrongState),
        ("draft", "后", StaleVersion),
    }
