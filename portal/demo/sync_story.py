"""Sync jobs of the demonstration in every health: rows set apart, failing, shrunk, late, cancelled.

Every run is a real one, over a source that changes from run to run; then its times are moved back,
so that there is a history. The audit trail keeps the truth: that all of it was loaded at once.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.db.models import Max
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from psycopg import sql

from catalog.models import (
    JobRules,
    Resource,
    RunState,
    Source,
    SourceKind,
    SourceUpload,
    SyncJob,
    SyncRun,
)
from catalog.services import (
    run_queue,
    scheduling,
    source_uploads,
    sources,
    sync_jobs,
    sync_rules,
    sync_runs,
)
from catalog.services.sources import SourceData
from catalog.sources.fetched import ROWS
from catalog.sources.schedule import ZONE, Rhythm, Schedule
from portal.demo.catalogue import entries
from portal.demo.people import Cast
from portal.demo.rows import Table
from portal.demo.sources import connected, create, database_of, source_of
from portal.demo.sync_rows import TOLD, Row, csv_of
from portal.organisation.models import DutyKind, User

NIGHTS = tuple(range(11, -1, -1))
MONTHS = (186, 155, 124, 93, 62, 31)
FILE_NAME = "食品经营许可月报（演示）.csv"


@dataclass(frozen=True, slots=True)
class Tale:
    """`days` says how many days ago each run was; `spoil` what befalls the source before the last."""

    rows: str
    days: tuple[int, ...]
    at: time
    rhythm: Rhythm = Rhythm.OFF
    rules: tuple[dict[str, Any], ...] = ()
    casts: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoil: str = ""
    spoilt_runs: int = 0
    is_cancelled: bool = False


TALES = (
    Tale(
        "insured",
        NIGHTS,
        time(2, 10),
        Rhythm.DAILY,
        rules=(
            {"kind": "pattern", "column": "insured_no", "pattern": "^YB[0-9]{12}$"},
            {"kind": "required_if", "column": "name", "other": "id_number", "values": []},
            {"kind": "pattern", "column": "status", "pattern": "^(正常|暂停|终止)参保$"},
        ),
    ),
    Tale(
        "vehicles",
        NIGHTS,
        time(3, 30),
        Rhythm.DAILY,
        spoil="ALTER TABLE {} RENAME COLUMN syxz TO sy_xz",
        spoilt_runs=3,
    ),
    Tale(
        "licences",
        (35, 28, 21, 14, 7, 0),
        time(9, 15),
        casts={"valid_until": {"date_format": "YYYY/MM/DD", "trim": True}},
    ),
    Tale(
        "drivers",
        (*MONTHS, 0),
        time(4, 0),
        Rhythm.MONTHLY,
        spoil="DELETE FROM {} WHERE right(zgzh, 1) > '2'",
        spoilt_runs=1,
    ),
    Tale("certificates", tuple(one + 20 for one in MONTHS), time(4, 40)),
    Tale(
        "estates",
        tuple(range(40, -1, -5)),
        time(5, 20),
        Rhythm.WEEKLY,
        rules=({"kind": "range", "column": "area", "low": "5", "high": None},),
        is_cancelled=True,
    ),
)


def is_loaded() -> bool:
    return all(
        _is_told(tale, SyncJob.objects.filter(resource=_entry(tale)).first()) for tale in TALES
    )


def load(cast: Cast) -> None:
    """Play each tale to its end; one that was broken off goes on at the run where it stopped."""
    for tale in TALES:
        department = next(one["department"] for one in entries() if one.get("rows") == tale.rows)
        steward = cast.holder(department, DutyKind.STEWARD)
        job = SyncJob.objects.filter(resource=_entry(tale)).first()
        if not _is_told(tale, job):
            _play(tale, department, job, steward)


def _entry(tale: Tale) -> Resource:
    name = next(one["name"] for one in entries() if one.get("rows") == tale.rows)
    return Resource.objects.select_related("department").get(name=name, revision_of=None)


def _is_told(tale: Tale, job: SyncJob | None) -> bool:
    return job is not None and job.last_number == len(tale.days) + tale.is_cancelled


def _play(tale: Tale, department: str, job: SyncJob | None, steward: User) -> None:
    is_file = tale.rows == "licences"
    bring: Callable[[int], object]
    if is_file:
        source = _file_source(steward)

        def bring(day: int) -> SourceUpload:
            return _upload(tale, source, day, steward)
    else:
        source = source_of(department, steward)

        def bring(day: int) -> None:
            _fill(tale, database_of(department), source, day)

    begun = job.last_number if job else 0
    if job is None:
        bring(0)
        job = _set_up(tale, source, steward)
    for day in range(begun, len(tale.days)):
        is_brought = is_file and day > 0
        if day:
            bring(day)
        if not is_brought:
            # An upload has started the runs of its source.
            _start(tale, job, steward)
        run = job.runs.get(state=RunState.QUEUED)
        sync_runs.execute(run_id=run.pk)
        move_back(run.pk, _moment(tale, tale.days[day]))
    if tale.is_cancelled:
        run = run_queue.start_run(job=job, by=steward)
        sync_runs.cancel_run(run=run, by=steward)
    changed_with_runs(job)


def _start(tale: Tale, job: SyncJob, steward: User) -> None:
    if tale.rhythm is Rhythm.OFF:
        run_queue.start_run(job=job, by=steward)
    else:
        run_queue.start_scheduled_run(job_id=job.pk)


def _set_up(tale: Tale, source: Source, steward: User) -> SyncJob:
    table = TOLD[tale.rows].table
    job = sync_jobs.set_up_job(
        resource=_entry(tale),
        source=source,
        relation=ROWS if source.kind == SourceKind.UPLOAD else f"public.{table.name}",
        mapping=table.mapping,
        version=0,
        by=steward,
    )
    if tale.rules or tale.casts:
        sync_rules.set_rules(
            job=job,
            rules=[{k: v for k, v in rule.items() if v is not None} for rule in tale.rules],
            casts=tale.casts,
            most_bad=JobRules._meta.get_field("most_bad").get_default(),
            most_shrink=Decimal(40),
            version=0,
            by=steward,
        )
    if tale.rhythm is not Rhythm.OFF:
        scheduling.set_schedule(job=job, schedule=Schedule(tale.rhythm, tale.at), by=steward)
    return job


def _fill(tale: Tale, database: str, source: Source, day: int) -> None:
    """Make the department's table what it is on this day."""
    told = TOLD[tale.rows]
    with connected(database) as own, own.transaction():
        fill(own, told.table, told.rows(day))
        if tale.spoil and day >= len(tale.days) - tale.spoilt_runs:
            own.execute(sql.SQL(tale.spoil).format(sql.Identifier(told.table.name)))
        let_read(own, told.table, source)


