"""Templates of terms: written by a competent department, taken by the agreements made from then on."""

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion
from portal.organisation.models import DutyKind
from sharing.models import TermsTemplate
from sharing.services import terms_templates
from sharing.templates_in_force import terms_for
from sharing.terms import UsualTerms, terms_in_force, usual_terms
from tests.factories import DepartmentFactory, RegionFactory, UserFactory
from tests.html_checks import problems
from tests.sharing.conftest import agreed_on

pytestmark = pytest.mark.django_db


def terms(**changes):
    said = {"provider_duties": "提供方义务", "requester_duties": "需求方义务", "exports_at_once": 2}
    return UsualTerms(**{**said, **changes})


def write(by, kind="conditional", version=0, reason="统一要求", **changes):
    return terms_templates.write(
        sharing_attribute=kind, version=version, terms=terms(**changes), reason=reason, by=by
    )


def test_agreements_begin_with_the_newest_template_of_their_sharing_type(cast, filled):
    write(cast.officer)
    write(cast.officer, version=1, rows_a_day=1000, reason="限额")
    write(cast.officer, kind="unconditional", provider_duties="别的")

    agreement = agreed_on(cast, filled)

    in_force = terms_in_force(agreement)
    assert (in_force.provider_duties, in_force.requester_duties) == ("提供方义务", "需求方义务")
    assert (in_force.rows_a_day, in_force.exports_at_once) == (1000, 2)


def test_a_quota_that_was_asked_for_goes_before_the_templates(cast, filled):
    write(cast.officer, rows_a_day=1000)

    agreement = agreed_on(cast, filled, rows_a_day=500)

    assert terms_in_force(agreement).rows_a_day == 500


def test_what_was_agreed_before_stays(cast, agreement):
    before = terms_in_force(agreement)
    write(cast.officer)

    agreement.refresh_from_db()
    assert terms_in_force(agreement) == before


def test_a_region_without_one_takes_that_of_the_region_above(cast):
    county = DepartmentFactory(
        region=RegionFactory(code="990100", name="云川市", parent=cast.civil.region, level="city")
    )
    elsewhere = DepartmentFactory(region=RegionFactory(code="980000", name="邻省"))
    write(cast.officer)

    assert terms_for(county, "conditional") == terms()
    assert terms_for(elsewhere, "conditional") == usual_terms()
    assert terms_for(cast.civil, "unconditional") == usual_terms()


@pytest.mark.parametrize(
    "who", ["applicant", "head", "provider_head", "provider_steward", "stranger"]
)
def test_only_the_competent_department_writes_one(cast, who):
    with pytest.raises(NotAllowed):
        write(getattr(cast, who))
    assert not TermsTemplate.objects.exists()


def test_an_officer_of_no_competent_department_writes_none(cast):
    officer = UserFactory(department=cast.civil, duties=[DutyKind.COMPETENT_OFFICER])
    with pytest.raises(NotAllowed):
        write(officer)


def test_two_officers_lose_nothing(cast):
    write(cast.officer)
    with pytest.raises(StaleVersion):
        write(cast.officer, provider_duties="另一人写的")
    with pytest.raises(DomainError) as refusal:
        write(cast.officer, version=1)
    assert refusal.value.code == "unchanged"
    assert TermsTemplate.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider_duties": " "}, "provider_duties"),
        ({"requester_duties": "x" * 2001}, "requester_duties"),
        ({"requester_duties": "<i>x</i>"}, "requester_duties"),
        ({"calls_a_day": 0}, "calls_a_day"),
        ({"exports_at_once": 101}, "exports_at_once"),
        ({"reason": ""}, "reason"),
        ({"kind": "not_shared"}, "sharing_attribute"),
    ],
)
def test_unsound_templates_are_refused_with_the_field(cast, changes, field):
    with pytest.raises(Invalid) as refusal:
        write(cast.officer, **changes)
    assert list(refusal.value.fields) == [field]
    assert not TermsTemplate.objects.exists()


def test_a_version_is_never_changed_or_removed(cast):
    made = write(cast.officer)
    for act in (
        lambda: TermsTemplate.objects.filter(pk=made.pk).update(provider_duties="x"),
        lambda: TermsTemplate.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
            act()


def test_templates_are_read_by_all_and_written_by_page(cast, signed_in):
    pages = [
        reverse("sharing:terms_template_list"),
        reverse("sharing:terms_template", args=["conditional"]),
    ]
    write_at = reverse("sharing:terms_template_write", args=["conditional"])
    for person in (cast.applicant, cast.officer):
        for address in pages:
            assert problems(signed_in(person).get(address).content.decode()) == []
    assert signed_in(cast.applicant).get(write_at).status_code == 403
    officer = signed_in(cast.officer)
    form = officer.get(write_at)
    assert problems(form.content.decode()) == []
    assert usual_terms().provider_duties in form.content.decode()
    said = {"version": 0, "provider_duties": "甲", "requester_duties": "乙", "reason": "统一"}
    assert officer.post(write_at, {**said, "reason": ""}).status_code == 422
    assert officer.post(write_at, said).status_code == 302
    assert problems(officer.get(pages[1]).content.decode()) == []
    assert officer.get(pages[1].replace("conditional", "not_shared")).status_code == 404


def test_the_api_reads_and_writes_them(cast, signed_in):
    path = "/api/v1/terms-templates/conditional/"
    assert signed_in(cast.applicant).get(path).json()["version"] == 0
    said = {"version": 0, "provider_duties": "甲", "requester_duties": "乙", "reason": "统一"}
    refused = signed_in(cast.applicant).post(path, said, content_type="application/json")
    assert refused.status_code == 403
    made = signed_in(cast.officer).post(path, said, content_type="application/json")
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert made.json()["sharing_attribute"] == "conditional"
