"""Decree 809, Art. 13: secrecy and personal information are assessed first."""

from dataclasses import replace

import pytest

from audit.models import Entry
from catalog.models import Assessment, AssessmentKind, ResourceStep
from catalog.services import assessments, resources
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from tests.catalog.conftest import an_entry, some_items
from tests.factories import ResourceFactory


@pytest.fixture
def draft(cast):
    return resources.create_draft(entry=an_entry(), items=some_items(), by=cast.steward)


@pytest.fixture
def personal(cast):
    items = [some_items()[0], replace(some_items()[1], is_personal=True)]
    return resources.create_draft(entry=an_entry(name="人员"), items=items, by=cast.steward)


def assess(resource, by, **changes):
    return assessments.assess(
        **{
            "resource": resource,
            "version": resource.version,
            "kind": AssessmentKind.SECRECY,
            "is_present": False,
            "is_passed": True,
            "findings": "逐项检查，不含国家秘密和工作秘密。",
            "by": by,
            **changes,
        }
    )


def test_an_assessment_is_recorded(cast, draft):
    # when
    assessment = assess(draft, cast.steward)

    # then
    assert (assessment.kind, assessment.by) == (AssessmentKind.SECRECY, cast.steward)
    step = ResourceStep.objects.exclude(move="create").get()
    assert (step.move, step.opinion) == ("secrecy", "逐项检查，不含国家秘密和工作秘密。")
    entry = Entry.objects.get(action="catalog.resource.assess")
    assert (entry.data["kind"], entry.data["is_passed"]) == ("secrecy", True)


def test_a_later_assessment_replaces_the_earlier_one(cast, draft):
    assess(draft, cast.steward)
    assess(draft, cast.other_steward, is_passed=False, findings="存疑。")

    assessment = draft.assessments.get()
    assert (assessment.is_passed, assessment.by) == (False, cast.other_steward)
    assert Entry.objects.filter(action="catalog.resource.assess").count() == 2


def test_a_secret_can_be_found_but_never_passed(cast, draft):
    # when
    with pytest.raises(Invalid) as refused:
        assess(draft, cast.steward, is_present=True, is_passed=True)

    # then
    assert list(refused.value.fields) == ["is_passed"]
    assert not Assessment.objects.exists()
    assert assess(draft, cast.steward, is_present=True, is_passed=False).is_passed is False


@pytest.mark.parametrize("passed", [True, False])
def test_personal_items_cannot_be_denied(cast, personal, passed):
    # when
    with pytest.raises(Invalid) as refused:
        assess(
            personal,
            cast.steward,
            kind=AssessmentKind.PERSONAL_INFORMATION,
            is_present=False,
            is_passed=passed,
        )

    # then
    assert "区划名称" in str(refused.value.fields["is_present"][0])
    assert not Assessment.objects.exists()


def test_personal_information_is_not_claimed_without_a_marked_item(cast, draft):
    with pytest.raises(Invalid) as refused:
        assess(draft, cast.steward, kind=AssessmentKind.PERSONAL_INFORMATION, is_present=True)

    assert list(refused.value.fields) == ["is_present"]
    assert not Assessment.objects.exists()


def test_personal_information_with_marked_items_passes(cast, personal):
    assessment = assess(
        personal, cast.steward, kind=AssessmentKind.PERSONAL_INFORMATION, is_present=True
    )

    assert (assessment.is_present, assessment.is_passed) == (True, True)


def test_findings_are_written_down(cast, draft):
    with pytest.raises(Invalid) as refused:
        assess(draft, cast.steward, findings="  ")

    assert list(refused.value.fields) == ["findings"]
    assert not Assessment.objects.exists()


def test_without_items_there_is_nothing_to_assess(cast):
    empty = resources.create_draft(entry=an_entry(), by=cast.steward)

    with pytest.raises(Invalid):
        assess(empty, cast.steward)

    assert not Assessment.objects.exists()


def test_what_was_assessed_is_what_stands(cast, draft):
    # given: the items change after the assessor has read them
    resources.change_draft(
        resource=draft,
        version=1,
        entry=an_entry(),
        items=some_items()[:1],
        by=cast.other_steward,
    )

    # when
    with pytest.raises(StaleVersion):
        assess(draft, cast.steward)

    # then
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "head", "officer"])
def test_only_the_departments_stewards_assess(cast, draft, who):
    with pytest.raises(NotAllowed):
        assess(draft, getattr(cast, who))

    assert not Assessment.objects.exists()


def test_nothing_is_assessed_once_it_is_under_review(cast):
    resource = ResourceFactory(department=cast.civil, state="head_review")

    with pytest.raises(WrongState):
        assess(resource, cast.steward)

    assert not Assessment.objects.exists()
