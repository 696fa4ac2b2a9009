"""The extension: asked once with special reasons before it is due, decided by another department."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Entry
from catalog.models import DutyState, UpdateDuty, UpdateExtension
from catalog.services import review, update_duties
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from portal.organisation.models import DutyKind
from tests.catalog.conftest import at_once, drafted
from tests.factories import DepartmentFactory, UserFactory

from .conftest import asked, recorded, update_clock


def decided(duty, by, **given):
    return update_duties.decide_extension(
        duty=duty, version=duty.version, by=by, **{"is_granted": True, **given}
    )


@pytest.mark.parametrize("days", [1, 2, 3, 4, 5])
def test_consent_adds_the_working_days(cast, duty, days):
    waiting = asked(cast, duty, days)

    decided(waiting, cast.officer, opinion="情况属实")

    clock = update_clock(duty)
    ends = ["2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"]
    assert (clock.extension_days, clock.due.isoformat()) == (days, ends[days - 1])
    extension = UpdateExtension.objects.get()
    assert (extension.granted_days, extension.decided_by) == (days, cast.officer)
    acts = Entry.objects.filter(action__contains="exten").order_by("id")
    assert list(acts.values_list("action", flat=True)) == [
        "catalog.update_duty.ask_extension",
        "catalog.update_duty.extend",
    ]


def test_fewer_days_than_asked_can_be_granted_but_not_more(cast, duty):
    waiting = asked(cast, duty, 3)

    for days in (0, 4):
        with pytest.raises(Invalid) as refused:
            decided(waiting, cast.officer, days=days)
        assert list(refused.value.fields) == ["days"]
    assert update_clock(duty).extension_days == 0

    decided(waiting, cast.officer, days=2)
    assert update_clock(duty).due == date(2026, 11, 30)


def test_a_refusal_needs_reasons_and_moves_nothing(cast, duty):
    waiting = asked(cast, duty)

    with pytest.raises(Invalid) as refused:
        decided(waiting, cast.officer, is_granted=False)
    assert list(refused.value.fields) == ["opinion"]
    assert UpdateExtension.objects.get().decided_at is None

    decided(waiting, cast.officer, is_granted=False, opinion="未说明特殊情况")
    assert UpdateExtension.objects.get().granted_days == 0
    assert update_clock(duty).due == date(2026, 11, 26)
    assert duty.steps.first().words == "未说明特殊情况"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 6}, "days"),
        ({"reasons": " "}, "reasons"),
        ({"reasons": "<b>急"}, "reasons"),
    ],
)
def test_asking_for_too_much_or_without_reasons_is_refused(cast, duty, given, field):
    with pytest.raises(Invalid) as refused:
        update_duties.ask_extension(
            duty=duty,
            version=duty.version,
            by=cast.steward,
            **{"days": 5, "reasons": "系统改造", **given},
        )

    assert list(refused.value.fields) == [field]
    assert not UpdateExtension.objects.exists()


def test_it_is_asked_for_only_once_even_after_a_refusal(cast, duty):
    waiting = asked(cast, duty)
    with pytest.raises(WrongState):
        asked(cast, waiting)

    refused = decided(waiting, cast.officer, is_granted=False, opinion="理由不足")
    with pytest.raises(WrongState):
        asked(cast, refused)

    assert UpdateExtension.objects.count() == 1


@pytest.mark.parametrize(("day", "is_in_time"), [(26, True), (27, False)])
def test_it_is_asked_for_before_the_update_is_overdue(cast, duty, freeze, day, is_in_time):
    freeze(date(2026, 11, day))

    if is_in_time:
        asked(cast, duty)
    else:
        with pytest.raises(WrongState):
            asked(cast, duty)

    assert UpdateExtension.objects.exists() == is_in_time


def test_what_was_asked_in_time_may_be_decided_later(cast, duty, freeze):
    freeze(date(2026, 11, 26))
    waiting = asked(cast, duty)

    freeze(date(2026, 11, 30))
    decided(waiting, cast.officer)

    clock = update_clock(duty)
    assert (clock.due, clock.lapsed_at) == (date(2026, 12, 3), None)


@pytest.mark.parametrize("who", ["stranger", "officer"])
def test_only_the_department_asks(cast, duty, who):
    with pytest.raises(NotAllowed):
        update_duties.ask_extension(
            duty=duty, version=duty.version, days=5, reasons="系统改造", by=getattr(cast, who)
        )
    assert not UpdateExtension.objects.exists()


def test_only_an_officer_of_the_competent_department_of_the_region_decides(cast, duty, city):
    waiting = asked(cast, duty)
    city_officer = UserFactory(
        department=DepartmentFactory(region=city, is_competent=True),
        duties=[DutyKind.COMPETENT_OFFICER],
    )
    others = [cast.steward, cast.head, cast.stranger, city_officer]

    for other in others:
        with pytest.raises(NotAllowed):
            decided(waiting, other)

    assert UpdateExtension.objects.get().decided_at is None
    assert update_clock(duty).due == date(2026, 11, 26)


def test_nobody_consents_to_their_own_extension(cast, freeze, second_officer):
    # given the competent department's own catalogue, and a person who is steward and officer there
    freeze(date(2026, 11, 13))
    both = UserFactory(
        department=cast.bigdata, duties=[DutyKind.STEWARD, DutyKind.COMPETENT_OFFICER]
    )
    own = update_duties.record_change(
        change=update_duties.Change(
            kind="duties",
            basis_title="三定规定",
            happened_on=date(2026, 11, 12),
            needs_new_entry=True,
        ),
        department=cast.bigdata,
        by=both,
    )
    own = update_duties.ask_extension(
        duty=own, version=own.version, days=2, reasons="机构划转", by=both
    )

    # when, then
    with pytest.raises(NotAllowed):
        decided(own, both)
    assert UpdateExtension.objects.get().decided_at is None
    decided(own, second_officer)
    assert update_clock(own).extension_days == 2


def test_the_database_refuses_consent_to_oneself_and_six_days(cast, duty):
    asked(cast, duty)
    mine = UpdateExtension.objects.filter(duty=duty)

    for wrong in (
        {"decided_by": cast.steward, "decided_at": timezone.now(), "granted_days": 5},
        {"days": 6},
        {"granted_days": 3},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**wrong)


def test_an_update_that_is_submitted_leaves_nothing_to_extend(cast, duty, entry):
    waiting = asked(cast, duty)
    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)
    review.approve(resource=entry, version=entry.version, by=cast.head)
    waiting = UpdateDuty.objects.get(pk=waiting.pk)

    with pytest.raises(WrongState):
        decided(waiting, cast.officer)

    assert waiting.state == DutyState.REVIEW
    assert update_clock(duty).extension_days == 0


def test_a_page_that_is_old_changes_nothing(cast, duty):
    asked(cast, duty)

    with pytest.raises(StaleVersion):
        update_duties.decide_extension(
            duty=duty, version=duty.version - 1, is_granted=True, by=cast.officer
        )

    assert UpdateExtension.objects.get().decided_at is None


def test_of_two_officers_at_once_one_decides(committed_cast, freeze):
    freeze(date(2026, 11, 13))
    other = UserFactory(department=committed_cast.bigdata, duties=[DutyKind.COMPETENT_OFFICER])
    duty = recorded(committed_cast, drafted(committed_cast))
    duty = asked(committed_cast, duty)

    results = at_once(
        *(lambda who=who: decided(duty, who) for who in (committed_cast.officer, other))
    )

    assert sorted(type(result).__name__ for result in results) == ["UpdateDuty", "WrongState"]
    assert update_clock(duty).extension_days == 5
