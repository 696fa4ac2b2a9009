import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from audit.models import Entry
from catalog.models import BasisKind, ResourceState, SharingAttribute
from portal.common.errors import DomainError, Invalid, NotAllowed, NotFound, WrongState
from portal.organisation.models import DutyKind
from sharing.models import Agreement, Deadline, RequestState, SharingRequest
from sharing.services import requests
from tests.factories import ResourceFactory, UserFactory, from_today, in_days

from .conftest import data


def actions() -> list[str]:
    return list(
        Entry.objects.filter(action__startswith="sharing.")
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_a_draft_may_be_incomplete_and_always_has_the_key(cast, resource):
    # when
    draft = requests.start_request(
        resource=resource, data=data(use_basis="", items=()), by=cast.applicant
    )

    # then
    assert draft.number.startswith("GX-")
    assert draft.state == RequestState.DRAFT
    assert [one.item.column for one in draft.requested_items.all()] == ["code"]
    assert actions() == ["sharing.request.start"]


def test_numbers_follow_one_another(cast, resource):
    first = requests.start_request(resource=resource, data=data(), by=cast.applicant)
    other = ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED)
    second = requests.start_request(resource=other, data=data(), by=cast.applicant)

    assert int(second.number[-5:]) == int(first.number[-5:]) + 1


def test_what_is_not_shared_is_refused_with_its_legal_basis(cast):
    # given
    barred = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_attribute=SharingAttribute.NOT_SHARED,
        not_shared_reason="涉及国家秘密以外的法定禁止情形",
        basis_kind=BasisKind.LAW,
        basis_title="统计法",
        basis_article="第九条",
    )

    # when
    with pytest.raises(DomainError) as refused:
        requests.start_request(resource=barred, data=data(), by=cast.applicant)

    # then
    assert "统计法" in str(refused.value.message)
    assert "第九条" in str(refused.value.message)
    assert not SharingRequest.objects.exists()


def test_an_unpublished_resource_is_nobody_elses_business(cast):
    hidden = ResourceFactory(department=cast.civil)

    with pytest.raises(NotFound):
        requests.start_request(resource=hidden, data=data(), by=cast.applicant)

    assert not SharingRequest.objects.exists()


@pytest.mark.parametrize("who", ["provider_steward", "officer"])
def test_some_do_not_request(cast, resource, who):
    with pytest.raises(DomainError):
        requests.start_request(resource=resource, data=data(), by=getattr(cast, who))

    assert not SharingRequest.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"items": ("name", "secret")}, "items"),
        ({"sharing_mode": "batch"}, "sharing_mode"),
        ({"use_until": timedelta(days=-1)}, "use_until"),
        ({"use_until": timedelta(days=4 * 366)}, "use_until"),
        ({"use_basis": "x" * 1001}, "use_basis"),
    ],
)
def test_wrong_input_names_its_field(cast, resource, changes, field):
    with pytest.raises(Invalid) as refused:
        requests.start_request(
            resource=resource, data=data(**from_today(changes)), by=cast.applicant
        )

    assert list(refused.value.fields) == [field]
    assert not SharingRequest.objects.exists()


def test_the_receiving_system_is_ones_own(cast, resource):
    with pytest.raises(Invalid) as refused:
        requests.start_request(
            resource=resource, data=data(system=cast.strange_system), by=cast.applicant
        )

    assert list(refused.value.fields) == ["system"]


def test_a_department_asks_once_at_a_time(cast, draft):
    colleague = UserFactory(department=cast.education, duties=[DutyKind.STAFF])

    with pytest.raises(DomainError):
        requests.start_request(resource=draft.resource, data=data(), by=colleague)

    assert SharingRequest.objects.count() == 1


def test_a_draft_is_changed_by_its_applicant_alone(cast, draft):
    with pytest.raises(NotAllowed):
        requests.change_draft(request=draft, version=1, data=data(use_scene="别的"), by=cast.head)

    draft.refresh_from_db()
    assert (draft.use_scene, draft.version) == ("入学资格核验", 1)


def test_a_changed_draft_has_a_new_version(cast, draft):
    changed = requests.change_draft(
        request=draft, version=1, data=data(items=("name", "parent_code")), by=cast.applicant
    )

    assert changed.version == 2
    columns = [one.item.column for one in changed.requested_items.all()]
    assert columns == ["code", "name", "parent_code"]


def test_all_that_is_missing_is_told_at_once(cast, resource):
    # given
    draft = requests.start_request(
        resource=resource, data=requests.RequestData(), by=cast.applicant
    )

    # when
    with pytest.raises(Invalid) as refused:
        requests.submit(request=draft, version=1, by=cast.applicant)

    # then
    assert set(refused.value.fields) == {
        "items",
        "use_basis",
        "use_scene",
        "use_scope",
        "sharing_mode",
        "use_until",
        "is_vouched_for",
    }
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_the_head_lets_it_out_and_the_clock_starts(cast, received):
    assert received.state == RequestState.RECEIVED
    assert received.received_at is not None
    clock = Deadline.objects.get(request=received)
    assert (clock.kind, clock.rule, clock.limit_days) == ("answer", "D4", 10)
    assert actions()[-1] == "sharing.request.approve"


