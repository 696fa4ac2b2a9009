"""Supplement, extension, offer and dispute: what happens between receipt and end (Art. 21, 28)."""

from datetime import date, timedelta

import pytest

from audit.models import Entry
from portal.common.errors import DomainError, Invalid, NotAllowed, WrongState
from portal.organisation.models import DutyKind
from portal.workdays import add_working_days, next_working_days
from sharing import deadlines
from sharing.models import (
    Agreement,
    AnswerExtension,
    Dispute,
    Offer,
    RequestState,
    SupplementNotice,
)
from sharing.selectors.inbox import tasks_for
from sharing.services import disputes, extensions, offers, requests, supplements
from tests.factories import ResourceFactory, UserFactory, from_today, in_days
from tests.sharing.conftest import data
from tests.sharing.request_acts import (
    asked_for,
    contested,
    extended,
    offered,
    refused,
    running,
    supplemented,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 18)


def test_one_notice_lists_everything_and_the_clock_starts_anew_when_complete(
    cast, received, freeze
):
    # given a request that was received, and its clock
    (first,) = running(received)
    # when the provider asks for what is missing
    waiting = asked_for(cast, received)
    # then its clock stands, and the applicant has it in the inbox
    assert waiting.state == RequestState.SUPPLEMENT
    first.refresh_from_db()
    assert first.paused_on == deadlines.today()
    notice = SupplementNotice.objects.get()
    assert (notice.missing, notice.is_open) == (["use_scene", "system"], True)
    assert [task.kind for task in tasks_for(cast.applicant)] == ["request_returned"]
    # when it comes back a week later
    freeze(deadlines.today() + timedelta(days=7))
    back = supplemented(cast, waiting)
    # then the whole limit runs from that day
    first.refresh_from_db()
    assert (first.started_on, first.limit_days, first.paused_on) == (deadlines.today(), 10, None)
    assert first.due == add_working_days(deadlines.today(), 10).date
    notice.refresh_from_db()
    assert (notice.is_open, notice.decided_by) == (False, cast.head)
    assert back.state == RequestState.RECEIVED
    # and no second notice is possible
    with pytest.raises(WrongState):
        asked_for(cast, back)
    back.refresh_from_db()
    assert back.state == RequestState.RECEIVED


def test_by_the_policy_pause_what_was_left_goes_on(cast, received, settings, freeze):
    settings.SUPPLEMENT_CLOCK = "pause"
    (first,) = running(received)
    freeze(next_working_days(first.started_on, 3)[-1])
    waiting = asked_for(cast, received)
    freeze(deadlines.today() + timedelta(days=20))
    back = supplemented(cast, waiting)
    assert list(running(back)) == [first]
    first.refresh_from_db()
    assert first.due == add_working_days(deadlines.today(), first.limit_days - 3).date


def test_by_the_policy_run_nothing_stops(cast, received, settings):
    settings.SUPPLEMENT_CLOCK = "run"
    (first,) = running(received)
    back = supplemented(cast, asked_for(cast, received))
    assert list(running(back)) == [first]


def test_what_has_lapsed_is_not_stopped(cast, received, freeze):
    (clock,) = running(received)
    freeze(clock.due + timedelta(days=1))
    asked_for(cast, received)
    clock.refresh_from_db()
    assert clock.paused_on is None


@pytest.mark.parametrize("missing", [(), ("use_scene", "weather")])
def test_a_notice_names_what_art_20_asks(cast, received, missing):
    with pytest.raises(Invalid) as refusal:
        supplements.ask(
            request=received,
            version=received.version,
            missing=missing,
            opinion="请补充",
            by=cast.provider_head,
        )
    assert list(refusal.value.fields) == ["missing"]
    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED
    assert running(received).exists()


def test_the_competent_department_consents_to_more_time_and_the_requester_is_told(cast, received):
    # given an extension asked for
    (clock,) = running(received)
    before = clock.due
    asked = extended(cast, received, days=8)
    assert [task.kind for task in tasks_for(cast.officer)] == ["request_extension"]
    clock.refresh_from_db()
    assert clock.due == before
    # when fewer days are consented to
    extensions.decide(
        request=asked, version=asked.version, is_granted=True, days=5, by=cast.officer
    )
    # then they come on top
    clock.refresh_from_db()
    assert (clock.extension_days, clock.limit_days) == (5, 10)
    assert clock.due == add_working_days(clock.started_on, 15).date > before
    # and the requester reads it
    assert [task.kind for task in tasks_for(cast.applicant)] == ["request_extended"]
    extensions.acknowledge(request=received, by=cast.applicant)
    extensions.acknowledge(request=received, by=cast.applicant)
    assert tasks_for(cast.applicant) == []
    assert Entry.objects.filter(action="sharing.request.acknowledge").count() == 1


def test_a_refused_extension_moves_nothing_and_cannot_be_asked_again(cast, received):
    (clock,) = running(received)
    asked = extended(cast, received)
    with pytest.raises(Invalid):
        extensions.decide(request=asked, version=asked.version, is_granted=False, by=cast.officer)
    told = extensions.decide(
        request=asked, version=asked.version, is_granted=False, opinion="理由不足", by=cast.officer
    )
    assert list(running(received)) == [clock]
    assert AnswerExtension.objects.get().granted_days == 0
    with pytest.raises(NotAllowed):
        extended(cast, told)
    assert AnswerExtension.objects.count() == 1


@pytest.mark.parametrize("days", [0, 11, -1])
def test_no_more_than_ten_days_are_asked_for(cast, received, days):
    with pytest.raises(Invalid):
        extended(cast, received, days=days)
    assert not AnswerExtension.objects.exists()


