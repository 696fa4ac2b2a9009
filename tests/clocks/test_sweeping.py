"""Who is told at each stage of a clock, once, however often and however late the sweep runs."""

from datetime import date

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import Entry
from catalog.models import CatalogueDeadline
from portal.clocks import tasks
from portal.clocks.models import Lapse, Notice
from portal.clocks.services import running, sweeping
from portal.clocks.services.round import go_round
from portal.clocks.services.sweeping import regional_cuts, sweep
from portal.clocks.stages import Stage
from portal.organisation.models import DutyKind
from portal.settings.base import CELERY_BEAT_SCHEDULE
from portal.workdays import working_days_between
from sharing import deadlines
from sharing.models import Deadline
from tests.catalog.conftest import at_once
from tests.factories import DepartmentFactory, RegionFactory, UserFactory

from .conftest import DUE, MONDAY, ticking, told

DAYS = {
    "long before": date(2026, 11, 10),
    "three working days before": date(2026, 11, 11),
    "the last day": date(2026, 11, 16),
    "the day after": date(2026, 11, 17),
    "two working days after": date(2026, 11, 18),
    "five working days after": date(2026, 11, 23),
}
PERSON = [("孙处长", "reminder"), ("孙处长", "due"), ("孙处长", "lapsed")]


def test_each_stage_is_told_once_to_whom_it_concerns(cast, chief, clock, freeze):
    so_far = []
    expected = [
        [],
        [("孙处长", "reminder")],
        [("孙处长", "due")],
        [("孙处长", "lapsed")],
        [("郑厅长", "head")],
        [("林岚", "competent")],
    ]
    for day, added in zip(DAYS.values(), expected, strict=True):
        freeze(day)
        sweep()
        sweep()
        so_far += added
        assert told() == so_far, day


def test_after_a_week_of_standstill_everybody_gets_one_notice_of_the_newest_stage(
    cast, chief, clock, freeze
):
    freeze(DAYS["five working days after"])

    swept = sweep()

    assert sorted(told()) == [("孙处长", "lapsed"), ("林岚", "competent"), ("郑厅长", "head")]
    assert (swept.reached, swept.lapsed, swept.told) == (1, 1, 3)


def test_who_is_both_head_and_the_one_to_act_gets_one_notice(cast, freeze):
    clock = ticking(cast, on=MONDAY)
    freeze(DAYS["five working days after"])

    sweep()

    mine = Notice.objects.filter(recipient=cast.provider_head, about_id=clock.pk)
    assert [one.kind for one in mine] == ["lapsed"]


def test_delivery_concerns_the_stewards_too_and_strangers_never(cast, chief, freeze):
    ticking(cast, on=date(2026, 11, 2), limit=deadlines.DELIVER)
    freeze(date(2026, 11, 27))

    sweep()

    assert sorted(told()) == [("吴科员", "reminder"), ("孙处长", "reminder")]


def test_people_who_have_left_are_not_told(cast, clock, freeze):
    cast.provider_head.is_active = False
    cast.provider_head.save()
    freeze(DAYS["the last day"])

    sweep()

    assert told() == []
    clock.refresh_from_db()
    assert clock.stage == Stage.DUE


def test_a_competent_department_that_is_late_is_told_one_level_up(cast, freeze):
    nation = cast.bigdata.region.parent
    upper = DepartmentFactory(region=nation, is_competent=True, name="国家数据局")
    UserFactory(department=upper, duties=[DutyKind.COMPETENT_OFFICER], name="上级")
    clock = ticking(cast)
    Deadline.objects.filter(pk=clock.pk).update(holder=cast.bigdata)
    freeze(DAYS["five working days after"])

    sweep()

    assert told() == [("上级", "competent")]


@pytest.mark.parametrize("how", ["met", "cancelled", "paused"])
def test_a_clock_that_stands_tells_nobody(cast, clock, freeze, how):
    freeze(MONDAY)
    if how == "met":
        deadlines.meet(request=clock.request, kind=clock.kind, at=clock.request.received_at)
    elif how == "cancelled":
        deadlines.cancel(request=clock.request, kind=clock.kind, at=clock.request.received_at)
    else:
        running.pause(clock, on=MONDAY, why="补正")
    freeze(DAYS["five working days after"])

    assert sweep().reached == 0
    assert told() == []
    assert not Lapse.objects.exists()


def test_a_date_that_moves_is_reminded_of_again(cast, clock, freeze):
    freeze(DAYS["the last day"])
    sweep()
    with transaction.atomic():
        running.extend(clock, 5)
    assert clock.due == date(2026, 11, 23)

    freeze(date(2026, 11, 17))
    assert sweep().reached == 0
    freeze(date(2026, 11, 20))
    sweep()

    assert told() == [("孙处长", "due"), ("孙处长", "reminder")]
    assert Notice.objects.latest("pk").occasion == "2026-11-23"


