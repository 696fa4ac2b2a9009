"""From the steward to the catalogue and out of it: who, when, and what is refused."""

from functools import partial

import pytest

from audit.models import Entry
from catalog.models import Announcement, AssessmentKind, Resource, ResourceState
from catalog.services import assessments, resources, review
from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion
from portal.organisation.models import DutyKind
from tests.catalog.conftest import (
    an_entry,
    approved,
    assess_both,
    at_once,
    drafted,
    published,
    some_items,
    submitted,
)
from tests.factories import DepartmentFactory, UserFactory


def unchanged(resource: Resource, state: str) -> bool:
    version = resource.version
    resource.refresh_from_db()
    return (resource.state, resource.version) == (state, version)


def test_the_whole_way(cast):
    # when
    resource = published(cast)

    # then
    resource.refresh_from_db()
    assert resource.state == ResourceState.PUBLISHED
    assert resource.version == 4
    assert resource.published_at is not None
    assert resource.visible_to == [0]
    assert (resource.edited_by, resource.submitted_by, resource.approved_by) == (
        cast.steward,
        cast.steward,
        cast.head,
    )
    announcement = Announcement.objects.get()
    assert (announcement.resource, announcement.state) == (resource, "published")
    assert announcement.announced_to == [0]
    actions = list(Entry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == [
        "catalog.resource.create",
        "catalog.resource.assess",
        "catalog.resource.assess",
        "catalog.resource.submit",
        "catalog.resource.approve",
        "catalog.resource.publish",
    ]


# Submitting


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"abstract": ""}, ["abstract"]),
        ({"sharing_scope": "", "sharing_purpose": ""}, ["sharing_scope", "sharing_purpose"]),
        ({"sharing_modes": ()}, ["sharing_modes"]),
        (
            {"sharing_attribute": "unconditional"},
            ["sharing_scope", "sharing_purpose"],
        ),
        (
            {
                "sharing_attribute": "unconditional",
                "sharing_scope": "",
                "sharing_purpose": "",
                "sharing_conditions": "须另行审批",
            },
            ["sharing_conditions"],
        ),
        (
            {"sharing_attribute": "not_shared", "sharing_modes": ()},
            ["not_shared_reason", "basis_kind", "basis_title", "basis_article"],
        ),
        ({"basis_title": "某法"}, ["basis_title"]),
    ],
)
def test_an_incomplete_entry_is_refused_with_all_that_is_missing(cast, changes, fields):
    # given
    resource = drafted(cast, **changes)

    # when
    with pytest.raises(Invalid) as refused:
        review.submit(resource=resource, version=resource.version, by=cast.steward)

    # then
    assert list(refused.value.fields) == fields
    assert unchanged(resource, "draft")


def test_an_entry_without_items_or_assessments_is_refused(cast):
    resource = resources.create_draft(entry=an_entry(), by=cast.steward)

    with pytest.raises(Invalid) as refused:
        review.submit(resource=resource, version=1, by=cast.steward)

    assert len(refused.value.fields["items"]) == 1
    assert len(refused.value.fields["assessments"]) == 2
    assert unchanged(resource, "draft")


@pytest.mark.parametrize(
    ("modes", "needs_key"),
    [(("interface",), True), (("batch", "file"), True), (("file",), False)],
)
def test_rows_that_go_out_one_by_one_need_a_key(cast, modes, needs_key):
    # given
    resource = resources.create_draft(
        entry=an_entry(sharing_modes=modes), items=some_items()[1:], by=cast.steward
    )
    assess_both(resource, cast.steward)

    # then
    act = partial(review.submit, resource=resource, version=resource.version, by=cast.steward)
    if needs_key:
        with pytest.raises(Invalid) as refused:
            act()
        assert list(refused.value.fields) == ["items"]
    else:
        assert act().state == ResourceState.HEAD_REVIEW


def test_a_failed_assessment_stops_the_entry(cast):
    # given
    resource = drafted(cast)
    assessments.assess(
        resource=resource,
        version=resource.version,
        kind=AssessmentKind.SECRECY,
        is_present=True,
        is_passed=False,
        findings="含工作秘密。",
        by=cast.steward,
    )

    # when
    with pytest.raises(Invalid) as refused:
        review.submit(resource=resource, version=resource.version, by=cast.steward)

    # then
    assert list(refused.value.fields) == ["assessments"]
    assert unchanged(resource, "draft")


def test_data_not_shared_is_catalogued_with_its_basis(cast):
    resource = submitted(
        cast,
        sharing_attribute="not_shared",
        sharing_scope="",
        sharing_purpose="",
        sharing_modes=(),
        not_shared_reason="依法封存",
        basis_kind="law",
        basis_title="中华人民共和国刑事诉讼法",
        basis_article="第二百八十六条",
    )

    assert resource.state == ResourceState.HEAD_REVIEW


def test_nothing_is_submitted_into_a_region_without_a_competent_department(cast, city):
    # given
    bureau = DepartmentFactory(region=city)
    steward = UserFactory(department=bureau, duties=[DutyKind.STEWARD])
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=steward)
    assess_both(resource, steward)

    # when
    with pytest.raises(DomainError) as refused:
        review.submit(resource=resource, version=resource.version, by=steward)

    # then
    assert refused.value.code == "no_competent_department"
    assert unchanged(resource, "draft")


