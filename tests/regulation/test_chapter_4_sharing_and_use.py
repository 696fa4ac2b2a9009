"""Decree 809, chapter 4: sharing and use. A test bears the number of its article."""

import pytest

from catalog.models import Resource
from portal.common.errors import DomainError, Invalid, NotAllowed
from sharing.delivery import pages
from sharing.models import Agreement, Deadline, DeadlineKind, RefusalReason
from sharing.services import agreements, requests
from tests.factories import InformationSystemFactory
from tests.sharing.conftest import agreed_on


def test_article_20_a_request_states_basis_scene_scope_mode_and_time_limit(cast, resource):
    # given a request that says nothing yet
    empty = requests.start_request(
        resource=resource, data=requests.RequestData(), by=cast.applicant
    )

    # when
    with pytest.raises(Invalid) as refused:
        requests.submit(request=empty, version=1, by=cast.applicant)

    # then it is told everything that the article asks, and that somebody must vouch for it
    asked = {"use_basis", "use_scene", "use_scope", "sharing_mode", "use_until", "is_vouched_for"}
    assert asked <= set(refused.value.fields)


def test_article_20_the_requesters_work_body_head_agrees_first(cast, submitted):
    with pytest.raises(NotAllowed):
        requests.approve(request=submitted, version=submitted.version, by=cast.applicant)

    handed_over = requests.approve(request=submitted, version=submitted.version, by=cast.head)
    assert handed_over.received_at is not None


def test_article_20_the_providers_work_body_head_agrees_before_the_answer(cast, received):
    with pytest.raises(NotAllowed):
        requests.agree(request=received, version=received.version, by=cast.provider_steward)

    answered = requests.agree(request=received, version=received.version, by=cast.provider_head)
    assert answered.answered_at is not None


def test_article_21_conditional_data_is_answered_within_ten_working_days(received):
    clock = Deadline.objects.get(request=received, kind=DeadlineKind.ANSWER)

    assert (clock.limit_days, clock.legal) == (10, True)


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_article_21_a_refusal_states_its_reasons(cast, received, reason):
    with pytest.raises(Invalid):
        requests.refuse(
            request=received,
            version=received.version,
            reason=reason,
            opinion="",
            by=cast.provider_head,
        )

    refused = requests.refuse(
        request=received,
        version=received.version,
        reason=reason,
        opinion="不符合共享条件第二款",
        by=cast.provider_head,
    )
    assert refused.refusal_reason == reason


def test_article_22_agreed_data_is_shared_within_twenty_working_days(cast, resource):
    agreed = agreed_on(cast, resource)

    clock = Deadline.objects.get(request=agreed.request, kind=DeadlineKind.DELIVER)
    assert (clock.limit_days, clock.is_running) == (20, True)
    assert clock.started_on == agreed.starts_on


@pytest.mark.django_db(transaction=True)
def test_article_25_what_was_not_agreed_is_not_given(cast, agreement):
    for asked in ({"fields": ["parent_code"]}, {"parent_code": ["1"]}):
        with pytest.raises(Invalid):
            pages.rows(number=agreement.number, party=cast.system, asked=asked)


@pytest.mark.django_db(transaction=True)
def test_article_25_a_third_party_gets_nothing(cast, agreement):
    third = InformationSystemFactory(name="第三方系统")

    with pytest.raises(DomainError):
        pages.rows(number=agreement.number, party=third, asked={})
    assert not Resource.objects.permitted(third, "pull_resource").exists()


def test_article_27_sharing_can_be_terminated_with_its_reason(cast, agreement):
    ended = agreements.terminate(
        agreement=agreement, reason="超出使用范围，拒不整改", by=cast.officer
    )

    assert ended.end_reason == "超出使用范围，拒不整改"
    assert not Agreement.objects.get(pk=agreement.pk).is_active