def test_the_lapse_is_in_the_trail_and_on_record(cast, clock, freeze):
    freeze(DAYS["the day after"])

    assert [sweep().lapsed, sweep().lapsed] == [1, 0]

    lapse = Lapse.objects.get()
    assert (lapse.about, lapse.about_id) == ("sharing.deadline", clock.pk)
    assert (lapse.holder, lapse.rule, lapse.article) == (cast.civil, "D4", 21)
    assert (lapse.due, lapse.limit_days, lapse.calendar_version) == (DUE, 10, "2026.1")
    entry = Entry.objects.get(action="sharing.deadline.overdue")
    assert (entry.result, entry.actor_kind, entry.data["due"]) == (
        "failed",
        "portal",
        "2026-11-16",
    )
    assert entry.target_id == str(clock.request_id)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_each_person_once(cast, freeze):
    clocks = [ticking(cast) for _n in range(8)]
    freeze(DAYS["the day after"])

    first, second = at_once(sweep, sweep)
    rest = sweep()

    assert first.lapsed + second.lapsed + rest.lapsed == 8
    assert Lapse.objects.count() == 8
    assert Notice.objects.count() == len(clocks)
    assert Entry.objects.filter(action="sharing.deadline.overdue").count() == 8


class Killed(BaseException):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_sweep_killed_in_the_middle_loses_and_doubles_nothing(cast, freeze, monkeypatch):
    for _n in range(5):
        ticking(cast)
    freeze(DAYS["the day after"])
    record, done = sweeping._record, []

    def dying(table, lapsed):
        record(table, lapsed)
        done.extend(lapsed)
        if len(done) == 4:
            raise Killed

    monkeypatch.setattr(sweeping, "CHUNK", 2)
    monkeypatch.setattr(sweeping, "_record", dying)
    with pytest.raises(Killed):
        sweep()
    assert (Lapse.objects.count(), Notice.objects.count()) == (2, 2)

    monkeypatch.setattr(sweeping, "_record", record)
    assert sweep().lapsed == 3
    assert (Lapse.objects.count(), Notice.objects.count()) == (5, 5)


def test_a_round_that_finds_nothing_asks_little(cast, clock, freeze, django_assert_num_queries):
    freeze(DAYS["long before"])
    go_round()

    # each of two tables: the lists it was counted by, and one look over those that are near; beside
    # that the stamp of the calendar for each question, thresholds, regions and unfinished recounts
    with django_assert_num_queries(12):
        go_round()


def test_beat_sweeps_each_minute(cast, clock, freeze):
    freeze(DAYS["the day after"])

    tasks.sweep()

    assert Lapse.objects.count() == 1
    assert CELERY_BEAT_SCHEDULE["clocks.sweep"] == {"task": tasks.sweep.name, "schedule": 60.0}


@settings(max_examples=40, deadline=None)
@given(today=st.dates(date(2026, 1, 5), date(2026, 12, 20)), away=st.integers(-20, 20))
def test_the_sql_of_the_sweep_says_what_the_cuts_say(django_db_blocker, today, away):
    """The stages in SQL and in Python are one, for every day and due date."""
    from portal.clocks.registry import table_of

    with django_db_blocker.unblock(), transaction.atomic():
        due = date.fromordinal(today.toordinal() + away)
        region = RegionFactory()
        department = DepartmentFactory(region=region)
        duty = _bare_clock(department, due)
        cut = next(one for one in regional_cuts(today) if one.region == region.code)
        table = table_of("catalog.cataloguedeadline")
        given = sweeping._parameters(table, [cut], today)
        swept = sweeping._tell(table, given, [duty.pk])
        duty.refresh_from_db()
        expected = cut.stage(due, today)

        assert duty.stage == expected
        assert swept.reached == (expected != Stage.NONE)
        if due >= today:
            left = working_days_between(today, due)
            assert (expected == Stage.NONE) == (left > 3)
        else:
            late = working_days_between(due, today)
            assert (expected >= Stage.HEAD) == (late >= 2)
            assert (expected == Stage.COMPETENT) == (late >= 5)
        transaction.set_rollback(True)


def _bare_clock(department, due: date) -> CatalogueDeadline:
    from catalog.models import UpdateDuty

    duty = UpdateDuty.objects.create(
        department=department,
        change="law",
        basis_title=f"条例{due}",
        happened_on=due,
        recorded_by=UserFactory(department=department),
    )
    return CatalogueDeadline.objects.create(
        duty=duty,
        holder=department,
        region=department.region.code,
        kind="update",
        rule="D1",
        article=17,
        started_on=due,
        limit_days=10,
        due=due,
        calendar_version="2026.1",
    )
