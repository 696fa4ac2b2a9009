from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from audit.models import Entry
from catalog.models import ResourceState, SharingAttribute
from portal.clocks.services.round import go_round as sweep
from portal.workdays.services import publish_calendar
from sharing import deadlines
from sharing.models import Deadline, DeadlineKind
from sharing.services import requests
from sharing.services.sweeping import sweep as sweep_agreements
from tests.factories import ResourceFactory

from .conftest import agreed_on, data, fill

VECTORS = [
    (date(2026, 2, 12), date(2026, 2, 13), date(2026, 3, 4), date(2026, 3, 18)),
    (date(2026, 2, 13), date(2026, 2, 14), date(2026, 3, 5), date(2026, 3, 19)),
    (date(2026, 2, 15), date(2026, 2, 24), date(2026, 3, 6), date(2026, 3, 20)),
    (date(2026, 4, 30), date(2026, 5, 6), date(2026, 5, 18), date(2026, 6, 1)),
    (date(2026, 9, 18), date(2026, 9, 20), date(2026, 10, 9), date(2026, 10, 22)),
    (date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 20), date(2026, 11, 3)),
]


@pytest.mark.parametrize(("day", "one", "ten", "twenty"), VECTORS)
def test_limits_follow_the_published_calendar(draft, day, one, ten, twenty):
    for rule, due in (("D3", one), ("D4", ten)):
        clock = deadlines.start_clock(request=draft, limit=deadlines.LIMITS[rule], on=day)
        assert (clock.due, clock.provisional, clock.started_on) == (due, False, day)
        clock.delete()
    assert deadlines.start_clock(request=draft, limit=deadlines.DELIVER, on=day).due == twenty


def test_the_table_says_what_the_decree_says():
    assert {
        rule: (limit.kind.value, limit.working_days, limit.article)
        for rule, limit in deadlines.LIMITS.items()
    } == {"D3": ("answer", 1, 21), "D4": ("answer", 10, 21), "D6": ("deliver", 20, 22)}


def test_a_request_received_in_shanghai_counts_from_that_day(cast, submitted, freeze):
    # given a working Thursday before the Labour Day holiday
    freeze(date(2026, 4, 30))

    # when
    requests.approve(request=submitted, version=submitted.version, by=cast.head)

    # then
    assert Deadline.objects.get(request=submitted).due == date(2026, 5, 18)


def test_unconditional_data_is_answered_in_one_working_day(cast, freeze):
    # given
    freeze(date(2026, 9, 18))
    open_to_all = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        sharing_scope="",
        sharing_purpose="",
    )
    request = requests.start_request(
        resource=open_to_all, data=data(use_until=date(2027, 9, 1)), by=cast.applicant
    )
    request = requests.submit(request=request, version=1, by=cast.applicant)

    # when
    requests.approve(request=request, version=2, by=cast.head)

    # then a make-up Sunday is a working day
    clock = Deadline.objects.get(request=request)
    assert (clock.rule, clock.due) == ("D3", date(2026, 9, 20))


def test_a_year_without_a_list_gives_a_provisional_date(draft):
    clock = deadlines.start_clock(
        request=draft, limit=deadlines.ANSWER_CONDITIONAL, on=date(2026, 12, 28)
    )

    assert clock.provisional is True
    assert clock.due == date(2027, 1, 11)


def test_a_calendar_that_has_not_changed_moves_no_date(draft):
    clock = deadlines.start_clock(
        request=draft, limit=deadlines.ANSWER_CONDITIONAL, on=date(2026, 12, 28)
    )

    assert sweep().counted == 0
    clock.refresh_from_db()
    assert clock.due == date(2027, 1, 11)
    assert not Entry.objects.filter(action="sharing.deadline.recompute").exists()


def test_a_new_calendar_moves_the_provisional_date_once(draft, freeze):
    # given a date computed before the calendar of its year was there
    freeze(date(2026, 11, 3))
    clock = deadlines.start_clock(
        request=draft, limit=deadlines.ANSWER_CONDITIONAL, on=date(2026, 11, 2)
    )
    right, version = clock.due, clock.calendar_version
    Deadline.objects.filter(pk=clock.pk).update(
        provisional=True, due=date(2026, 11, 30), calendar_version="2026.-"
    )

    # when
    first, second = sweep(), sweep()

    # then
    clock.refresh_from_db()
    assert (first.moved, second.moved) == (1, 0)
    assert (clock.due, clock.calendar_version, clock.provisional) == (right, version, False)
    entry = Entry.objects.get(action="sharing.deadline.recompute")
    assert entry.data["before"]["due"] == "2026-11-30"
    assert entry.data["due"] == right.isoformat()


