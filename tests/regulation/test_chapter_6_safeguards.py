"""Decree 809, chapter 6: safeguards (Art. 34 to 38). A test bears its article."""

import json
from dataclasses import replace

import pytest

from catalog.masking import mask
from catalog.models import Assessment, AssessmentKind, MaskingRule, ResourceState
from catalog.services import resources, review
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import DutyKind
from portal.supervision.indicators import INDICATORS, Group
from portal.supervision.scope import scope_of
from portal.supervision.selectors.figures import figures
from sharing.delivery import pages
from sharing.models import Agreement, AgreementState
from sharing.services import confirming, requests
from sharing.terms import terms_of
from tests.agreements import confirmed, proposed
from tests.catalog.conftest import an_entry, some_items
from tests.factories import UserFactory
from tests.sharing.conftest import agreed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def awaiting(cast, received):
    """Agreed by the provider; the terms wait for both heads."""
    requests.agree(request=received, version=received.version, by=cast.provider_head)
    return Agreement.objects.get(request=received)


def test_article_34_an_agreement_states_the_duties_of_security_of_both_sides(awaiting):
    version = awaiting.version_proposed
    terms = terms_of(version)
    assert terms.provider_duties
    assert terms.requester_duties
    assert len(version.content_hash) == 64


def test_article_34_both_heads_confirm_the_text_that_they_have_read(cast, awaiting):
    with pytest.raises(StaleVersion):
        confirming.confirm(
            agreement=awaiting,
            version=1,
            content_hash="0" * 64,
            consents=True,
            by=cast.provider_head,
        )
    awaiting.refresh_from_db()
    assert awaiting.state == AgreementState.AWAITING
    one_side = confirmed(awaiting, cast.provider_head)
    assert one_side.state == AgreementState.AWAITING
    assert confirmed(one_side, cast.head).state == AgreementState.PENDING


def first_name(agreement, party):
    answer = json.loads(pages.rows(number=agreement.number, party=party, asked={}))
    return answer["rows"][0]["name"]


@pytest.mark.django_db(transaction=True)
def test_article_35_what_is_to_be_masked_leaves_masked(cast, filled):
    agreement = agreed_on(cast, filled)
    assert first_name(agreement, cast.system) == "name 1"

    proposed(agreement, cast.provider_steward, masks={"name": MaskingRule.PERSON_NAME.value})
    confirmed(agreement, cast.provider_head, cast.head)

    assert first_name(agreement, cast.system) == mask(MaskingRule.PERSON_NAME, "name 1")
    assert mask(MaskingRule.PERSON_NAME, "name 1") != "name 1"


@pytest.mark.parametrize(
    ("duty", "terms"),
    [
        (DutyKind.SYSTEM_ADMIN, 404),
        (DutyKind.SECURITY_ADMIN, 404),
        (DutyKind.AUDIT_ADMIN, 200),  # what was agreed, for the trail tells what was done under it
    ],
)
def test_article_36_who_runs_the_platform_reads_no_shared_rows(
    cast, agreement, signed_in, duty, terms
):
    client = signed_in(UserFactory(duties=[duty]))
    for path in ("rows/", "export.csv"):
        assert client.get(f"/api/v1/agreements/{agreement.number}/{path}").status_code == 404
    for page in ("data/", "download/"):
        assert client.get(f"/sharing/agreements/{agreement.number}/{page}").status_code == 404
    assert client.get(f"/sharing/agreements/{agreement.number}/").status_code == terms


def test_article_37_personal_items_are_assessed_before_anything_is_submitted(catalogue_cast):
    items = [some_items()[0], replace(some_items()[1], is_personal=True)]
    draft = resources.create_draft(
        entry=an_entry(name="人员"), items=items, by=catalogue_cast.steward
    )
    Assessment.objects.create(
        resource=draft,
        kind=AssessmentKind.SECRECY,
        is_present=False,
        is_passed=True,
        findings="无",
        by=catalogue_cast.steward,
    )
    with pytest.raises(Invalid) as refused:
        review.submit(resource=draft, version=draft.version, by=catalogue_cast.steward)
    assert len(refused.value.fields["assessments"]) == 1
    draft.refresh_from_db()
    assert draft.state == ResourceState.DRAFT


def test_article_38_timeliness_quality_use_and_security_are_counted(cast, agreement):
    assert {one.group for one in INDICATORS.values()} == set(Group)
    counted = {one.indicator.key: one.share for one in figures(scope_of(cast.officer, {}))}
    assert (counted["answers"].part, counted["answers"].whole) == (1, 1)
    assert (counted["deliveries"].part, counted["deliveries"].whole) == (1, 1)
    assert (counted["order"].part, counted["order"].whole) == (1, 1)


def test_article_38_the_competent_department_supervises_and_no_other_does(cast, agreement):
    own = scope_of(cast.provider_head, {})
    assert list(own.departments()) == [cast.civil]
    assert cast.education in set(scope_of(cast.officer, {}).departments())
