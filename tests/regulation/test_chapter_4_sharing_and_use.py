"""Decree 809, chapter 4: sharing and use. A test bears the number of its article."""

from datetime import date, timedelta

import pytest

from audit.models import Entry
from catalog.models import BasisKind, Resource, ResourceState, SharingAttribute
from portal.clocks.services.round import go_round as sweep
from portal.common.errors import DomainError, Invalid, NotAllowed
from sharing.delivery import pages
from sharing.models import (
    Agreement,
    Deadline,
    DeadlineKind,
    EndPlan,
    RefusalReason,
    SharingRequest,
)
from sharing.selectors import agreements_for
from sharing.services import agreements, confirming, ending, requests, suspensions
from tests.agreements import confirmed, proposed
from tests.factories import InformationSystemFactory, ResourceFactory, in_days
from tests.sharing.conftest import agreed_on, data, fill


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


def test_article_20_without_the_requesters_head_nothing_leaves(cast, submitted):
    # given a request that its own head has not seen: the provider knows nothing of it
    assert not SharingRequest.objects.permitted(cast.provider_head).exists()
    assert not Deadline.objects.exists()

    # when
    requests.approve(request=submitted, version=submitted.version, by=cast.head)

    # then
    assert SharingRequest.objects.permitted(cast.provider_head).get() == submitted
    assert Deadline.objects.get(request=submitted).is_running


def test_article_20_nobody_is_the_head_of_their_own_request(cast, resource):
    mine = requests.start_request(resource=resource, data=data(), by=cast.head)
    mine = requests.submit(request=mine, version=mine.version, by=cast.head)

    with pytest.raises(NotAllowed):
        requests.approve(request=mine, version=mine.version, by=cast.head)

    mine.refresh_from_db()
    assert mine.received_at is None


def test_article_20_the_request_and_its_decisions_are_on_record(cast, received):
    requests.agree(
        request=received, version=received.version, opinion="同意", by=cast.provider_head
    )

    assert list(
        Entry.objects.filter(action__startswith="sharing.")
        .order_by("id")
        .values_list("action", "actor_name")
    ) == [
        ("sharing.request.start", "陈科员"),
        ("sharing.request.submit", "陈科员"),
        ("sharing.request.approve", "周处长"),
        ("sharing.request.agree", "孙处长"),
        ("sharing.agreement.make", "孙处长"),
    ]


def test_article_21_unconditional_data_is_answered_within_one_working_day(cast):
    # given
    open_to_all = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        sharing_scope="",
        sharing_purpose="",
    )
    request = requests.start_request(resource=open_to_all, data=data(), by=cast.applicant)
    request = requests.submit(request=request, version=request.version, by=cast.applicant)

    # when
    requests.approve(request=request, version=request.version, by=cast.head)

    # then
    clock = Deadline.objects.get(request=request, kind=DeadlineKind.ANSWER)
    assert (clock.limit_days, clock.rule) == (1, "D3")


def test_article_21_an_answer_in_time_stops_the_clock_a_late_one_stays_on_record(cast, received):
    # given the answer did not come within its ten working days
    Deadline.objects.filter(request=received).update(due=date(2026, 1, 5))
    sweep()

    # when
    requests.agree(request=received, version=received.version, by=cast.provider_head)

    # then
    clock = Deadline.objects.get(request=received, kind=DeadlineKind.ANSWER)
    assert clock.is_met
    late = Entry.objects.get(action="sharing.deadline.overdue")
    assert (late.target_id, late.data["due"]) == (str(received.pk), "2026-01-05")


def test_article_21_what_is_not_shared_is_refused_with_its_legal_basis_at_the_door(cast):
    barred = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_attribute=SharingAttribute.NOT_SHARED,
        not_shared_reason="法定禁止情形",
        basis_kind=BasisKind.LAW,
        basis_title="统计法",
        basis_article="第九条",
    )

    with pytest.raises(DomainError) as refused:
        requests.start_request(resource=barred, data=data(), by=cast.applicant)

    assert "统计法" in str(refused.value.message)
    assert not SharingRequest.objects.exists()


def test_article_22_the_clock_of_delivery_stops_when_the_rows_can_be_drawn(cast, resource):
    # given
    agreed = agreed_on(cast, resource)
    clock = Deadline.objects.get(request=agreed.request, kind=DeadlineKind.DELIVER)

    # when
    fill(resource)
    agreements.activate(agreement=agreed, by=cast.provider_steward)

    # then
    clock.refresh_from_db()
    assert clock.is_met
    assert Resource.objects.permitted(cast.system, "pull_resource").get() == resource


@pytest.mark.django_db(transaction=True)
def test_article_25_use_beyond_the_agreement_is_refused_and_every_use_is_on_record(cast, agreement):
    # when
    pages.rows(number=agreement.number, party=cast.system, asked={"fields": ["name"]})
    with pytest.raises(Invalid):
        pages.rows(number=agreement.number, party=cast.system, asked={"fields": ["parent_code"]})

    # then
    uses = Entry.objects.filter(action__startswith="sharing.pull.").order_by("id")
    assert [(one.action, one.actor_name, one.data["rows"]) for one in uses] == [
        ("sharing.pull.finish", "学籍系统", 5),
        ("sharing.pull.deny", "学籍系统", 0),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["provider_head", "head", "officer"])