def test_a_passed_deadline_is_noted_once(received):
    # given
    Deadline.objects.filter(request=received).update(due=date(2026, 1, 5))

    # when
    first, second = sweep(), sweep()

    # then
    assert (first.lapsed, second.lapsed) == (1, 0)
    entry = Entry.objects.get(action="sharing.deadline.overdue")
    assert (entry.target_id, entry.actor_kind) == (str(received.pk), "portal")


def test_delivery_is_met_when_the_data_is_opened(cast, resource):
    # given
    agreement = agreed_on(cast, resource)
    clock = Deadline.objects.get(request=agreement.request, kind=DeadlineKind.DELIVER)
    assert (clock.rule, clock.limit_days, clock.is_met) == ("D6", 20, False)

    # when
    fill(resource)
    swept = sweep_agreements()

    # then
    clock.refresh_from_db()
    assert swept.activated == 1
    assert clock.is_met


def publish_2027():
    """The list of 2027 as it may come: New Year's day off, Sunday the 10th made up for it."""
    publish_calendar(
        year=2027,
        holidays=[(date(2027, 1, 1), "元旦"), (date(2027, 1, 4), "元旦")],
        makeup_days=[(date(2027, 1, 10), "元旦")],
        source="国务院办公厅关于2027年部分节假日安排的通知",
        by=None,
    )


def test_the_list_of_2027_makes_provisional_dates_final(draft):
    # given ten days that are counted into a year without a list: Mondays to Fridays
    clock = deadlines.start_clock(
        request=draft, limit=deadlines.ANSWER_CONDITIONAL, on=date(2026, 12, 25)
    )
    assert (clock.due, clock.provisional, clock.calendar_version) == (
        date(2027, 1, 8),
        True,
        "2026.1+2027.-",
    )

    # when
    publish_2027()
    first, second = sweep(), sweep()

    # then two days are off and one is made up
    clock.refresh_from_db()
    assert (first.moved, second.moved) == (1, 0)
    assert (clock.due, clock.provisional, clock.calendar_version) == (
        date(2027, 1, 11),
        False,
        "2026.1+2027.1",
    )
    entry = Entry.objects.get(action="sharing.deadline.recompute")
    assert (entry.actor_kind, entry.target_id) == ("portal", str(draft.pk))
    assert entry.data["before"] == {"due": "2027-01-08", "calendar_version": "2026.1+2027.-"}
    assert (entry.data["due"], entry.data["rule"]) == ("2027-01-11", "D4")


def test_a_clock_that_stands_is_not_counted_again(cast, received):
    # given
    Deadline.objects.filter(request=received).update(
        provisional=True, due=date(2027, 1, 8), calendar_version="2026.1+2027.-"
    )
    requests.withdraw(request=received, version=received.version, by=cast.applicant)

    # when
    publish_2027()

    # then
    assert sweep().moved == 0
    assert Deadline.objects.get(request=received).due == date(2027, 1, 8)


@pytest.mark.parametrize("act", ["agree", "refuse", "withdraw"])
def test_a_clock_that_stands_is_never_overdue(cast, received, act):
    # given
    by = cast.applicant if act == "withdraw" else cast.provider_head
    words = {"reason": "duplicate", "opinion": "重复"} if act == "refuse" else {}
    getattr(requests, act)(request=received, version=received.version, by=by, **words)
    answer = Deadline.objects.filter(request=received, kind=DeadlineKind.ANSWER)

    # when
    answer.update(due=date(2026, 1, 5))

    # then
    assert sweep().lapsed == 0
    assert answer.get().is_met is (act != "withdraw")


def test_the_due_day_itself_is_not_overdue(received, freeze):
    due = Deadline.objects.get(request=received).due

    freeze(due)
    assert sweep().lapsed == 0
    freeze(due.replace(day=due.day + 1))
    assert sweep().lapsed == 1


def test_delivery_is_counted_from_the_agreeing_answer(cast, received, freeze):
    # given the answer of the Wednesday before the week of the National Day
    freeze(date(2026, 9, 30))

    # when
    requests.agree(request=received, version=received.version, by=cast.provider_head)

    # then
    clock = Deadline.objects.get(request=received, kind=DeadlineKind.DELIVER)
    assert (clock.started_on, clock.due) == (date(2026, 9, 30), date(2026, 11, 3))


def test_the_day_is_that_of_shanghai(monkeypatch):
    # seventeen o'clock in Greenwich is one o'clock of the next day
    moment = datetime(2026, 4, 30, 17, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)

    assert deadlines.today() == date(2026, 5, 1)
