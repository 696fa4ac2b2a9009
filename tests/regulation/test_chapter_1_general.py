"""Decree 809, chapter 1: general provisions (Art. 2, 3, 6). A test bears its article."""

from dataclasses import replace

import pytest

from catalog.models import AssessmentKind, ResourceState
from catalog.services import assessments, resources, review
from portal.common.errors import Invalid
from portal.organisation.models import Department, DutyKind
from portal.organisation.services import departments
from tests.catalog.conftest import an_entry, approved, assess_both, drafted, some_items
from tests.catalog.standards.conftest import SEXES, a_list
from tests.factories import UserFactory, uscc

pytestmark = pytest.mark.django_db
SOUND = uscc(4321)


def enrolled(region, code):
    return departments.create_department(
        name="示范省气象局",
        short_name="省气象局",
        uscc=code,
        region=region,
        parent=None,
        work_body="数据处",
        phone="",
        is_competent=False,
        by=UserFactory(duties=[DutyKind.SYSTEM_ADMIN]),
    )


def test_article_2_who_takes_part_has_a_unified_social_credit_code_that_holds(catalogue_cast):
    made = enrolled(catalogue_cast.province, SOUND)
    assert Department.objects.get(uscc=SOUND) == made


@pytest.mark.parametrize("place", [0, 8, 17])
def test_article_2_a_code_with_a_wrong_digit_is_refused(catalogue_cast, place):
    digit = "2" if SOUND[place] == "1" else "1"
    wrong = SOUND[:place] + digit + SOUND[place + 1 :]
    with pytest.raises(Invalid) as refused:
        enrolled(catalogue_cast.province, wrong)
    assert "uscc" in refused.value.fields
    assert not Department.objects.filter(name="示范省气象局").exists()


def test_article_3_what_holds_a_secret_goes_no_further(catalogue_cast):
    draft = drafted(catalogue_cast)
    found = {
        "resource": draft,
        "version": draft.version,
        "kind": AssessmentKind.SECRECY,
        "is_present": True,
        "findings": "含工作秘密",
        "by": catalogue_cast.steward,
    }
    with pytest.raises(Invalid):
        assessments.assess(is_passed=True, **found)
    assessments.assess(is_passed=False, **found)
    with pytest.raises(Invalid) as refused:
        review.submit(resource=draft, version=draft.version, by=catalogue_cast.steward)
    assert list(refused.value.fields) == ["assessments"]
    draft.refresh_from_db()
    assert draft.state == ResourceState.DRAFT


def test_article_3_what_is_found_under_review_does_not_pass_the_head(catalogue_cast):
    resource = approved(catalogue_cast)
    sent = review.send_back(
        resource=resource,
        version=resource.version,
        reasons="疑似涉密，重新评估",
        by=catalogue_cast.officer,
    )
    assert sent.state == ResourceState.RETURNED
    assert sent.published_at is None


def test_article_6_items_follow_the_code_lists_of_the_standards_library(
    catalogue_cast,
    signed_in,
):
    sexes = a_list(catalogue_cast.officer, *SEXES)
    items = [some_items()[0], replace(some_items()[1], code_list=sexes.identifier)]
    draft = resources.create_draft(entry=an_entry(), items=items, by=catalogue_cast.steward)
    assert draft.items.get(column="name").code_list == sexes
    assess_both(draft, catalogue_cast.steward)
    page = signed_in(catalogue_cast.steward).get(f"/catalog/{draft.pk}/").content.decode()
    assert sexes.identifier in page
