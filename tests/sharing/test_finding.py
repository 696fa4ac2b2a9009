"""The agreement of a call: what is composed once finds what the querysets find, for every kind of party."""

import pytest
from django.db import ProgrammingError, connection

from catalog.models import Resource
from portal.organisation.models import InformationSystem
from sharing.delivery import finding
from sharing.models import Agreement
from tests.factories import InformationSystemFactory
from tests.sharing.conftest import agreed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def parties(cast):
    def system(department, **facts):
        return InformationSystem.objects.select_related("department").get(
            pk=InformationSystemFactory(department=department, **facts).pk
        )

    return {
        "the requester's": system(cast.education),
        "the provider's": system(cast.civil),
        "the competent department's": system(cast.bigdata),
        "a stranger's": cast.strange_system,
        "a closed one of the requester": system(cast.education, is_active=False),
        "a closed one of the competent department": system(cast.bigdata, is_active=False),
    }


def truth(number, party):
    """What the querysets say, each asked by itself."""
    agreement = Agreement.objects.filter(number=number).permitted(party).first()
    if agreement is None:
        return None
    held = Resource.objects.permitted(party, "pull_resource")
    return agreement, held.filter(pk=agreement.resource_id).exists()


def found(number, party):
    one = finding.seen(number, party)
    return None if one is None else (one.agreement, one.holds_right)


def test_a_system_is_found_what_the_querysets_let_it_see(cast, filled, parties):
    agreement = agreed_on(cast, filled)

    seen = {kind: found(agreement.number, party) for kind, party in parties.items()}

    assert seen == {kind: truth(agreement.number, party) for kind, party in parties.items()}
    assert seen == {
        "the requester's": (agreement, True),
        "the provider's": (agreement, False),
        "the competent department's": None,
        "a stranger's": None,
        "a closed one of the requester": None,
        "a closed one of the competent department": None,
    }
    assert {found("GXXY-0000-0000", party) for party in parties.values()} == {None}


def test_people_are_asked_through_the_same_querysets(cast, filled):
    agreement = agreed_on(cast, filled)
    people = [cast.applicant, cast.head, cast.provider_head, cast.officer, cast.stranger]

    seen = [found(agreement.number, person) for person in people]

    assert seen == [truth(agreement.number, person) for person in people]
    # the officer of the competent department sees it, and holds no right to its rows
    assert seen == [
        (agreement, True),
        (agreement, True),
        (agreement, False),
        (agreement, False),
        None,
    ]


def test_the_statement_is_that_of_the_querysets(cast, parties):
    for party in parties.values():
        asked = finding.asked("GXXY-0000-0001", party)
        by_itself = asked.query.get_compiler("default").as_sql()[0] if party.is_active else ""

        composed = finding.BY_SYSTEM.text(party.is_active, party.department.is_competent)

        assert composed.replace("(%s)", "%s") == by_itself


def test_a_right_that_is_taken_back_is_gone_with_the_next_call(cast, filled):
    agreement = agreed_on(cast, filled)
    assert found(agreement.number, cast.system) == (agreement, True)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_resourcegrouppermission")

    assert found(agreement.number, cast.system) == (agreement, False)


def test_a_system_that_changes_its_department_loses_what_that_saw(cast, filled):
    agreement = agreed_on(cast, filled)
    assert found(agreement.number, cast.system) == (agreement, True)

    InformationSystem.objects.filter(pk=cast.system.pk).update(department=cast.bigdata)
    moved = InformationSystem.objects.get(pk=cast.system.pk)

    assert found(agreement.number, moved) is None


def test_nothing_more_is_known_of_the_system_that_stands_for_all():
    with pytest.raises(ProgrammingError, match="cannot adapt type 'Place'"):
        finding.any_system(is_active=True, is_competent=False).name  # noqa: B018


def test_one_statement_finds_agreement_resource_and_right(cast, filled, django_assert_num_queries):
    agreement = agreed_on(cast, filled)

    with django_assert_num_queries(1):
        one = finding.seen(agreement.number, cast.system)
        assert one is not None
        assert (one.agreement.resource.name, one.holds_right) == (filled.name, True)
