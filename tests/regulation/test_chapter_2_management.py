"""Decree 809, chapter 2: management (Art. 8, 9, 11). A test bears its article."""

import pytest

from catalog.models import ResourceState
from catalog.services import review
from portal.common.errors import DomainError, NotAllowed, NotFound
from portal.organisation.models import DutyKind, RegionLevel
from portal.organisation.services import people
from sharing.models import Deadline, RequestState
from sharing.services import extensions, requests
from tests.catalog.conftest import approved
from tests.factories import DepartmentFactory, RegionFactory, UserFactory
from tests.sharing.conftest import data

pytestmark = pytest.mark.django_db


def officer_of(region):
    office = DepartmentFactory(region=region, is_competent=True)
    return UserFactory(department=office, duties=[DutyKind.COMPETENT_OFFICER])


@pytest.fixture
def city(cast):
    return RegionFactory(
        code="990100", name="云州市", level=RegionLevel.CITY, parent=cast.civil.region
    )


def test_article_8_an_officer_of_another_region_does_not_publish_here(catalogue_cast):
    resource = approved(catalogue_cast)
    other = officer_of(
        RegionFactory(code="990100", level=RegionLevel.CITY, parent=catalogue_cast.province)
    )
    with pytest.raises((NotAllowed, NotFound)):
        review.publish(resource=resource, version=resource.version, by=other)
    resource.refresh_from_db()
    assert resource.state == ResourceState.COMPETENT_REVIEW
    held = review.publish(resource=resource, version=resource.version, by=catalogue_cast.officer)
    assert held.state == ResourceState.PUBLISHED


def test_article_8_an_officer_of_another_region_does_not_consent_here(cast, received, city):
    asked = extensions.ask(
        request=received,
        version=received.version,
        days=5,
        opinion="跨系统核对",
        by=cast.provider_head,
    )
    with pytest.raises(NotAllowed):
        extensions.decide(
            request=asked, version=asked.version, is_granted=True, by=officer_of(city)
        )
    assert Deadline.objects.get(request=received).extension_days == 0


def test_article_9_a_city_asks_the_province_as_a_neighbour_does(cast, resource, city):
    office = DepartmentFactory(region=city)
    applicant = UserFactory(department=office, duties=[DutyKind.STAFF])
    head = UserFactory(department=office, duties=[DutyKind.WORK_BODY_HEAD])

    made = requests.start_request(resource=resource, data=data(), by=applicant)
    made = requests.submit(request=made, version=made.version, by=applicant)
    made = requests.approve(request=made, version=made.version, by=head)

    clock = Deadline.objects.get(request=made)
    assert (made.state, clock.limit_days, clock.holder) == (RequestState.RECEIVED, 10, cast.civil)
    agreed = requests.agree(request=made, version=made.version, by=cast.provider_head)
    assert agreed.state == RequestState.AGREED


def test_article_11_a_work_body_has_one_head(cast):
    second = UserFactory(department=cast.civil)
    with pytest.raises(DomainError) as refused:
        people.appoint(
            person=second,
            kind=DutyKind.WORK_BODY_HEAD,
            by=UserFactory(duties=[DutyKind.SYSTEM_ADMIN]),
        )
    assert refused.value.code == "duty_taken"
    assert not second.duty_set.exists()


def test_article_11_its_tasks_are_the_heads_rights_and_no_others(cast, submitted):
    for other in (cast.applicant, cast.provider_head, cast.officer):
        with pytest.raises(NotAllowed):
            requests.approve(request=submitted, version=submitted.version, by=other)
    held = requests.approve(request=submitted, version=submitted.version, by=cast.head)
    assert held.state == RequestState.RECEIVED