def fill(own: psycopg.Connection, table: Table, rows: Iterable[Row]) -> None:
    """The table, made anew with these rows."""
    name = sql.Identifier(table.name)
    own.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    own.execute(create(table))
    with own.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as to:
        for row in rows:
            to.write_row(row)


def let_read(own: psycopg.Connection, table: Table, source: Source) -> None:
    own.execute(
        sql.SQL("GRANT SELECT ON {} TO {}").format(
            sql.Identifier(table.name), sql.Identifier(source.username)
        )
    )


def _file_source(steward: User) -> Source:
    name = "食品经营许可月报文件"
    found = Source.objects.filter(department=steward.department_id, name=name).first()
    data = SourceData(
        name=name,
        kind=SourceKind.UPLOAD,
        settings={"format": "csv", "encoding": "gb18030"},
    )
    return found or sources.register_source(department=steward.department, data=data, by=steward)


def _upload(tale: Tale, source: Source, day: int, steward: User) -> SourceUpload:
    content = csv_of(tale.rows, day)
    kept = source_uploads.upload_file(
        source=source, name=FILE_NAME, file=io.BytesIO(content), size=len(content), by=steward
    )
    at = _moment(tale, tale.days[day])
    SourceUpload.objects.filter(pk=kept.pk).update(at=at)
    return kept


def _moment(tale: Tale, days: int) -> datetime:
    """So many days before the last time of the tale's hour."""
    now = timezone.now().astimezone(ZONE)
    today = datetime.combine(now.date(), tale.at, tzinfo=ZONE)
    return today - timedelta(days=days + (today > now - timedelta(minutes=5)))


def changed_with_runs(job: SyncJob) -> None:
    """The rows changed with the last run that moved any."""
    changed = job.runs.filter(state=RunState.SUCCEEDED).aggregate(at=Max("finished_at"))["at"]
    Resource.objects.filter(pk=job.resource_id).update(rows_changed_at=changed)


def move_back(run_id: int, moment: datetime) -> None:
    """As if the run had been queued then."""
    run = SyncRun.objects.get(pk=run_id)
    shift = run.queued_at - moment
    for name in ("queued_at", "sent_at", "started_at", "finished_at"):
        setattr(run, name, getattr(run, name) - shift)
    for line in run.log:
        at = parse_datetime(str(line["at"]))
        line["at"] = (at - shift).isoformat() if at else line["at"]
    run.save()
