"""Decree 809, chapter 3: the catalogue is kept up to date (Art. 17). A test bears its article."""

from datetime import date, timedelta

import pytest

from audit.models import Entry
from catalog import deadlines
from catalog.models import (
    CatalogueClock,
    ChangeKind,
    DutyState,
    UpdateDuty,
    UpdateExtension,
)
from catalog.services import review, update_duties
from portal.clocks.services.round import go_round as sweep
from portal.common.errors import NotAllowed, WrongState
from portal.workdays import next_working_days
from tests.catalog.conftest import drafted
from tests.catalog.update_duties.conftest import asked, recorded, review_clocks, update_clock

# Table of the working-day calendar's test vectors: day 0, then +2, +5 and +10 working days.
VECTORS = [
    ("2026-02-12", "2026-02-14", "2026-02-26", "2026-03-04"),
    ("2026-02-13", "2026-02-24", "2026-02-27", "2026-03-05"),
    ("2026-02-15", "2026-02-25", "2026-02-28", "2026-03-06"),
    ("2026-04-30", "2026-05-07", "2026-05-11", "2026-05-18"),
    ("2026-09-18", "2026-09-21", "2026-09-24", "2026-10-09"),
    ("2026-09-30", "2026-10-09", "2026-10-13", "2026-10-20"),
]


@pytest.fixture
def house(catalogue_cast):
    return catalogue_cast


def submitted(house, entry):
    entry = review.submit(resource=entry, version=entry.version, by=house.steward)
    return review.approve(resource=entry, version=entry.version, by=house.head)


@pytest.mark.parametrize(("day", "_two", "_five", "ten"), VECTORS)
def test_article_17_the_catalogue_is_updated_and_submitted_within_ten_working_days(
    house, freeze, day, _two, _five, ten
):
    freeze(date.fromisoformat(day))
    duty = recorded(house, drafted(house), happened_on=date.fromisoformat(day))

    clock = update_clock(duty)
    assert (clock.limit_days, clock.due.isoformat()) == (10, ten)
    assert (clock.legal, clock.provisional) == (True, False)


@pytest.mark.parametrize(("day", "two", "_five", "_ten"), VECTORS)
def test_article_17_the_competent_department_reviews_and_publishes_within_two_working_days(
    house, freeze, day, two, _five, _ten
):
    # given an entry that reaches the competent department on that day
    freeze(date.fromisoformat(day))
    entry = drafted(house)
    duty = recorded(house, entry, happened_on=date.fromisoformat(day))

    # when
    entry = submitted(house, entry)

    # then it has until the second working day, and publication is what stops the clock
    (clock,) = review_clocks(duty)
    assert (clock.limit_days, clock.due.isoformat()) == (2, two)
    assert clock.is_running
    review.publish(resource=entry, version=entry.version, by=house.officer)
    assert review_clocks(duty)[0].is_met


def test_article_17_the_limits_are_those_of_the_decree_and_no_others():
    assert {
        rule: (limit.kind, limit.working_days, limit.article)
        for rule, limit in deadlines.LIMITS.items()
    } == {
        "D1": (CatalogueClock.UPDATE, 10, 17),
        "D2": (CatalogueClock.REVIEW, 2, 17),
    }
    assert deadlines.MOST_EXTENSION_DAYS == 5


def test_article_17_a_law_a_decision_or_duties_that_change_are_what_starts_the_clock():
    assert set(ChangeKind.values) == {"law", "state_council", "duties"}


@pytest.mark.parametrize("happened_days_ago", [0, 1, 40])
def test_article_17_the_clock_starts_with_the_change_and_not_with_its_record(
    house, freeze, happened_days_ago
):
    freeze(date(2026, 11, 12))
    happened = date(2026, 11, 12) - timedelta(days=happened_days_ago)

    duty = recorded(house, drafted(house), happened_on=happened)

    assert update_clock(duty).started_on == happened


@pytest.mark.parametrize(("day", "_two", "_five", "ten"), VECTORS)
def test_article_17_with_consent_up_to_five_working_days_are_added(
    house, freeze, day, _two, _five, ten
):
    # given
    freeze(date.fromisoformat(day))
    duty = asked(house, recorded(house, drafted(house), happened_on=date.fromisoformat(day)), 5)
    assert update_clock(duty).due.isoformat() == ten

    # when
    update_duties.decide_extension(
        duty=duty, version=duty.version, is_granted=True, by=house.officer
    )

    # then it is due on the fifth working day after the tenth
    clock = update_clock(duty)
    assert (clock.limit_days, clock.extension_days) == (10, 5)
    assert clock.due == next_working_days(date.fromisoformat(ten), 5)[-1]


def test_article_17_the_same_level_competent_department_consents_and_nobody_to_themselves(
    house, freeze
):
    freeze(date(2026, 11, 13))
    duty = asked(house, recorded(house, drafted(house)))

    for who in (house.steward, house.head, house.stranger):
        with pytest.raises(NotAllowed):
            update_duties.decide_extension(duty=duty, version=duty.version, is_granted=True, by=who)

    assert not UpdateExtension.objects.get().is_decided
    assert update_clock(duty).extension_days == 0


def test_article_17_there_is_one_extension_and_it_needs_special_reasons(house, freeze):
    freeze(date(2026, 11, 13))
    duty = asked(house, recorded(house, drafted(house)))
    duty = update_duties.decide_extension(
        duty=duty, version=duty.version, is_granted=True, by=house.officer
    )

    with pytest.raises(WrongState):
        asked(house, duty)

    assert UpdateExtension.objects.get().reasons == "涉及三个业务系统改造"


def test_article_17_the_review_is_not_extended(house, freeze):
    freeze(date(2026, 11, 13))
    entry = drafted(house)
    duty = recorded(house, entry)
    submitted(house, entry)
    duty = UpdateDuty.objects.get(pk=duty.pk)

    with pytest.raises(WrongState):
        asked(house, duty)

    assert [clock.extension_days for clock in review_clocks(duty)] == [0]


def test_article_17_what_is_late_stays_on_record(house, freeze):
    # given
    freeze(date(2026, 11, 13))
    entry = drafted(house)
    duty = recorded(house, entry)
    freeze(date(2026, 11, 27))
    sweep()

    # when it is submitted after all
    submitted(house, entry)

    # then
    clock = update_clock(duty)
    assert (clock.is_met, clock.is_met_late) == (True, True)
    late = Entry.objects.get(action="catalog.deadline.overdue")
    assert (late.data["rule"], late.data["due"]) == ("D1", "2026-11-26")
    assert UpdateDuty.objects.get().state == DutyState.REVIEW
