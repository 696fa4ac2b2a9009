"""Schedules: one tick over 10,000 schedules of 2,000 sources, and how long a run waits for it."""

import statistics
import time
from datetime import time as dt_time
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from catalog.models import (
    DataFormat,
    Grade,
    JobSchedule,
    Resource,
    ResourceClass,
    ResourceState,
    RunState,
    SharingAttribute,
    Source,
    SyncJob,
    SyncRun,
    UpdateFrequency,
)
from catalog.services import scheduling
from catalog.sources.schedule import Rhythm, schedule_of
from portal.organisation.models import Department, Region, RegionLevel

from .framework import Contender, Pair, Stage, benchmark

SOURCES = 2_000
SCHEDULES = 10_000
TICK = timedelta(seconds=30)
PREFIX = "Bench schedule"


class Scheduled:
    """Hourly schedules, spread over their hour as their jobs' numbers say."""

    def __init__(self) -> None:
        nation, _made = Region.objects.get_or_create(
            code="000000", defaults={"name": "China", "level": RegionLevel.NATION}
        )
        department = Department.objects.create(
            name=PREFIX,
            short_name=PREFIX,
            uscc="110000000000000010",
            region=nation,
            group=Group.objects.create(name="benchmark schedules"),
        )
        sources = Source.objects.bulk_create(
            Source(department=department, name=f"{PREFIX} {number}", host="127.0.0.1", port=5432)
            for number in range(SOURCES)
        )
        resources = Resource.objects.bulk_create(
            Resource(
                code=f"307012002/{number:06d}",
                name=f"{PREFIX} {number}",
                abstract="Rows for measuring.",
                department=department,
                state=ResourceState.PUBLISHED,
                resource_class=ResourceClass.DEPARTMENT,
                classification="07012001",
                data_format=DataFormat.DATABASE,
                update_frequency=UpdateFrequency.DAILY,
                sharing_attribute=SharingAttribute.UNCONDITIONAL,
                grade=Grade.L1,
            )
            for number in range(SCHEDULES)
        )
        jobs = SyncJob.objects.bulk_create(
            SyncJob(resource=resource, source=sources[number % SOURCES], relation="public.given")
            for number, resource in enumerate(resources)
        )
        self.now = timezone.now()
        timings = JobSchedule.objects.bulk_create(
            JobSchedule(
                job=job,
                rhythm=Rhythm.HOURLY,
                at=dt_time(0),
                weekday=1,
                day=1,
                zone="Asia/Shanghai",
                spread=60,
                next_due_at=self.now,
            )
            for job in jobs
        )
        for timing in timings:
            timing.next_due_at = schedule_of(timing.job).next_after(self.now, salt=timing.job_id)
        JobSchedule.objects.bulk_update(timings, ["next_due_at"], batch_size=1_000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.delays: list[float] = []
        self.seconds: list[float] = []
        self.queued: list[int] = []

    def settle(self) -> None:
        """Runs queued before have ended: else their jobs would get none."""
        SyncRun.objects.filter(job__resource__name__startswith=PREFIX).update(
            state=RunState.SUCCEEDED
        )

    def tick(self) -> None:
        """The tick half a minute later, and how late each of its runs was queued."""
        self.now += TICK
        due = list(
            JobSchedule.objects.filter(next_due_at__lte=self.now).values_list(
                "next_due_at", flat=True
            )
        )
        began = time.perf_counter()
        keys = scheduling.tick(now=self.now)
        took = time.perf_counter() - began
        self.seconds.append(took)
        self.queued.append(len(keys))
        self.delays += [(self.now - at).total_seconds() + took for at in due]

    def make_due(self) -> None:
        """As after a standstill: a full batch is due at once."""
        self.settle()
        keys = JobSchedule.objects.order_by("?").values_list("pk", flat=True)
        JobSchedule.objects.filter(pk__in=list(keys[: scheduling.MOST_AT_ONCE])).update(
            next_due_at=self.now
        )


def _stage_of(stage: Stage) -> Scheduled:
    found = stage.facts.get("scheduled")
    if not isinstance(found, Scheduled):
        found = stage.facts["scheduled"] = Scheduled()
    return found


def _bare_queue() -> None:
    """What SQL alone needs to find what is due and to write down as many keys."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "CREATE TEMPORARY TABLE bare ON COMMIT DROP AS SELECT job_id FROM catalog_jobschedule"
            " WHERE next_due_at <= now() + interval '10 days' ORDER BY next_due_at LIMIT %s",
            [scheduling.MOST_AT_ONCE],
        )
        cursor.execute("COMMIT")


@benchmark(
    "sync-tick",
    what="10,000 hourly schedules, 2,000 sources: the tick of half a minute",
    against="SQL that finds as many due rows",
    aim=None,
)
def tick(stage: Stage) -> Pair:
    held = _stage_of(stage)
    return Pair(
        ours=Contender(run=held.tick, before=held.settle),
        other=Contender(run=_bare_queue),
        rows=SCHEDULES * int(TICK.total_seconds()) // 3600,
        remark=lambda: (
            f"{statistics.median(held.queued):.0f} runs a tick; queued after the due time:"
            f" median {statistics.median(held.delays):.1f} s, most {max(held.delays):.1f} s"
        ),
    )


@benchmark(
    "sync-tick-full",
    what="a full batch of 500 due at once, as after a standstill",
    against="SQL that finds as many due rows",
    aim=None,
)
def full(stage: Stage) -> Pair:
    held = _stage_of(stage)

    def run() -> None:
        keys = scheduling.tick(now=held.now)
        if len(keys) != scheduling.MOST_AT_ONCE:
            raise RuntimeError(f"{len(keys)} runs were queued")

    return Pair(
        ours=Contender(run=run, before=held.make_due),
        other=Contender(run=_bare_queue),
        rows=scheduling.MOST_AT_ONCE,
        remark=lambda: "aim: under a second",
    )
