"""Recording a change: who may, what it must say, which clock it starts (Art. 17)."""

from datetime import date

import pytest

from audit.models import Entry
from catalog.models import CatalogueDeadline, DutyState, UpdateDuty
from catalog.services import update_duties
from portal.common.errors import Invalid, NotAllowed
from portal.organisation.models import DutyKind
from tests.catalog.conftest import at_once, drafted, published
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory

from .conftest import THURSDAY, change, recorded, update_clock


def test_a_change_starts_the_clock_on_the_day_it_happened(cast, duty):
    clock = update_clock(duty)

    assert duty.state == DutyState.OPEN
    assert (clock.rule, clock.started_on, clock.limit_days) == ("D1", THURSDAY, 10)
    assert (clock.due, clock.provisional, clock.legal) == (date(2026, 11, 26), False, True)
    assert clock.calendar_version == "2026.1"


def test_the_record_says_who_recorded_what(cast, duty, entry):
    told = Entry.objects.get(action="catalog.update_duty.record")

    assert (told.actor_name, told.target_id) == ("陈静", str(duty.pk))
    assert told.data["entries"] == [entry.code]
    assert (told.data["happened_on"], told.data["due"]) == ("2026-11-12", "2026-11-26")
    assert [(step.act, step.by) for step in duty.steps.all()] == [("record", cast.steward)]


@pytest.mark.parametrize("who", ["steward", "head", "officer"])
def test_steward_head_and_officer_may_record(cast, who, freeze):
    freeze(date(2026, 11, 13))
    entry = published(cast)

    made = update_duties.record_change(
        change=change(entry), department=cast.civil, by=getattr(cast, who)
    )

    assert made.recorded_by == getattr(cast, who)
    assert [one.resource for one in made.entries.all()] == [entry]


def test_nobody_else_may(cast, city, freeze):
    freeze(date(2026, 11, 13))
    entry = published(cast)
    others = [
        cast.stranger,
        UserFactory(department=cast.civil, duties=[DutyKind.STAFF]),
        UserFactory(
            department=DepartmentFactory(region=city, is_competent=True),
            duties=[DutyKind.COMPETENT_OFFICER],
        ),
        UserFactory(department=cast.bigdata, duties=[DutyKind.AUDIT_ADMIN]),
    ]

    for other in others:
        with pytest.raises(NotAllowed):
            update_duties.record_change(change=change(entry), department=cast.civil, by=other)

    assert not UpdateDuty.objects.exists()
    assert not CatalogueDeadline.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"happened_on": date(2026, 11, 14)}, "happened_on"),
        ({"happened_on": date(2025, 7, 31)}, "happened_on"),
        ({"basis_title": "  "}, "basis_title"),
        ({"basis_title": "社会救助法<script>"}, "basis_title"),
        ({"basis_title": "法" * 201}, "basis_title"),
        ({"basis_reference": "第二十三条\u202e"}, "basis_reference"),
        ({"description": "\x00"}, "description"),
        ({"description": "说" * 2001}, "description"),
        ({"kind": "rumour"}, "kind"),
        ({"resources": ()}, "resources"),
        ({"resources": (-1,)}, "resources"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(cast, entry, freeze, wrong, field):
    freeze(date(2026, 11, 13))

    with pytest.raises(Invalid) as refused:
        recorded(cast, entry, **wrong)

    assert list(refused.value.fields) == [field]
    assert not UpdateDuty.objects.exists()


def test_today_and_the_first_day_of_the_decree_are_days_a_change_can_have(cast, entry, freeze):
    freeze(date(2026, 11, 13))

    recorded(cast, entry, happened_on=date(2026, 11, 13))
    recorded(cast, entry, happened_on=date(2025, 8, 1))

    assert UpdateDuty.objects.count() == 2


def test_entries_of_others_and_withdrawn_ones_are_refused(cast, entry, freeze):
    freeze(date(2026, 11, 13))
    theirs = ResourceFactory(department=cast.education, state="published")
    gone = ResourceFactory(department=cast.civil, state="withdrawn")

    for other in (theirs, gone):
        with pytest.raises(Invalid) as refused:
            recorded(cast, entry, other)
        assert list(refused.value.fields) == ["resources"]

    assert not UpdateDuty.objects.exists()


def test_an_officer_cannot_name_a_draft_that_is_none_of_their_business(cast, entry, freeze):
    freeze(date(2026, 11, 13))

    with pytest.raises(Invalid) as refused:
        update_duties.record_change(change=change(entry), department=cast.civil, by=cast.officer)

    assert list(refused.value.fields) == ["resources"]
    assert not UpdateDuty.objects.exists()


def test_a_new_entry_alone_will_do(cast, freeze):
    freeze(date(2026, 11, 13))

    made = recorded(cast, needs_new_entry=True)

    assert (made.state, made.entries.count()) == (DutyState.OPEN, 0)
    assert update_clock(made).is_running


def test_a_change_is_recorded_once_a_department(cast, duty, entry):
    with pytest.raises(Invalid) as refused:
        recorded(cast, entry)

    assert list(refused.value.fields) == ["basis_title"]
    assert UpdateDuty.objects.count() == 1


def test_two_who_record_one_change_at_once_make_one_duty(committed_cast, freeze):
    freeze(date(2026, 11, 13))
    entry = drafted(committed_cast)

    results = at_once(
        *(
            lambda who=who: update_duties.record_change(
                change=change(entry), department=committed_cast.civil, by=who
            )
            for who in (committed_cast.steward, committed_cast.other_steward)
        )
    )

    assert sorted(type(result).__name__ for result in results) == ["Invalid", "UpdateDuty"]
    assert CatalogueDeadline.objects.count() == 1
