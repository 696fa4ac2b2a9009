"""The life of an entry after publication: changed beside itself, published anew, withdrawn."""

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from catalog.models import Announcement, Move, Resource, ResourceState, Work
from catalog.parties import VISITOR
from catalog.selectors.catalogue import Query, catalogue_page
from catalog.services import resources, review, versions
from catalog.snapshot import snapshot_in, snapshot_of
from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion, WrongState
from tests.catalog.conftest import an_entry, drafted, some_items, submitted

from .conftest import begun, changed, handed_on, numbers, waiting, written


def test_the_first_publication_is_version_one(cast, live):
    # then
    version = live.versions.get()
    assert version.number == 1
    assert snapshot_in(version) == snapshot_of(live, list(live.items.order_by("position")))
    assert (version.published_by, version.published_at) == (cast.officer, live.state_since)
    assert version.step.move == Move.PUBLISH
    assert version.visible_to == live.visible_to
    assert Announcement.objects.get().number == 1


def test_a_change_begins_as_the_entry_is_and_the_entry_stays(cast, live):
    # when
    change = begun(cast, live)

    # then
    items = list(change.items.order_by("position"))
    assert snapshot_of(change, items) == snapshot_of(live, list(live.items.order_by("position")))
    assert (change.state, change.revision_of, change.code) == ("draft", live, live.code)
    assert change.visible_to == [cast.civil.group_id]
    assert not change.assessments.exists()
    assert change.steps.get().move == Work.REVISE
    live.refresh_from_db()
    assert (live.state, live.version, live.visible_to) == ("published", 4, [0])
    assert Entry.objects.filter(action="catalog.resource.revise").get().data["entry"] == live.pk


def test_the_whole_way_of_a_change_writes_it_onto_the_entry(cast, live):
    # given
    change = waiting(cast, live, name="统计用区划代码（新）", resource_class="3")
    address, code, keys = live.pk, live.code, {one.column: one.pk for one in live.items.all()}
    first_published = live.published_at

    # when
    after = review.publish(
        resource=change, version=change.version, opinion="同意变更", by=cast.officer
    )

    # then
    assert (after.pk, after.code, after.state) == (address, code, ResourceState.PUBLISHED)
    assert (after.name, after.resource_class) == ("统计用区划代码（新）", "3")
    assert {one.column: one.pk for one in after.items.all()} == keys
    assert after.published_at == first_published
    assert numbers(after) == [1, 2]
    change.refresh_from_db()
    assert change.state == ResourceState.MERGED
    assert change.visible_to == [cast.civil.group_id]
    told = Announcement.objects.first()
    assert (told.resource, told.number, told.announced_to) == (after, 2, [0])
    step = after.steps.first()
    assert (step.move, step.opinion, step.by) == (Move.RENEW, "同意变更", cast.officer)
    assert after.versions.get(number=2).step == step
    actions = list(Entry.objects.order_by("id").values_list("action", flat=True))[-2:]
    assert actions == ["catalog.resource.renew", "catalog.resource.merge"]
    assert {one.kind for one in after.assessments.all()} == {"secrecy", "pia"}


def test_what_is_searched_is_what_is_published(cast, live):
    # given
    change = waiting(cast, live, name="行政区域名录")

    def seen(words: str) -> list[int]:
        return [one.resource.pk for one in catalogue_page(cast.stranger, Query(q=words)).page]

    # then
    assert (seen("行政区域名录"), seen("统计用区划代码")) == ([], [live.pk])

    # when
    review.publish(resource=change, version=change.version, by=cast.officer)

    # then
    assert seen("行政区域名录") == [live.pk]


@pytest.mark.parametrize("reach", [begun, waiting], ids=["draft", "under review"])
def test_a_change_is_in_no_catalogue(cast, live, reach):
    # given
    change = reach(cast, live)

    # then
    for party in (cast.steward, cast.officer, cast.stranger, VISITOR):
        page = catalogue_page(party, Query())
        assert change.pk not in {one.resource.pk for one in page.page}
        assert page.total == (0 if party is VISITOR else 1)


def test_a_change_is_seen_by_its_department_and_by_its_reviewer_when_it_is_theirs(cast, live):
    # given
    change = begun(cast, live)
    people = (cast.steward, cast.head, cast.officer, cast.stranger)

    def seeing(how: str) -> list[bool]:
        found = getattr(Resource.objects, how)
        return [found(party).filter(pk=change.pk).exists() for party in people]

    # then
    for reached in (None, handed_on, "published"):
        if reached is handed_on:
            change = handed_on(cast, written(cast, change, abstract="新"))
        elif reached:
            review.publish(resource=change, version=change.version, by=cast.officer)
        truly = [
            Resource.objects.truly_visible(party).filter(pk=change.pk).exists() for party in people
        ]
        flat = [
            Resource.objects.permitted(party, "view_resource").filter(pk=change.pk).exists()
            for party in people
        ]
        assert truly == flat == [True, True, reached is handed_on, False]


