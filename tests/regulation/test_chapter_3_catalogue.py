"""Decree 809, chapter 3: compiling the catalogue (Art. 12 to 16). A test bears its article."""

import pytest

from catalog.models import (
    Announcement,
    Assessment,
    AssessmentKind,
    Resource,
    ResourceState,
    SharingAttribute,
)
from catalog.services import resources, review
from portal.common.errors import Invalid, NotAllowed
from portal.organisation.models import DutyKind, RegionLevel
from sharing.matching.services import challenges
from tests.catalog.conftest import (
    an_entry,
    approved,
    assess_both,
    drafted,
    published,
    some_items,
    submitted,
)
from tests.factories import DepartmentFactory, RegionFactory, ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db
NOT_SHARED = {
    "sharing_attribute": "not_shared",
    "sharing_scope": "",
    "sharing_purpose": "",
    "sharing_modes": (),
    "not_shared_reason": "涉及个人隐私",
    "basis_kind": "law",
    "basis_title": "中华人民共和国个人信息保护法",
    "basis_article": "第二十八条",
}


@pytest.fixture
def house(catalogue_cast):
    return catalogue_cast


def refused_fields(house, **changes):
    """The fields for which an entry with these changes is not submitted."""
    draft = drafted(house, **changes)
    with pytest.raises(Invalid) as refused:
        review.submit(resource=draft, version=draft.version, by=house.steward)
    draft.refresh_from_db()
    assert draft.state == ResourceState.DRAFT
    return set(refused.value.fields)


def test_article_12_entries_of_all_regions_stand_in_one_catalogue(house, signed_in):
    city = RegionFactory(
        code="990100", name="云州市", level=RegionLevel.CITY, parent=house.province
    )
    own = published(house)
    other = ResourceFactory(
        department=DepartmentFactory(region=city), state=ResourceState.PUBLISHED, name="停车场名录"
    )
    reader = UserFactory(department=house.education, duties=[DutyKind.STAFF])
    page = signed_in(reader).get("/catalog/").content.decode()
    assert own.name in page
    assert other.name in page


@pytest.mark.parametrize("missing", ["abstract", "sharing_modes"])
def test_article_13_what_the_catalogue_must_state_is_stated(house, missing):
    empty = () if missing == "sharing_modes" else ""
    assert missing in refused_fields(house, **{missing: empty})


@pytest.mark.parametrize("kind", AssessmentKind.values)
def test_article_13_both_assessments_come_before_the_catalogue(house, kind):
    draft = drafted(house)
    Assessment.objects.filter(resource=draft, kind=kind).delete()
    with pytest.raises(Invalid) as refused:
        review.submit(resource=draft, version=draft.version, by=house.steward)
    assert len(refused.value.fields["assessments"]) == 1


def test_article_13_the_department_head_approves_before_it_leaves_the_house(house):
    resource = submitted(house)
    for other in (house.steward, house.officer, house.stranger):
        with pytest.raises(NotAllowed):
            review.approve(resource=resource, version=resource.version, by=other)
    resource.refresh_from_db()
    assert resource.state == ResourceState.HEAD_REVIEW
    held = review.approve(resource=resource, version=resource.version, by=house.head)
    assert held.state == ResourceState.COMPETENT_REVIEW


def test_article_14_there_are_exactly_three_sharing_attributes(house):
    assert SharingAttribute.values == ["unconditional", "conditional", "not_shared"]
    with pytest.raises(Invalid) as refused:
        resources.create_draft(
            entry=an_entry(sharing_attribute="partly"), items=some_items(), by=house.steward
        )
    assert "sharing_attribute" in refused.value.fields
    assert not Resource.objects.exists()


def test_article_15_unconditional_data_takes_no_condition(house):
    free = {"sharing_attribute": "unconditional", "sharing_scope": "", "sharing_purpose": ""}
    assert refused_fields(house, **free, sharing_conditions="须另行审批") == {"sharing_conditions"}


def test_article_15_conditional_data_states_scope_and_purpose(house):
    assert refused_fields(house, sharing_scope="", sharing_purpose="") == {
        "sharing_scope",
        "sharing_purpose",
    }


@pytest.mark.parametrize(
    "missing", ["not_shared_reason", "basis_kind", "basis_title", "basis_article"]
)
def test_article_15_not_sharing_states_its_reason_and_legal_basis(house, missing):
    assert refused_fields(house, **{**NOT_SHARED, missing: ""}) == {missing}


@pytest.mark.parametrize("kind", ["ministry_rule", "local_rule"])
def test_article_15_a_rule_of_a_ministry_or_a_place_is_no_basis(house, kind):
    with pytest.raises(Invalid) as refused:
        resources.create_draft(
            entry=an_entry(**{**NOT_SHARED, "basis_kind": kind}),
            items=some_items(),
            by=house.steward,
        )
    assert set(refused.value.fields) == {"basis_kind"}
    assert not Resource.objects.exists()


def test_article_15_a_law_that_clearly_says_so_is_one(house):
    draft = resources.create_draft(
        entry=an_entry(**NOT_SHARED), items=some_items(), by=house.steward
    )
    assess_both(draft, house.steward)
    held = review.submit(resource=draft, version=draft.version, by=house.steward)
    assert held.state == ResourceState.HEAD_REVIEW


def test_article_16_what_passes_the_review_is_announced_to_all_departments(house):
    resource = approved(house)
    assert not Announcement.objects.exists()

    held = review.publish(resource=resource, version=resource.version, by=house.officer)

    assert held.state == ResourceState.PUBLISHED
    told = Announcement.objects.get()
    assert (told.resource, told.announced_to) == (held, [0])


def test_article_16_what_does_not_pass_goes_back_with_its_reason(house):
    resource = approved(house)
    with pytest.raises(Invalid):
        review.send_back(resource=resource, version=resource.version, reasons=" ", by=house.officer)
    sent = review.send_back(
        resource=resource, version=resource.version, reasons="条件不明确", by=house.officer
    )
    assert sent.state == ResourceState.RETURNED
    assert not Announcement.objects.exists()


def test_article_15_not_sharing_can_be_challenged_before_the_competent_department(house):
    barred = ResourceFactory(
        department=house.civil, state=ResourceState.PUBLISHED, **{**NOT_SHARED, "sharing_modes": []}
    )
    raised = challenges.raise_challenge(
        resource=barred, words="该法并未明确不得提供", by=house.stranger
    )
    with pytest.raises(NotAllowed):
        challenges.decide(challenge=raised, outcome="review", words="改", by=house.steward)
    held = challenges.decide(challenge=raised, outcome="review", words="依据不足", by=house.officer)
    assert (held.outcome, held.decided_by) == ("review", house.officer)