def test_article_27_after_the_end_nothing_is_given_and_the_reason_is_told(cast, agreement, who):
    # given
    pages.rows(number=agreement.number, party=cast.system, asked={})

    if who == "provider_head":
        ending.consult(agreement=agreement, reason="业务系统下线", by=cast.provider_head)
        ending.answer(agreement=agreement, agrees=True, by=cast.head)

    # when
    agreements.terminate(agreement=agreement, reason="用途已实现", by=getattr(cast, who))

    # then
    with pytest.raises(NotAllowed) as refused:
        pages.rows(number=agreement.number, party=cast.system, asked={})
    assert "用途已实现" in str(refused.value.message)
    assert not Resource.objects.permitted(cast.system, "pull_resource").exists()


def test_article_27_without_a_reason_sharing_goes_on(cast, agreement):
    with pytest.raises(Invalid):
        agreements.terminate(agreement=agreement, reason="", by=cast.officer)

    assert Agreement.objects.get(pk=agreement.pk).is_active


def test_article_27_sharing_ends_with_its_term(cast, agreement):
    agreements.expire(agreement=agreement, today=agreement.ends_on + timedelta(days=1))

    assert not Agreement.objects.get(pk=agreement.pk).is_active
    assert not Resource.objects.permitted(cast.system, "pull_resource").exists()


def test_article_22_the_twenty_working_days_run_from_the_answer_and_not_from_confirmation(
    cast, received
):
    answered = requests.agree(request=received, version=received.version, by=cast.provider_head)
    agreed = Agreement.objects.get(request=answered)

    clock = Deadline.objects.get(request=answered, kind=DeadlineKind.DELIVER)
    assert (agreed.state, clock.limit_days, clock.is_running) == ("awaiting", 20, True)
    confirmed(agreed, cast.head, cast.provider_head)
    assert Deadline.objects.get(pk=clock.pk).due == clock.due


@pytest.mark.parametrize(
    ("changes", "consent"),
    [({"purpose": "另一用途"}, "purpose"), ({"third_parties": "受托运维单位"}, "third_parties")],
)
def test_article_25_another_purpose_or_a_third_party_wants_the_providers_consent(
    cast, agreement, changes, consent
):
    # given
    version = proposed(agreement, cast.applicant, **changes)
    confirmed(agreement, cast.head)

    # when
    with pytest.raises(Invalid) as refused:
        confirming.confirm(
            agreement=agreement,
            version=version.number,
            content_hash=version.content_hash,
            by=cast.provider_head,
        )

    # then the old terms go on, until the consent is given expressly
    assert list(refused.value.fields) == ["consents"]
    assert Agreement.objects.get(pk=agreement.pk).version_in_force.number == 1
    confirmed(agreement, cast.provider_head)
    assert version.confirmations.get(side="provider").consents == [consent]


@pytest.mark.parametrize("who", ["provider_head", "officer"])
def test_article_27_use_beyond_the_scope_suspends_and_has_to_be_put_right(cast, agreement, who):
    by = getattr(cast, who)

    suspensions.suspend(agreement=agreement, reason="超出使用范围", by=by)
    suspensions.rectify(agreement=agreement, demand="删除", until=in_days(10), by=by)

    assert not Resource.objects.permitted(cast.system, "pull_resource").exists()
    suspensions.report(agreement=agreement, report="已删除", by=cast.head)
    restored = suspensions.restore(agreement=agreement, reason="整改到位", by=by)
    assert restored.is_active


def test_article_27_what_is_not_put_right_may_be_terminated(cast, agreement):
    suspensions.suspend(agreement=agreement, reason="超出使用范围", by=cast.provider_head)

    ended = agreements.terminate(agreement=agreement, reason="拒不整改", by=cast.provider_head)

    assert (ended.state, ended.end_reason) == ("terminated", "拒不整改")


def test_article_27_a_provider_does_not_end_a_service_on_its_own(cast, agreement):
    with pytest.raises(NotAllowed):
        agreements.terminate(agreement=agreement, reason="下线", by=cast.provider_head)

    assert Agreement.objects.get(pk=agreement.pk).is_active


def test_article_27_after_consultation_the_end_is_filed_with_the_competent_department(
    cast, agreement
):
    # given
    ending.consult(agreement=agreement, reason="业务系统下线", by=cast.provider_head)
    ending.answer(agreement=agreement, agrees=True, by=cast.head)

    # when
    agreements.terminate(agreement=agreement, reason="业务系统下线", by=cast.provider_head)

    # then
    assert EndPlan.objects.get().filed_at is not None
    assert list(agreements_for(cast.officer, state="filed")) == [agreement]
    assert Entry.objects.filter(action="sharing.agreement.file").exists()


def test_article_27_if_the_requester_objects_the_competent_department_decides(cast, agreement):
    # given
    ending.consult(agreement=agreement, reason="业务系统下线", by=cast.provider_head)
    with pytest.raises(Invalid):
        ending.answer(agreement=agreement, agrees=False, answer=" ", by=cast.head)
    ending.answer(agreement=agreement, agrees=False, answer="仍需核验入学资格", by=cast.head)

    # when
    with pytest.raises(NotAllowed):
        agreements.terminate(agreement=agreement, reason="下线", by=cast.provider_head)

    # then
    assert Agreement.objects.get(pk=agreement.pk).is_active
    ended = agreements.terminate(agreement=agreement, reason="经协调同意", by=cast.officer)
    assert (ended.state, EndPlan.objects.get().filed_at) == ("terminated", None)
