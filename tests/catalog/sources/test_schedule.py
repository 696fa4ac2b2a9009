from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import Entry
from catalog.models import JobSchedule, ResourceState, RunState, SyncRun
from catalog.services import scheduling
from catalog.sources.schedule import Rhythm, Schedule, Weekday, schedule_of
from portal.common.errors import NotAllowed
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory


@pytest.fixture
def job(business, db):
    resource = ResourceFactory()
    business.fill([])
    return business.job(resource)


@pytest.fixture
def steward(job):
    return UserFactory(department=job.resource.department, duties=[DutyKind.STEWARD])


SCHEDULES = [
    Schedule(),
    Schedule(Rhythm.HOURLY, at=time(0, 17)),
    Schedule(Rhythm.DAILY, at=time(6, 30), working_days=True, spread=0),
    Schedule(Rhythm.WEEKLY, at=time(6, 0), weekday=Weekday.SUNDAY, zone="Asia/Urumqi"),
    Schedule(Rhythm.MONTHLY, at=time(23, 59), day=28),
]
NOON = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)  # a Sunday, 12:00 in Beijing


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.rhythm)
def test_a_schedule_is_kept_and_read_back(job, steward, schedule):
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.DAILY), by=steward)

    kept = scheduling.set_schedule(job=job, schedule=schedule, by=steward)

    assert schedule_of(kept) == schedule
    assert JobSchedule.objects.count() == (0 if schedule.rhythm is Rhythm.OFF else 1)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (Schedule(Rhythm.DAILY, at=time(6, 0), spread=0), "2026-11-30 06:00"),
        (Schedule(Rhythm.DAILY, at=time(12, 1), spread=0), "2026-11-29 12:01"),
        (Schedule(Rhythm.HOURLY, at=time(0, 17), spread=0), "2026-11-29 12:17"),
        (Schedule(Rhythm.HOURLY, at=time(0, 0), spread=0), "2026-11-29 13:00"),
        (Schedule(Rhythm.WEEKLY, at=time(6, 0), spread=0), "2026-11-30 06:00"),
        (Schedule(Rhythm.MONTHLY, at=time(6, 0), day=28, spread=0), "2026-12-28 06:00"),
        (
            Schedule(Rhythm.DAILY, at=time(6, 0), zone="Asia/Urumqi", spread=0),
            "2026-11-30 08:00",
        ),
        (Schedule(Rhythm.DAILY, at=time(13, 0), working_days=True, spread=0), "2026-11-30 13:00"),
    ],
    ids=str,
)
def test_a_job_is_due_next_at_its_time(db, schedule, due):
    next_due = schedule.next_after(NOON, salt=1)
    assert f"{next_due + timedelta(hours=8):%Y-%m-%d %H:%M}" == due


def test_holidays_are_left_out_and_a_month_s_day_is_made_up_for(db):
    # given: 1 to 7 October 2026 are holidays
    before = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)
    daily = Schedule(Rhythm.DAILY, at=time(6, 0), working_days=True, spread=0)
    monthly = Schedule(Rhythm.MONTHLY, at=time(6, 0), day=2, working_days=True, spread=0)

    # then
    assert daily.next_after(before, salt=1).date() == date(2026, 10, 7)  # 06:00 of the 8th there
    assert monthly.next_after(before, salt=1).date() == date(2026, 10, 7)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 10**9),
    st.integers(0, 120),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
    st.sampled_from([Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY, Rhythm.MONTHLY]),
)
def test_a_job_is_always_as_far_behind_and_never_twice(salt, spread, moment, rhythm):
    schedule = Schedule(rhythm, at=time(6, 30), spread=spread)

    first = schedule.next_after(moment, salt=salt)
    second = schedule.next_after(first, salt=salt)

    assert first > moment
    assert second - first in [timedelta(hours=1), timedelta(days=1), timedelta(days=7)] or (
        rhythm is Rhythm.MONTHLY and timedelta(days=28) <= second - first <= timedelta(days=31)
    )
    assert schedule.next_after(moment, salt=salt) == first


def test_jobs_of_one_time_spread_over_its_minutes(db):
    schedule = Schedule(Rhythm.DAILY, at=time(6, 0), spread=60)

    due = [schedule.next_after(NOON, salt=salt) for salt in range(10_000)]

    minutes = [0] * 61
    for moment in due:
        minutes[(moment.hour * 60 + moment.minute) - 22 * 60] += 1
    assert max(minutes[:60]) < 2 * 10_000 / 60


def test_a_tick_queues_what_is_due_and_moves_it_on(job, steward):
    # given
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.DAILY, spread=0), by=steward)
    assert scheduling.tick(now=NOON) == []
    JobSchedule.objects.update(next_due_at=NOON)

    # when
    (key,) = scheduling.tick(now=NOON)

    # then
    run = SyncRun.objects.get(pk=key)
    assert (run.state, run.number, run.started_by) == (RunState.QUEUED, 1, None)
    assert JobSchedule.objects.get().next_due_at == datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
    assert Entry.objects.filter(action="catalog.run.start", actor_kind="portal").count() == 1
    assert scheduling.tick(now=NOON) == []


def test_days_that_were_missed_are_made_up_for_once(job, steward):
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.HOURLY), by=steward)
    JobSchedule.objects.update(next_due_at=NOON - timedelta(days=10))

    assert len(scheduling.tick(now=NOON)) == 1

    assert JobSchedule.objects.get().next_due_at > NOON
    assert scheduling.tick(now=NOON) == []
    assert SyncRun.objects.count() == 1


def test_a_job_under_way_or_withdrawn_gets_no_second_run(job, steward):
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.HOURLY), by=steward)
    JobSchedule.objects.update(next_due_at=NOON)
    scheduling.tick(now=NOON)
    JobSchedule.objects.update(next_due_at=NOON)
    assert scheduling.tick(now=NOON) == []
    assert SyncRun.objects.count() == 1

    SyncRun.objects.all().delete()
    type(job.resource).objects.update(state=ResourceState.WITHDRAWN)
    JobSchedule.objects.update(next_due_at=NOON)
    assert scheduling.tick(now=NOON) == []
    assert JobSchedule.objects.get().next_due_at > NOON


def test_only_the_providers_steward_sets_it(job):
    stranger = UserFactory(duties=[DutyKind.STEWARD])

    with pytest.raises(NotAllowed):
        scheduling.set_schedule(job=job, schedule=SCHEDULES[1], by=stranger)

    assert not JobSchedule.objects.exists()
    assert not Entry.objects.exists()


def test_the_entry_says_from_what_to_what(job, steward):
    scheduling.set_schedule(job=job, schedule=SCHEDULES[3], by=steward)

    assert Entry.objects.get().data == {
        "before": {"rhythm": "off"},
        "after": {"rhythm": "weekly", "at": "06:00", "weekday": 0, "zone": "Asia/Urumqi"},
    }


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.rhythm)
def test_a_schedule_has_words(schedule):
    with translation.override("en"):
        assert str(schedule) in {
            "by hand only",
            "every hour, at minute 17",
            "every day at 06:30, on working days",
            "every Sunday at 06:00 (Ürümqi time)",
            "every month on day 28 at 23:59",
        }


@pytest.mark.parametrize(
    ("wrong", "words"), [({"day": 31}, "day 31"), ({"spread": 121}, "spread of 121")]
)
def test_what_no_schedule_can_be_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        Schedule(Rhythm.MONTHLY, **wrong)
