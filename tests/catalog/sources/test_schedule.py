from datetime import UTC, datetime, time

import pytest
from django.utils import translation
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from audit.models import Entry
from catalog.services import sync_jobs
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
    Schedule(Rhythm.DAILY, at=time(6, 30)),
    Schedule(Rhythm.WEEKLY, at=time(6, 0), weekday=Weekday.SUNDAY),
    Schedule(Rhythm.MONTHLY, at=time(23, 59), day=28),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.rhythm)
def test_a_schedule_is_kept_and_read_back(job, steward, schedule):
    sync_jobs.set_schedule(job=job, schedule=Schedule(Rhythm.DAILY), by=steward)

    sync_jobs.set_schedule(job=job, schedule=schedule, by=steward)

    job.refresh_from_db()
    assert schedule_of(job.schedule) == schedule
    assert PeriodicTask.objects.filter(name__startswith="catalog.start").count() == (
        0 if schedule.rhythm is Rhythm.OFF else 1
    )


def test_beat_starts_the_job_at_beijing_time(job, steward):
    sync_jobs.set_schedule(job=job, schedule=Schedule(Rhythm.DAILY, at=time(6, 0)), by=steward)

    task = PeriodicTask.objects.get(sync_job=job)
    assert (task.task, task.args, task.enabled) == (
        "catalog.start_scheduled_run",
        f"[{job.pk}]",
        True,
    )
    assert str(task.crontab.timezone) == "Asia/Shanghai"
    before = datetime(2026, 11, 22, 21, 59, tzinfo=UTC)
    last, wait, _now = task.schedule.remaining_delta(before)
    assert last + wait == datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # 06:00 in Beijing


def test_jobs_of_one_rhythm_share_its_crontab(job, steward, business):
    other = business.job(ResourceFactory(department=job.resource.department))
    for one in (job, other):
        sync_jobs.set_schedule(job=one, schedule=SCHEDULES[2], by=steward)

    assert CrontabSchedule.objects.filter(minute="30", hour="6").count() == 1


def test_only_the_providers_steward_sets_it(job):
    stranger = UserFactory(duties=[DutyKind.STEWARD])

    with pytest.raises(NotAllowed):
        sync_jobs.set_schedule(job=job, schedule=SCHEDULES[1], by=stranger)

    job.refresh_from_db()
    assert job.schedule is None
    assert not Entry.objects.exists()


def test_the_entry_says_from_what_to_what(job, steward):
    sync_jobs.set_schedule(job=job, schedule=SCHEDULES[3], by=steward)

    assert Entry.objects.get().data == {
        "before": {"rhythm": "off"},
        "after": {"rhythm": "weekly", "at": "06:00", "weekday": 0},
    }


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.rhythm)
def test_a_schedule_has_words(schedule):
    with translation.override("en"):
        assert str(schedule) in {
            "by hand only",
            "every hour, at minute 17",
            "every day at 06:30",
            "every Sunday at 06:00",
            "every month on day 28 at 23:59",
        }


def test_a_day_that_not_every_month_has_is_refused():
    with pytest.raises(ValueError, match="day 31"):
        Schedule(Rhythm.MONTHLY, day=31)