# Who


@pytest.mark.parametrize("who", ["stranger", "head", "officer"])
def test_only_the_departments_stewards_submit(cast, who):
    resource = drafted(cast)

    with pytest.raises(NotAllowed):
        review.submit(resource=resource, version=resource.version, by=getattr(cast, who))

    assert unchanged(resource, "draft")


@pytest.mark.parametrize("who", ["steward", "stranger", "officer"])
def test_only_the_department_head_approves(cast, who):
    resource = submitted(cast)

    with pytest.raises(NotAllowed):
        review.approve(resource=resource, version=resource.version, by=getattr(cast, who))

    assert unchanged(resource, "head_review")


@pytest.mark.parametrize("who", ["steward", "stranger", "head"])
def test_only_the_competent_department_publishes(cast, who):
    resource = approved(cast)

    with pytest.raises(NotAllowed):
        review.publish(resource=resource, version=resource.version, by=getattr(cast, who))

    assert unchanged(resource, "competent_review")
    assert not Announcement.objects.exists()


def test_an_officer_of_another_region_does_not_publish(cast, city):
    # given
    elsewhere = DepartmentFactory(region=city, is_competent=True)
    officer = UserFactory(department=elsewhere, duties=[DutyKind.COMPETENT_OFFICER])
    resource = approved(cast)

    # when
    with pytest.raises(NotAllowed):
        review.publish(resource=resource, version=resource.version, by=officer)

    # then
    assert unchanged(resource, "competent_review")


def test_an_officer_without_a_competent_department_does_not_publish(cast):
    officer = UserFactory(department=cast.education, duties=[DutyKind.COMPETENT_OFFICER])
    resource = approved(cast)

    with pytest.raises(NotAllowed):
        review.publish(resource=resource, version=resource.version, by=officer)

    assert unchanged(resource, "competent_review")


@pytest.mark.parametrize("hand", ["edited", "submitted"])
def test_a_head_who_had_a_hand_in_it_does_not_approve(cast, hand):
    # given
    both = UserFactory(
        department=cast.education, duties=[DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD]
    )
    writer, sender = (both, cast.stranger) if hand == "edited" else (cast.stranger, both)
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=writer)
    assess_both(resource, writer)
    resource = review.submit(resource=resource, version=resource.version, by=sender)

    # when
    with pytest.raises(NotAllowed):
        review.approve(resource=resource, version=resource.version, by=both)

    # then
    assert unchanged(resource, "head_review")
    sent_back = review.send_back(
        resource=resource, version=resource.version, reasons="请他人提交", by=both
    )
    assert sent_back.state == ResourceState.RETURNED


def test_the_competent_department_reviews_its_own_entries_by_another_person(cast):
    # given
    officer = UserFactory(
        department=cast.bigdata, duties=[DutyKind.STEWARD, DutyKind.COMPETENT_OFFICER]
    )
    head = UserFactory(
        department=cast.bigdata, duties=[DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER]
    )
    resource = resources.create_draft(entry=an_entry(), items=some_items(), by=officer)
    assess_both(resource, officer)
    resource = review.submit(resource=resource, version=resource.version, by=officer)
    resource = review.approve(resource=resource, version=resource.version, by=head)

    # when
    for by in (officer, head):
        with pytest.raises(NotAllowed):
            review.publish(resource=resource, version=resource.version, by=by)

    # then
    assert unchanged(resource, "competent_review")
    review.publish(resource=resource, version=resource.version, by=cast.officer)
    assert Announcement.objects.count() == 1


def test_an_inactive_head_decides_nothing(cast):
    resource = submitted(cast)
    cast.head.is_active = False
    cast.head.save()

    with pytest.raises(NotAllowed):
        review.approve(resource=resource, version=resource.version, by=cast.head)

    assert unchanged(resource, "head_review")


# What was read is what is decided


def test_a_decision_is_about_the_version_that_was_read(cast):
    # given: sent back, changed and submitted again while the head had the old page open
    resource = submitted(cast)
    read = resource.version
    review.send_back(resource=resource, version=read, reasons="摘要太短", by=cast.head)
    resource.refresh_from_db()
    resources.change_draft(
        resource=resource,
        version=resource.version,
        entry=an_entry(abstract="别的摘要"),
        items=some_items(),
        by=cast.steward,
    )
    resource.refresh_from_db()
    review.submit(resource=resource, version=resource.version, by=cast.steward)

    # when
    with pytest.raises(StaleVersion):
        review.approve(resource=resource, version=read, by=cast.head)

    # then
    resource.refresh_from_db()
    assert resource.state == ResourceState.HEAD_REVIEW


def test_of_two_officers_one_publishes(committed_cast):
    # given
    resource = approved(committed_cast)
    second = UserFactory(department=committed_cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER])

    # when
    results = at_once(
        *[
            lambda by=by: review.publish(resource=resource, version=resource.version, by=by)
            for by in (committed_cast.officer, second)
        ]
    )

    # then
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["Resource", "WrongState"]
    assert Announcement.objects.count() == 1
