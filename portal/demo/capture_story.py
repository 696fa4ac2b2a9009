"""A sync job of the demonstration that takes its rows out of its source's log, hour by hour.

Every run is a real one over changes that were really committed; then its times are moved back, as in
`sync_story`. Told on the bundled server alone: a slot keeps its server's log until it is dropped, and
nobody would drop it on another's server when the demonstration is thrown away.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

import psycopg
from django.utils import timezone
from psycopg import sql

from catalog.models import CaptureSlot, JobMode, Resource, RunState, Source, SyncJob
from catalog.services import run_queue, scheduling, sync_jobs, sync_rules, sync_runs
from catalog.services.sync_jobs import ReadingData
from catalog.sources.schedule import Rhythm, Schedule
from portal import embedded
from portal.demo.people import Cast
from portal.demo.sources import connected, database_of, source_of
from portal.demo.sync_rows import TOLD, TRADERS, trader
from portal.demo.sync_story import changed_with_runs, fill, let_read, move_back
from portal.organisation.models import DutyKind, User

DEPARTMENT = "market"
RESOURCE = "个体工商户登记信息"
TOLD_BY = TOLD["traders"]
TABLE = sql.Identifier(TOLD_BY.table.name)
HOURLY_NEW = 12
CORRECTED = TRADERS + 900
# Of an hour's few changes one that is wrong is a large part.
MOST_BAD = Decimal(5)

Own = psycopg.Connection
Hour = Callable[[Own, int], None]


def _usual(own: Own, hour: int) -> None:
    """Some are registered, some move, some close, and some are struck off."""
    first = TRADERS + hour * HOURLY_NEW + 1
    _register(own, range(first, first + HOURLY_NEW))
    numbers = [_code(number) for number in range(hour + 1, TRADERS, 97)]
    _set(own, "zt", "注销", numbers[::2])
    _set(own, "jycs", f"示范市新华路{300 + hour}号", numbers[1::2])
    struck = [_code(number) for number in range(hour + 40, TRADERS, 401)]
    own.execute(sql.SQL("DELETE FROM {} WHERE tyshxydm = ANY (%s)").format(TABLE), [struck])


def _quiet(_own: Own, _hour: int) -> None:
    """Nothing is registered."""


def _mistyped(own: Own, hour: int) -> None:
    """Among the new ones one has a credit code that is none."""
    _usual(own, hour)
    _insert(own, [(_mistyped_code(), *trader(CORRECTED)[1:])])


def _yearly(own: Own, _hour: int) -> None:
    """Who did not hand in the yearly report is marked, in one transaction."""
    _set(own, "zt", "经营异常", [_code(number) for number in range(5, TRADERS, 5)])


def _restored(own: Own, _hour: int) -> None:
    """The house empties the table and fills it again from a copy, which the log does not tell row by row."""
    own.execute(sql.SQL("CREATE TEMP TABLE copied ON COMMIT DROP AS TABLE {}").format(TABLE))
    own.execute(sql.SQL("TRUNCATE {}").format(TABLE))
    own.execute(sql.SQL("INSERT INTO {} TABLE copied").format(TABLE))


def _corrected(own: Own, hour: int) -> None:
    _usual(own, hour)
    own.execute(
        sql.SQL("UPDATE {} SET tyshxydm = %s WHERE tyshxydm = %s").format(TABLE),
        [_code(CORRECTED), _mistyped_code()],
    )


# What is committed at the source before each run, but the first. After the one that stops, a steward
# has everything read anew.
HOURS: Sequence[Hour] = (
    *(_usual, _mistyped, _quiet, _yearly),
    *(_restored, _usual, _corrected, _usual, _usual),
)
STOPPED = HOURS.index(_restored) + 1


def is_loaded() -> bool:
    if embedded.administrator_url() is None:
        return True
    job = SyncJob.objects.filter(resource__name=RESOURCE, resource__revision_of=None).first()
    return job is not None and job.last_number > len(HOURS)


def load(cast: Cast) -> None:
    """Set the job up and let it run hour by hour; one that was broken off goes on where it stopped."""
    administrator = embedded.administrator_url()
    if administrator is None:
        return
    steward = cast.holder(DEPARTMENT, DutyKind.STEWARD)
    resource = Resource.objects.get(
        department=cast.departments[DEPARTMENT], name=RESOURCE, revision_of=None
    )
    job = SyncJob.objects.filter(resource=resource).first()
    if job is None:
        source = source_of(DEPARTMENT, steward)
        _prepare(resource, source, administrator)
        job = _set_up(resource, source, steward)
    with connected(database_of(DEPARTMENT)) as own:
        # Also on a server for tests, what is committed is in the log when the run looks there.
        own.execute("SET synchronous_commit = on")
        for hour in range(job.last_number, len(HOURS) + 1):
            if hour:
                with own.transaction():
                    HOURS[hour - 1](own, hour)
            _run(job, hour, steward)
    changed_with_runs(job)


def _prepare(resource: Resource, source: Source, administrator: str) -> None:
    """What the administrator of the department's database does for the portal: see docs/adr/0036."""
    with connected(database_of(DEPARTMENT)) as own, own.transaction():
        fill(own, TOLD_BY.table, TOLD_BY.rows(0))
        let_read(own, TOLD_BY.table, source)
        publication = sql.Identifier(f"govshare_{resource.pk}")
        own.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(publication))
        own.execute(sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(publication, TABLE))
    with psycopg.connect(administrator, autocommit=True) as server:
        server.execute(sql.SQL("ALTER ROLE {} REPLICATION").format(sql.Identifier(source.username)))