def test_what_is_overdue_is_not_extended(cast, received, freeze):
    (clock,) = running(received)
    freeze(clock.due + timedelta(days=1))
    with pytest.raises(WrongState):
        extended(cast, received)
    assert not AnswerExtension.objects.exists()


def test_no_more_is_granted_than_was_asked_and_nobody_grants_their_own(cast, received):
    asked = extended(cast, received, days=3)
    with pytest.raises(Invalid):
        extensions.decide(
            request=asked, version=asked.version, is_granted=True, days=4, by=cast.officer
        )
    for nobody in (cast.provider_head, cast.head, cast.stranger):
        with pytest.raises(NotAllowed):
            extensions.decide(request=asked, version=asked.version, is_granted=True, by=nobody)
    assert AnswerExtension.objects.get().is_open


def test_an_accepted_offer_is_what_is_agreed(cast, received):
    # given a request for a year
    (clock,) = running(received)
    # when the provider offers a hundred days
    waiting = offered(cast, received)
    # then the answer is given, and the requester's head has it
    clock.refresh_from_db()
    assert clock.met_at is not None
    assert waiting.state == RequestState.OFFERED
    assert "request_offer" in [task.kind for task in tasks_for(cast.head)]
    assert not Agreement.objects.exists()
    # when it is accepted
    agreed = offers.accept(request=waiting, version=waiting.version, by=cast.head)
    # then the agreement is of that
    made = Agreement.objects.get()
    assert (agreed.state, made.ends_on) == (RequestState.AGREED, in_days(100))
    assert Offer.objects.get().accepted is True
    (delivery,) = running(received)
    assert (delivery.kind, delivery.limit_days) == ("deliver", 20)


def test_a_declined_offer_counts_as_a_refusal_that_can_be_contested(cast, received):
    waiting = offered(cast, received)
    with pytest.raises(Invalid):
        offers.decline(request=waiting, version=waiting.version, opinion=" ", by=cast.head)
    gone = offers.decline(request=waiting, version=waiting.version, opinion="不够", by=cast.head)
    assert (gone.state, gone.refusal_reason) == (RequestState.REFUSED, "scope_too_large")
    assert not Agreement.objects.exists()
    contested(cast, gone)
    assert Dispute.objects.get().is_open


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"columns": []}, "columns"),
        ({"columns": ["parent_code"]}, "columns"),
        ({"use_until": timedelta(days=-1)}, "use_until"),
        ({"use_until": timedelta(days=366)}, "use_until"),
        ({"use_until": timedelta(days=365)}, "columns"),
        ({"opinion": ""}, "opinion"),
    ],
)
def test_an_offer_is_a_part_of_what_was_asked_for(cast, received, changes, field):
    with pytest.raises(Invalid) as refusal:
        offered(cast, received, **from_today(changes))
    assert list(refusal.value.fields) == [field]
    assert not Offer.objects.exists()
    assert running(received).exists()


def test_a_contested_refusal_that_is_reopened_is_answered_in_a_new_limit(cast, received):
    gone = refused(cast, received)
    open_one = contested(cast, gone)
    assert [task.kind for task in tasks_for(cast.officer)] == ["request_dispute"]
    back = disputes.decide(
        request=open_one,
        version=open_one.version,
        outcome="reopened",
        opinion="符合职责",
        by=cast.officer,
    )
    assert (back.state, back.refusal_reason, back.answered_at) == (RequestState.RECEIVED, "", None)
    (clock,) = running(back)
    assert (clock.kind, clock.limit_days) == ("answer", 10)
    requests.agree(request=back, version=back.version, by=cast.provider_head)
    assert Agreement.objects.count() == 1


def test_a_refusal_that_was_upheld_stands(cast, received):
    open_one = contested(cast, refused(cast, received))
    with pytest.raises(WrongState):
        contested(cast, open_one)
    over = disputes.decide(
        request=open_one,
        version=open_one.version,
        outcome="upheld",
        opinion="拒绝有据",
        by=cast.officer,
    )
    assert over.state == RequestState.REFUSED
    with pytest.raises(WrongState):
        contested(cast, over)
    assert Dispute.objects.count() == 1
    assert not running(over).exists()


def test_a_reopened_request_does_not_stand_beside_a_new_one(cast, received, resource):
    open_one = contested(cast, refused(cast, received))
    requests.start_request(resource=resource, data=data(), by=cast.applicant)
    with pytest.raises(DomainError) as refusal:
        disputes.decide(
            request=open_one,
            version=open_one.version,
            outcome="reopened",
            opinion="符合职责",
            by=cast.officer,
        )
    assert refusal.value.code == "another_request"
    assert Dispute.objects.get().is_open


def test_a_party_does_not_decide_its_own_dispute(cast):
    # given a refusal by the competent department itself
    own = ResourceFactory(department=cast.bigdata, state="published")
    head = UserFactory(department=cast.bigdata, duties=[DutyKind.WORK_BODY_HEAD])
    held = requests.start_request(resource=own, data=data(), by=cast.applicant)
    held = requests.submit(request=held, version=held.version, by=cast.applicant)
    held = requests.approve(request=held, version=held.version, by=cast.head)
    held = requests.refuse(
        request=held, version=held.version, reason="duplicate", opinion="重复", by=head
    )
    held = contested(cast, held)
    # then its officer neither finds it among the tasks nor decides it
    assert tasks_for(cast.officer) == []
    with pytest.raises(NotAllowed):
        disputes.decide(
            request=held, version=held.version, outcome="upheld", opinion="有据", by=cast.officer
        )
    assert Dispute.objects.get().is_open