def test_a_change_is_assessed_anew(cast, live):
    # given
    change = begun(cast, live)
    change = resources.change_draft(
        resource=change,
        version=1,
        entry=an_entry(abstract="新"),
        items=some_items(),
        by=cast.steward,
    )

    # when
    with pytest.raises(Invalid) as refused:
        review.submit(resource=change, version=change.version, by=cast.steward)

    # then
    assert len(refused.value.fields["assessments"]) == 2


def test_a_change_that_changes_nothing_is_not_submitted(cast, live):
    change = written(cast, begun(cast, live))

    with pytest.raises(DomainError) as refused:
        review.submit(resource=change, version=change.version, by=cast.steward)

    assert refused.value.code == "unchanged"
    change.refresh_from_db()
    assert change.state == "draft"


def test_a_change_is_sent_back_and_goes_the_way_again(cast, live):
    # given
    change = waiting(cast, live)

    # when
    change = review.send_back(
        resource=change, version=change.version, reasons="请补正", by=cast.officer
    )
    change = handed_on(cast, written(cast, change, abstract="再改。"))
    after = review.publish(resource=change, version=change.version, by=cast.officer)

    # then
    assert after.abstract == "再改。"
    assert numbers(after) == [1, 2]


def test_four_eyes_hold_for_a_change(cast, live):
    # given
    change = waiting(cast, live)
    Resource.objects.filter(pk=change.pk).update(edited_by=cast.officer)

    # when
    with pytest.raises(NotAllowed):
        review.publish(resource=change, version=change.version, by=cast.officer)

    # then
    assert numbers(live) == [1]


@pytest.mark.parametrize("who", ["stranger", "head", "officer"])
def test_only_the_providers_stewards_begin_a_change(cast, live, who):
    with pytest.raises(NotAllowed):
        versions.start_revision(resource=live, version=live.version, by=getattr(cast, who))

    assert not Resource.objects.filter(revision_of=live).exists()


def test_there_is_one_change_at_a_time_and_the_second_is_told_whose(cast, live):
    # given
    begun(cast, live)

    # when
    with pytest.raises(WrongState) as refused:
        versions.start_revision(resource=live, version=live.version, by=cast.other_steward)

    # then
    assert refused.value.code == "change_open"
    assert "陈静" in str(refused.value.message)
    assert live.revisions.count() == 1


def test_the_database_holds_that_too(cast, live):
    change = begun(cast, live)

    with pytest.raises(IntegrityError, match="one_open_change_per_resource"), transaction.atomic():
        Resource.objects.create(
            revision_of=live, code=live.code, name="x", department=live.department
        )
    with pytest.raises(IntegrityError, match="changes_are_never_published"), transaction.atomic():
        Resource.objects.filter(pk=change.pk).update(state="published")


@pytest.mark.parametrize("make", [drafted, submitted], ids=["draft", "under review"])
def test_only_what_is_published_is_changed_beside_itself(cast, make):
    resource = make(cast)

    with pytest.raises(WrongState):
        versions.start_revision(resource=resource, version=resource.version, by=cast.steward)


def test_a_change_of_a_change_is_none(cast, live):
    change = begun(cast, live)

    with pytest.raises(WrongState):
        versions.start_revision(resource=change, version=change.version, by=cast.steward)


def test_who_looked_at_an_older_version_begins_no_change(cast, live):
    changed(cast, live)

    with pytest.raises(StaleVersion):
        versions.start_revision(resource=live, version=live.version, by=cast.steward)


def test_two_stewards_who_edit_one_change_lose_nothing(cast, live):
    # given
    change = begun(cast, live)
    resources.change_draft(
        resource=change,
        version=1,
        entry=an_entry(abstract="先"),
        items=some_items(),
        by=cast.steward,
    )

    # when
    with pytest.raises(StaleVersion) as refused:
        resources.change_draft(
            resource=change,
            version=1,
            entry=an_entry(abstract="后"),
            items=some_items(),
            by=cast.other_steward,
        )

    # then
    assert "陈静" in str(refused.value.message)
    change.refresh_from_db()
    assert change.abstract == "先"