def _set_up(resource: Resource, source: Source, steward: User) -> SyncJob:
    job = sync_jobs.set_up_job(
        resource=resource,
        source=source,
        relation=f"public.{TOLD_BY.table.name}",
        mapping=TOLD_BY.table.mapping,
        version=0,
        by=steward,
        reading=ReadingData(mode=JobMode.CAPTURE),
    )
    sync_rules.set_rules(
        job=job,
        rules=[],
        casts={},
        most_bad=MOST_BAD,
        most_shrink=Decimal(40),
        version=0,
        by=steward,
    )
    scheduling.set_schedule(job=job, schedule=Schedule(Rhythm.HOURLY), by=steward)
    return job


def _run(job: SyncJob, hour: int, steward: User) -> None:
    if hour == STOPPED + 1:
        job.refresh_from_db()
        sync_jobs.accept_structure(job=job, version=job.version, by=steward)
        run_queue.start_run(job=job, by=steward)
    else:
        run_queue.start_scheduled_run(job_id=job.pk)
    run = job.runs.get(state=RunState.QUEUED)
    sync_runs.execute(run_id=run.pk)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    moment = now - timedelta(hours=len(HOURS) - hour)
    move_back(run.pk, moment)
    if hour in {0, STOPPED + 1}:
        CaptureSlot.objects.filter(job=job, is_wanted=True).update(created_at=moment)


def _register(own: Own, numbers: Sequence[int]) -> None:
    _insert(own, [trader(number) for number in numbers])


def _insert(own: Own, rows: Sequence[tuple[object, ...]]) -> None:
    # What a loader that was killed has committed already comes once more.
    words = "INSERT INTO {} VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
    statement = sql.SQL(words).format(TABLE)
    with own.cursor() as cursor:
        cursor.executemany(statement, rows)


def _set(own: Own, column: str, value: str, codes: Sequence[object]) -> None:
    own.execute(
        sql.SQL("UPDATE {} SET {} = %s WHERE tyshxydm = ANY (%s)").format(
            TABLE, sql.Identifier(column)
        ),
        [value, list(codes)],
    )


def _code(number: int) -> str:
    return str(trader(number)[0])


def _mistyped_code() -> str:
    """With another check character than it has."""
    code = _code(CORRECTED)
    return code[:-1] + ("1" if code[-1] != "1" else "2")
