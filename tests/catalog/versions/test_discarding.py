"""Changes that are given up, or end with their entry."""

import pytest

from catalog.models import ResourceState
from catalog.services import assessments, review, versions
from portal.common.errors import NotAllowed, WrongState
from tests.catalog.conftest import drafted

from .conftest import begun, numbers, waiting


@pytest.mark.parametrize("reach", [begun, waiting], ids=["draft", "under review"])
def test_a_steward_discards_a_change_and_it_stays_on_record(cast, live, reach):
    # given
    change = reach(cast, live)
    steps = change.steps.count()

    # when
    gone = versions.discard_revision(
        resource=change, version=change.version, reasons="不再需要", by=cast.steward
    )

    # then
    assert gone.state == ResourceState.DISCARDED
    assert gone.steps.count() == steps + 1
    assert gone.steps.first().opinion == "不再需要"
    assert begun(cast, live).pk != change.pk


def test_a_review_of_a_discarded_change_is_told_its_state(cast, live):
    # given
    change = waiting(cast, live)
    gone = versions.discard_revision(resource=change, version=change.version, by=cast.steward)

    # when
    with pytest.raises(WrongState) as refused:
        review.publish(resource=change, version=gone.version, by=cast.officer)

    # then
    assert str(ResourceState.DISCARDED.label) in str(refused.value.message)
    with pytest.raises(WrongState):
        assessments.assess(
            resource=gone,
            version=gone.version,
            kind="secrecy",
            is_present=False,
            is_passed=True,
            findings="x",
            by=cast.steward,
        )
    assert numbers(live) == [1]


@pytest.mark.parametrize("who", ["head", "officer", "stranger"])
def test_nobody_else_discards_a_change(cast, live, who):
    change = begun(cast, live)

    with pytest.raises(NotAllowed):
        versions.discard_revision(resource=change, version=1, by=getattr(cast, who))

    change.refresh_from_db()
    assert change.state == "draft"


def test_an_entry_of_its_own_is_not_discarded(cast):
    resource = drafted(cast)

    with pytest.raises(NotAllowed):
        versions.discard_revision(resource=resource, version=resource.version, by=cast.steward)


def test_with_the_entry_its_change_ends(cast, live):
    # given
    change = waiting(cast, live)

    # when
    review.withdraw(resource=live, version=live.version, reasons="职责调整", by=cast.head)

    # then
    change.refresh_from_db()
    assert change.state == ResourceState.DISCARDED
    assert change.steps.first().opinion == "职责调整"
    with pytest.raises(WrongState):
        review.publish(resource=change, version=change.version, by=cast.officer)
    live.refresh_from_db()
    assert live.state == ResourceState.WITHDRAWN
    assert numbers(live) == [1]
