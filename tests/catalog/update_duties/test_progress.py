"""How submissions, reviews and withdrawals of entries answer a duty, told by the review itself."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from audit.models import Entry
from catalog.models import DutyState, EntryState, ResourceStep, UpdateDuty
from catalog.services import review, update_duties, update_progress
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from tests.catalog.conftest import at_once, drafted, published
from tests.factories import ResourceFactory

from .conftest import recorded, review_clocks, update_clock


def submit(cast, entry):
    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)
    return review.approve(resource=entry, version=entry.version, by=cast.head)


def publish(cast, entry):
    return review.publish(resource=entry, version=entry.version, by=cast.officer)


def now_of(duty):
    return UpdateDuty.objects.get(pk=duty.pk)


def test_submitting_to_the_own_head_is_not_yet_submitting(cast, duty, entry):
    review.submit(resource=entry, version=entry.version, by=cast.steward)

    assert now_of(duty).state == DutyState.OPEN
    assert update_clock(duty).is_running
    assert review_clocks(duty) == []


def test_an_entry_that_reaches_the_competent_department_meets_the_duty(cast, duty, entry, freeze):
    freeze(date(2026, 11, 25))

    submit(cast, entry)

    clock = update_clock(duty)
    assert (clock.is_met, clock.is_met_late) == (True, False)
    (review_clock,) = review_clocks(duty)
    assert (review_clock.rule, review_clock.limit_days) == ("D2", 2)
    assert (review_clock.started_on, review_clock.due) == (date(2026, 11, 25), date(2026, 11, 27))
    assert now_of(duty).state == DutyState.REVIEW


def test_publication_answers_the_change(cast, duty, entry, freeze):
    freeze(date(2026, 11, 27))
    entry = submit(cast, entry)
    freeze(date(2026, 12, 2))

    publish(cast, entry)

    done = now_of(duty)
    assert (done.state, done.done_at.date()) == (DutyState.DONE, date(2026, 12, 2))
    assert duty.entries.get().state == EntryState.PUBLISHED
    assert update_clock(duty).is_met_late
    assert [clock.is_met_late for clock in review_clocks(duty)] == [True]


def test_sending_back_ends_the_review_and_takes_nothing_back_from_the_submission(
    cast, duty, entry, freeze
):
    entry = submit(cast, entry)
    freeze(date(2026, 11, 17))
    entry = review.send_back(
        resource=entry, version=entry.version, reasons="数据项缺少依据", by=cast.officer
    )
    assert now_of(duty).state == DutyState.OPEN
    assert duty.entries.get().state == EntryState.RETURNED
    assert update_clock(duty).is_met
    assert [clock.is_running for clock in review_clocks(duty)] == [False]

    freeze(date(2026, 11, 20))
    submit(cast, entry)

    first, second = review_clocks(duty)
    assert (first.due, second.due) == (date(2026, 11, 17), date(2026, 11, 24))
    assert second.is_running
    assert duty.entries.get().received_at.date() == date(2026, 11, 13)


def test_the_own_head_sending_back_moves_no_clock(cast, duty, entry):
    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)
    version = now_of(duty).version

    review.send_back(resource=entry, version=entry.version, reasons="补充", by=cast.head)

    assert now_of(duty).version == version
    assert duty.entries.get().state == EntryState.WAITING


def test_taking_an_entry_out_of_the_catalogue_answers_the_change_too(cast, freeze):
    freeze(date(2026, 11, 13))
    entry = published(cast)
    duty = recorded(cast, entry)

    review.withdraw(resource=entry, version=entry.version, reasons="职责已划转", by=cast.head)

    assert now_of(duty).state == DutyState.DONE
    assert duty.entries.get().state == EntryState.WITHDRAWN
    assert update_clock(duty).is_met
    assert review_clocks(duty) == []


def test_the_duty_is_met_only_when_all_its_entries_are_submitted(cast, freeze):
    freeze(date(2026, 11, 13))
    one, other = drafted(cast), drafted(cast, name="低保对象认定信息")
    duty = recorded(cast, one, other)

    submit(cast, one)
    assert update_clock(duty).is_running
    assert len(review_clocks(duty)) == 1
    assert now_of(duty).state == DutyState.OPEN

    freeze(date(2026, 11, 16))
    submit(cast, other)
    assert update_clock(duty).met_at.date() == date(2026, 11, 16)
    assert now_of(duty).state == DutyState.REVIEW


def test_an_entry_may_answer_two_changes_at_once(cast, duty, entry):
    second = recorded(cast, entry, basis_title="养老服务条例")

    publish(cast, submit(cast, entry))

    assert {one.state for one in UpdateDuty.objects.all()} == {DutyState.DONE}
    assert update_clock(second).is_met


def test_being_told_twice_changes_nothing(cast, duty, entry):
    entry = submit(cast, entry)
    before = (now_of(duty).version, duty.steps.count(), Entry.objects.count())

    update_progress.entry_submitted(resource=entry, by=cast.head)

    assert (now_of(duty).version, duty.steps.count(), Entry.objects.count()) == before
    assert len(review_clocks(duty)) == 1


def test_an_entry_that_no_change_concerns_costs_one_question(cast, duty, django_assert_num_queries):
    other = drafted(cast, name="低保对象认定信息")

    with django_assert_num_queries(3):  # the question, between savepoint and release
        update_progress.entry_submitted(resource=other, by=cast.head)


def test_what_was_submitted_before_the_record_counts_from_when_it_was(cast, entry, freeze):
    # given the law changed on the 12th, the entry was submitted on the 16th and published on the
    # 18th, and the officer records the change on the 30th, when it would be overdue
    at = {"approve": date(2026, 11, 16), "publish": date(2026, 11, 18)}
    entry = publish(cast, submit(cast, entry))
    for move, day in at.items():
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
        ResourceStep.objects.filter(resource=entry, move=move).update(at=moment)
    freeze(date(2026, 11, 30))
    duty = recorded(cast, entry)
    assert update_clock(duty).is_running

    # when
    update_progress.answer_with(
        duty=duty, version=duty.version, resource=entry, by=cast.other_steward
    )

    # then
    clock = update_clock(duty)
    assert (clock.met_at.date(), clock.is_met_late) == (at["approve"], False)
    (reviewed,) = review_clocks(duty)
    assert (reviewed.started_on, reviewed.met_at.date()) == (at["approve"], at["publish"])
    assert now_of(duty).state == DutyState.DONE


def test_what_was_submitted_before_the_change_does_not_count(cast, entry, freeze):
    entry = submit(cast, entry)
    moment = datetime(2026, 11, 11, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    ResourceStep.objects.filter(resource=entry, move="approve").update(at=moment)
    freeze(date(2026, 11, 13))
    duty = recorded(cast, entry)

    with pytest.raises(Invalid):
        update_progress.answer_with(
            duty=duty, version=duty.version, resource=entry, by=cast.steward
        )
    publish(cast, entry)

    assert update_clock(duty).is_running
    assert now_of(duty).state == DutyState.OPEN


def test_a_new_entry_is_named_by_the_steward_and_then_followed(cast, freeze):
    freeze(date(2026, 11, 13))
    duty = recorded(cast, needs_new_entry=True)
    entry = drafted(cast)

    duty = update_progress.answer_with(
        duty=duty, version=duty.version, resource=entry, by=cast.steward
    )
    assert duty.entries.get().is_new
    assert update_clock(duty).is_running

    submit(cast, entry)
    assert update_clock(duty).is_met


def test_an_old_entry_is_not_the_new_one(cast, freeze):
    entry = published(cast)
    ResourceStep.objects.filter(resource=entry).update(
        at=datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    )
    freeze(date(2026, 11, 13))
    duty = recorded(cast, needs_new_entry=True)

    update_progress.answer_with(duty=duty, version=duty.version, resource=entry, by=cast.steward)
    review.withdraw(resource=entry, version=entry.version, reasons="并入新目录", by=cast.head)

    assert duty.entries.get().is_new is False
    assert update_clock(duty).is_running
    assert now_of(duty).state == DutyState.OPEN


@pytest.mark.parametrize("who", ["head", "officer", "stranger"])
def test_only_the_stewards_name_entries(cast, duty, who):
    other = drafted(cast, name="低保对象认定信息")

    with pytest.raises(NotAllowed):
        update_progress.answer_with(
            duty=duty, version=duty.version, resource=other, by=getattr(cast, who)
        )
    assert duty.entries.count() == 1


def test_the_entry_of_another_department_answers_nothing(cast, duty):
    theirs = ResourceFactory(department=cast.education)

    with pytest.raises(Invalid):
        update_progress.answer_with(
            duty=duty, version=duty.version, resource=theirs, by=cast.steward
        )
    assert duty.entries.count() == 1


def propose(cast, duty):
    return update_duties.propose_close(
        duty=duty, version=duty.version, reasons="修改内容与现有目录无关", by=cast.steward
    )


def test_the_head_approves_that_nothing_changes(cast, duty):
    proposed = propose(cast, duty)
    assert (proposed.state, update_clock(duty).is_running) == (DutyState.CLOSING, True)

    update_duties.decide_close(
        duty=proposed, version=proposed.version, is_approved=True, by=cast.head
    )

    assert now_of(duty).state == DutyState.DONE
    assert duty.entries.get().state == EntryState.UNCHANGED
    assert update_clock(duty).is_met
    assert Entry.objects.filter(action="catalog.update_duty.close", actor_name="高远").count() == 1


def test_the_head_rejects_with_reasons_and_the_clock_has_gone_on(cast, duty):
    proposed = propose(cast, duty)

    with pytest.raises(Invalid):
        update_duties.decide_close(
            duty=proposed, version=proposed.version, is_approved=False, by=cast.head
        )
    rejected = update_duties.decide_close(
        duty=proposed,
        version=proposed.version,
        is_approved=False,
        opinion="应当增加救助类别",
        by=cast.head,
    )

    assert rejected.state == DutyState.OPEN
    assert update_clock(duty).is_running


@pytest.mark.parametrize("who", ["steward", "officer", "stranger"])
def test_only_the_head_decides_on_closing(cast, duty, who):
    proposed = propose(cast, duty)

    with pytest.raises(NotAllowed):
        update_duties.decide_close(
            duty=proposed, version=proposed.version, is_approved=True, by=getattr(cast, who)
        )
    assert now_of(duty).state == DutyState.CLOSING


def test_without_reasons_or_twice_nothing_is_proposed(cast, duty):
    with pytest.raises(Invalid):
        update_duties.propose_close(duty=duty, version=duty.version, reasons=" ", by=cast.steward)
    assert now_of(duty).state == DutyState.OPEN

    proposed = propose(cast, duty)
    with pytest.raises(WrongState):
        propose(cast, proposed)


def test_an_old_page_closes_nothing(cast, duty):
    with pytest.raises(StaleVersion):
        update_duties.propose_close(
            duty=duty, version=duty.version + 1, reasons="无关", by=cast.steward
        )
    assert now_of(duty).state == DutyState.OPEN


def test_a_submission_overtakes_the_proposal_to_change_nothing(cast, duty, entry):
    propose(cast, duty)

    submit(cast, entry)

    assert now_of(duty).state == DutyState.REVIEW


def test_closing_ends_what_is_left_and_leaves_the_review_of_the_rest(cast, freeze):
    freeze(date(2026, 11, 13))
    one, other = drafted(cast), drafted(cast, name="低保对象认定信息")
    duty = recorded(cast, one, other, needs_new_entry=True)
    entry = submit(cast, one)

    proposed = propose(cast, now_of(duty))
    update_duties.decide_close(
        duty=proposed, version=proposed.version, is_approved=True, by=cast.head
    )
    assert now_of(duty).state == DutyState.REVIEW
    assert update_clock(duty).is_met

    publish(cast, entry)
    assert now_of(duty).state == DutyState.DONE


def test_a_submission_and_a_record_at_the_same_moment_lose_neither(committed_cast, freeze):
    freeze(date(2026, 11, 13))
    cast = committed_cast
    entry = drafted(cast)
    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)

    results = at_once(
        lambda: recorded(cast, entry),
        lambda: review.approve(resource=entry, version=entry.version, by=cast.head),
    )

    assert [error for error in results if isinstance(error, Exception)] == []
    duty = UpdateDuty.objects.get()
    if update_clock(duty).is_running:  # recorded after the submission: the steward has it counted
        update_progress.answer_with(
            duty=duty, version=duty.version, resource=entry, by=cast.steward
        )
    assert update_clock(duty).is_met
    assert len(review_clocks(duty)) == 1
