"""Decree 809, chapter 4: one datum, one source (Art. 19). A test bears its article."""

from datetime import date

import pytest

from audit.models import Entry
from catalog.models import Duplicate, DuplicateState, PlanState
from catalog.selectors.duplicates import duplicates_of, open_duplicates, register
from catalog.selectors.one_source_tasks import one_source_tasks_for
from catalog.services import (
    collection_plans,
    duplicates,
    item_synonyms,
    resources,
    review,
    source_register,
)
from catalog.services.collection_plans import PlanData
from portal.common.errors import Invalid, NotAllowed
from tests.catalog.conftest import an_entry, assess_both
from tests.catalog.one_source.repeating import ITEMS, another

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(catalogue_cast):
    item_synonyms.load_shipped()
    return catalogue_cast


@pytest.fixture
def repeating(house):
    """A draft with an item that the education department provides already."""
    other = another(house.education)
    draft = resources.create_draft(entry=an_entry(), items=ITEMS, by=house.steward)
    assess_both(draft, house.steward)
    return draft, other


def a_plan(*items):
    return PlanData(
        name="婚恋状况调查",
        purpose="了解婚恋状况",
        basis="《统计法》",
        asked_from="居民",
        starts_on=date(2027, 3, 1),
        items=items,
    )


def test_article_19_an_entry_that_repeats_anothers_data_is_not_submitted_unanswered(
    house, repeating
):
    draft, _other = repeating
    with pytest.raises(Invalid) as refusal:
        review.submit(resource=draft, version=draft.version, by=house.steward)
    assert "第十九条" in refusal.value.fields["duplicates"][0]
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("answer", ["link", "justify"])
def test_article_19_it_is_linked_to_the_source_or_the_repetition_justified(
    house, repeating, answer
):
    draft, other = repeating
    given = {"version": draft.version, "column": "marriage", "other": other, "by": house.steward}
    if answer == "link":
        held = duplicates.link(subject=draft, **given)
        assert held.related_codes == [other.code]
    else:
        held = duplicates.justify(subject=draft, words="法定登记职责", **given)
    assert Entry.objects.filter(action=f"catalog.duplicate.{answer}").count() == 1
    moved = review.submit(resource=held, version=held.version, by=house.steward)
    assert moved.state == "head_review"


def test_article_19_what_sharing_can_give_is_not_collected_again(house):
    # given a plan to collect what another department provides
    other = another(house.education)
    plan = collection_plans.create(plan=a_plan("婚姻状况", "择偶标准"), by=house.steward)
    # when it is filed
    with pytest.raises(Invalid):
        collection_plans.file(held=plan, version=1, by=house.steward)
    # then it stays where it is, and names who provides the datum
    assert [found.other for found in duplicates_of(plan, party=house.steward)] == [other]
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_article_19_the_competent_department_objects_to_a_plan(house):
    plan = collection_plans.create(plan=a_plan("择偶标准"), by=house.steward)
    filed = collection_plans.file(held=plan, version=1, by=house.steward)
    with pytest.raises(NotAllowed):
        collection_plans.object_to(held=filed, version=2, words="已有", by=house.stranger)
    back = collection_plans.object_to(held=filed, version=2, words="可共享获取", by=house.officer)
    assert (back.state, back.objection) == (PlanState.OBJECTED, "可共享获取")


def test_article_19_the_competent_department_names_the_lead_collector(house):
    with pytest.raises(NotAllowed):
        source_register.appoint(
            name="婚姻状况", department=house.civil, basis="条例", by=house.steward
        )
    made = source_register.appoint(
        name="婚姻状况", department=house.civil, basis="《婚姻登记条例》", by=house.officer
    )
    assert list(register()) == [made]
    (task,) = one_source_tasks_for(house.steward)
    assert task.kind == "catalog.source"
    source_register.acknowledge(appointment=made, by=house.steward)
    assert one_source_tasks_for(house.steward) == []


def test_article_19_the_source_departments_datum_is_found_whoever_else_holds_it(house, repeating):
    draft, other = repeating
    third = another(house.bigdata, name="婚姻汇总")
    source_register.appoint(
        name="婚姻状况", department=house.education, basis="纪要", by=house.officer
    )
    score = {
        found.other: found.candidate.score.points
        for found in duplicates_of(draft, party=house.steward)
    }
    assert score[other] == 100 > score[third]


def test_article_19_all_open_duplicates_are_before_the_competent_department(house):
    # given two published entries with the same datum, which nobody was asked about
    mine, _other = another(house.civil), another(house.education)
    duplicates.check(subject=mine)
    # then its officer sees them and nobody else does
    assert {one.state for one in open_duplicates(house.officer)} == {DuplicateState.OPEN}
    assert Duplicate.objects.count() == open_duplicates(house.officer).count() == 2
    (task,) = one_source_tasks_for(house.officer)
    assert task.kind == "catalog.duplicates"
