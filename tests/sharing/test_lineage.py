"""Where data come from and who draws them: what each may know, and no more."""

import pytest
from django.urls import reverse

from catalog.models import SyncJob
from catalog.parties import VISITOR
from portal.common.errors import NotFound
from sharing.lineage_picture import picture, stations
from sharing.models import Agreement, AgreementState
from sharing.selectors.lineage import lineage_of
from tests.factories import SourceFactory
from tests.html_checks import fragment_problems, problems


@pytest.fixture
def connected(cast, agreement):
    """The agreement's resource, with a source behind it."""
    source = SourceFactory(department=cast.civil, name="民政业务库")
    SyncJob.objects.create(
        resource=agreement.resource, source=source, relation="public.mz_yljg", mapping={}
    )
    return agreement.resource


def told(party, resource) -> list[list[tuple[str, str]]]:
    return [
        [(box.label, box.note) for box in boxes]
        for _name, boxes in stations(lineage_of(party, resource.pk))
    ]


def test_both_parties_and_the_officer_see_the_agreement_by_its_state(
    cast, agreement, connected, settings
):
    settings.LANGUAGE_CODE = "en"
    for party in (cast.applicant, cast.provider_steward, cast.officer, cast.system):
        lineage = lineage_of(party, connected.pk)
        assert lineage.by_state == [(AgreementState(agreement.state), 1)]
        assert list(lineage.agreements) == [agreement]


def test_a_stranger_sees_no_agreement_and_no_source(cast, agreement, connected):
    lineage = lineage_of(cast.stranger, connected.pk)

    assert (list(lineage.agreements), lineage.by_state, lineage.job) == ([], [], None)
    words = str(told(cast.stranger, connected))
    assert agreement.number not in words
    assert "民政业务库" not in words
    assert cast.education.name not in words


def test_the_provider_and_the_officer_see_the_source(cast, connected):
    for party in (cast.provider_steward, cast.officer):
        assert told(party, connected)[0] == [("民政业务库", "public.mz_yljg")]


def test_others_are_told_the_system_that_the_entry_names(cast, connected):
    type(connected).objects.update(source_system="养老服务平台")

    assert told(cast.applicant, connected)[0] == [("养老服务平台", "省民政厅")]


def test_visitors_see_open_entries_without_any_agreement(cast, connected):
    with pytest.raises(NotFound):
        lineage_of(VISITOR, connected.pk)
    type(connected).objects.filter(pk=connected.pk).update(is_open=True)

    lineage = lineage_of(VISITOR, connected.pk)

    assert (list(lineage.agreements), lineage.job) == ([], None)


def test_the_picture_is_told_to_those_who_do_not_see_it(cast, agreement, connected):
    drawn = picture(lineage_of(cast.applicant, connected.pk))

    assert fragment_problems(drawn) == []
    assert drawn.count("<rect") == 4
    assert drawn.count('<path class="flow-line"') == 3
    assert str(AgreementState(agreement.state).label) in drawn


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_and_its_part_are_well_formed(cast, agreement, connected, client, language):
    client.force_login(cast.applicant)
    path = reverse("sharing:resource_lineage", args=[connected.pk])
    headers = {"accept-language": language}

    page = client.get(path, headers=headers)
    part = client.get(path, headers={**headers, "hx-request": "true"})

    assert problems(page.content.decode()) == []
    assert agreement.number in page.content.decode()
    assert fragment_problems(part.content.decode()) == []
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_the_page_of_the_entry_leads_to_it(cast, connected, client):
    client.force_login(cast.applicant)

    page = client.get(reverse("catalog:resource", args=[connected.pk])).content.decode()

    path = reverse("sharing:resource_lineage", args=[connected.pk])
    assert page.count(path) == 2  # for htmx, and as a link for those without scripts


def test_visitors_sign_in_for_what_is_not_open(cast, connected, client):
    for pk in (connected.pk, 999_999):
        answer = client.get(reverse("sharing:resource_lineage", args=[pk]))
        assert (answer.status_code, "login" in answer["Location"]) == (302, True)
    client.force_login(cast.stranger)
    assert client.get(reverse("sharing:resource_lineage", args=[999_999])).status_code == 404


def test_it_takes_six_queries_however_many_agreements(
    cast, agreement, connected, django_assert_num_queries
):
    with django_assert_num_queries(6):  # one for the duties
        lineage = lineage_of(cast.provider_steward, connected.pk)
        picture(lineage)
    assert Agreement.objects.count() == 1