@pytest.mark.parametrize("who", ["applicant", "provider_head", "officer", "stranger"])
def test_only_the_requesters_head_lets_it_out(cast, submitted, who):
    with pytest.raises(NotAllowed):
        requests.approve(request=submitted, version=submitted.version, by=getattr(cast, who))

    submitted.refresh_from_db()
    assert submitted.state == RequestState.INTERNAL_REVIEW
    assert not Deadline.objects.exists()


def test_nobody_decides_on_their_own_request(cast, resource):
    # given
    mine = requests.start_request(resource=resource, data=data(), by=cast.head)
    mine = requests.submit(request=mine, version=1, by=cast.head)

    # when
    with pytest.raises(NotAllowed):
        requests.approve(request=mine, version=mine.version, by=cast.head)

    # then
    mine.refresh_from_db()
    assert mine.state == RequestState.INTERNAL_REVIEW


def test_sending_back_needs_reasons(cast, submitted):
    with pytest.raises(Invalid):
        requests.send_back(request=submitted, version=2, opinion=" ", by=cast.head)

    submitted.refresh_from_db()
    assert submitted.state == RequestState.INTERNAL_REVIEW


def test_a_returned_request_is_submitted_again(cast, submitted):
    back = requests.send_back(request=submitted, version=2, opinion="写明条款", by=cast.head)
    again = requests.submit(request=back, version=back.version, by=cast.applicant)

    assert back.state == RequestState.RETURNED
    assert again.state == RequestState.INTERNAL_REVIEW


@pytest.mark.parametrize("who", ["applicant", "head", "provider_steward", "officer", "stranger"])
@pytest.mark.parametrize("act", ["agree", "refuse"])
def test_only_the_providers_head_answers(cast, received, who, act):
    extra = {"reason": "duplicate"} if act == "refuse" else {}

    with pytest.raises(NotAllowed):
        getattr(requests, act)(
            request=received,
            version=received.version,
            opinion="意见",
            by=getattr(cast, who),
            **extra,
        )

    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED
    assert not Agreement.objects.exists()
    assert Deadline.objects.get(request=received).is_running


def test_who_let_it_out_does_not_answer_it_from_another_chair(cast, received):
    # given the requester's head has become the provider's
    cast.provider_head.duty_set.all().delete()
    cast.head.duty_set.all().delete()
    mover = type(cast.head).objects.get(pk=cast.head.pk)
    mover.department = cast.civil
    mover.save()
    mover.duty_set.create(department=cast.civil, kind=DutyKind.WORK_BODY_HEAD)

    # when
    with pytest.raises(NotAllowed):
        requests.agree(request=received, version=received.version, by=mover)

    # then
    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED


@pytest.mark.parametrize(
    ("reason", "opinion"), [("", "因为"), ("because", "因为"), ("duplicate", " ")]
)
def test_a_refusal_states_reason_and_words(cast, received, reason, opinion):
    with pytest.raises(Invalid):
        requests.refuse(
            request=received,
            version=received.version,
            reason=reason,
            opinion=opinion,
            by=cast.provider_head,
        )

    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED


def test_a_refusal_stops_the_clock_and_leaves_no_agreement(cast, received):
    refused = requests.refuse(
        request=received,
        version=received.version,
        reason="scope_too_large",
        opinion="上级代码与用途无关",
        by=cast.provider_head,
    )

    assert (refused.state, refused.refusal_reason) == ("refused", "scope_too_large")
    assert Deadline.objects.get(request=refused).is_met
    assert not Agreement.objects.exists()
    assert actions()[-1] == "sharing.request.refuse"


def test_withdrawing_stops_the_clock(cast, received):
    withdrawn = requests.withdraw(request=received, version=received.version, by=cast.applicant)

    assert withdrawn.state == RequestState.WITHDRAWN
    clock = Deadline.objects.get(request=withdrawn)
    assert clock.cancelled_at is not None
    assert not clock.is_met


def test_an_answered_request_is_not_withdrawn(cast, agreement):
    with pytest.raises(WrongState):
        requests.withdraw(
            request=agreement.request, version=agreement.request.version, by=cast.applicant
        )

    agreement.request.refresh_from_db()
    assert agreement.request.state == RequestState.AGREED


def test_a_term_that_has_passed_cannot_be_agreed(cast, received):
    SharingRequest.objects.filter(pk=received.pk).update(use_until=in_days(-1))

    with pytest.raises(DomainError):
        requests.agree(request=received, version=received.version, by=cast.provider_head)

    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED
    assert Deadline.objects.get(request=received).is_running


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one_answer(cast, received):
    # given
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def answer(act: str) -> None:
        extra = {"reason": "duplicate", "opinion": "重复"} if act == "refuse" else {}
        together.wait()
        try:
            getattr(requests, act)(
                request=received, version=received.version, by=cast.provider_head, **extra
            )
            outcomes.append(act)
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connections.close_all()

    # when
    both = [threading.Thread(target=answer, args=(act,)) for act in ("agree", "refuse")]
    for one in both:
        one.start()
    for one in both:
        one.join(20)

    # then
    received.refresh_from_db()
    done = {"agreed": "agree", "refused": "refuse"}[received.state]
    assert sorted(outcomes) == sorted([done, "stale_version"])
    assert Agreement.objects.count() == (received.state == "agreed")
    assert connection.is_usable()
    assert received.answered_at - received.received_at < timedelta(minutes=1)
