"""What people see of sources, sync jobs and runs.

People of the provider see its own, competent officers all of their region and below; others none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Count, Max, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from catalog.models import (
    Resource,
    ResourceState,
    RunReport,
    RunState,
    Source,
    SourceKind,
    SourceUpload,
    SyncJob,
    SyncPosition,
    SyncRun,
)
from catalog.sources import progress
from catalog.sources.connector import Relation, SourceColumn, connect
from catalog.sources.permissions import may_start
from catalog.sources.words import Explanation, explain, log_line
from catalog.store.columns import Column, column_of
from portal.common.decisions import Decision, denied
from portal.organisation.models import DutyKind, InformationSystem, User

MOST_UPLOADS = 20

Party = User | InformationSystem

HISTORY = 30


def _of_provider(party: Party, path: str) -> Q:
    """The condition on the department at `path` under which the party may look."""
    if not party.is_active:
        return Q(pk__in=[])
    mine = Q(**{path: party.department_id})
    if party.has_duty(DutyKind.COMPETENT_OFFICER):
        code = party.department.region.code
        # GB/T 2260: a province ends in four zeros, a city in two, the nation has only zeros.
        area = code[:6]
        while area.endswith("00"):
            area = area[:-2]
        return mine | Q(**{f"{path}__region__code__startswith": area})
    return mine


def party_of(user: object) -> Party:
    """The person or the system that signed in to the API, which has seen to that."""
    return cast("Party", user)


def sources_for(party: Party) -> QuerySet[Source]:
    return (
        Source.objects.filter(_of_provider(party, "department"))
        .select_related("department")
        .annotate(job_count=Count("jobs"))
        .order_by("department__region__code", "department__short_name", "name")
    )


def resources_for(party: Party) -> QuerySet[Resource]:
    """The resources whose sync the party may look at, whether they have a job or not."""
    return Resource.objects.filter(
        _of_provider(party, "department"), revision_of=None
    ).select_related("department")


def resources_without_job(party: Party) -> QuerySet[Resource]:
    """What a steward can connect next: the department's own."""
    return (
        Resource.objects.filter(department=party.department_id, sync_job=None, revision_of=None)
        .exclude(state=ResourceState.WITHDRAWN)
        .order_by("name")
    )


def jobs_for(party: Party) -> QuerySet[SyncJob]:
    return SyncJob.objects.filter(_of_provider(party, "resource__department")).select_related(
        "resource__department", "source", "timing"
    )


def job_of(resource: Resource) -> SyncJob | None:
    return (
        SyncJob.objects.filter(resource=resource)
        .select_related("resource__department", "source", "timing")
        .first()
    )


def jobs_of_source(source: Source) -> QuerySet[SyncJob]:
    """The source's jobs, each with the time of its last run."""
    return (
        SyncJob.objects.filter(source=source)
        .select_related("resource", "timing")
        .annotate(last_run_at=Max("runs__queued_at"))
        .order_by("resource__name")
    )


def sources_of(resource: Resource) -> QuerySet[Source]:
    """The sources from which the resource's rows may come."""
    return Source.objects.filter(department=resource.department_id).order_by("name")


def runs_for(party: Party, *, state: str = "", text: str = "") -> QuerySet[SyncRun]:
    """The runs, the latest first: one query, no lazy relations left."""
    runs = (
        SyncRun.objects.filter(_of_provider(party, "job__resource__department"))
        .select_related("job__resource__department", "job__source", "started_by")
        .order_by("-queued_at", "-id")
    )
    if state in RunState.values:
        runs = runs.filter(state=state)
    if text:
        runs = runs.filter(
            Q(job__resource__name__icontains=text)
            | Q(job__resource__department__short_name__icontains=text)
        )
    return runs


def no_runs() -> QuerySet[SyncRun]:
    """For the description of the API, which is made without anybody signed in."""
    return SyncRun.objects.none()


def state_counts(party: Party, *, text: str = "") -> dict[str, int]:
    counted = (
        runs_for(party, text=text)
        .order_by()
        .values("state")
        .annotate(number=Count("pk"))
        .values_list("state", "number")
    )
    return dict(counted)


def live_run(job: SyncJob) -> SyncRun | None:
    return job.runs.filter(state__in=[RunState.QUEUED, RunState.RUNNING, RunState.RETRYING]).first()


def may_start_now(party: Party, job: SyncJob) -> Decision:
    """Whether the party may start a run, and none is under way."""
    decision = may_start(party, job)
    if decision and live_run(job) is not None:
        return denied(_("A run of this job is under way already."))
    return decision


def position_of(job: SyncJob) -> SyncPosition | None:
    """How far the job has read; None before its next run reads everything."""
    return SyncPosition.objects.filter(job=job).first()


@dataclass(frozen=True, slots=True)
class PastRun:
    """One bar of the history. Seconds are None when the run never began."""

    run: SyncRun
    changed: int
    seconds: float | None

    @property
    def read(self) -> int:
        """Of a failed run, as many as its failure tells."""
        told = self.run.failure_data.get("rows")
        return self.run.rows_read or (told if isinstance(told, int) else 0)

    @property
    def is_first_load(self) -> bool:
        """Whether every good row that it read was new."""
        report = getattr(self.run, "report", None)
        bad = report.bad if report else 0
        inserted = self.run.rows_inserted or 0
        return inserted > 0 and inserted + bad == self.run.rows_read


def history(job: SyncJob, *, most: int = HISTORY) -> list[PastRun]:
    """The last ended runs, the oldest first."""
    ended = job.runs.filter(state__in=[RunState.SUCCEEDED, RunState.UNCHANGED, RunState.FAILED])
    latest = list(ended.select_related("job__resource", "report").order_by("-number")[:most])
    return [
        PastRun(
            run=run,
            changed=sum(n or 0 for n in (run.rows_inserted, run.rows_updated, run.rows_deleted)),
            seconds=_seconds(run),
        )
        for run in reversed(latest)
    ]


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class RunView:
    """All that the run's page says: the facts, and while it runs how far it is."""

    run: SyncRun
    failure: Explanation | None
    log: list[LogLine]
    progress: progress.Snapshot | None
    seconds: float | None
    report: RunReport | None


def run_view(run: SyncRun) -> RunView:
    now = progress.snapshot(run.pk) if run.state == RunState.RUNNING else None
    lines: Sequence[dict[str, object]] = now.log if now else run.log
    return RunView(
        run=run,
        failure=failure_of(run),
        log=[_line(line) for line in lines],
        progress=now,
        seconds=_seconds(run),
        report=RunReport.objects.filter(run=run).first(),
    )


def failure_of(run: SyncRun) -> Explanation | None:
    """What failed, why and what to do; None for a run that did not fail."""
    if not run.failure_code:
        return None
    return explain(run.failure_code, run.failure_data)


def test_failure_of(source: Source) -> Explanation | None:
    """How the last test of the source ended."""
    if not source.test_failure:
        return None
    return explain(
        source.test_failure,
        {
            "host": source.host,
            "port": source.port or "",
            "database": source.database,
            "user": source.username,
            "sqlstate": "",
            **source.test_failure_data,
        },
    )


def items_of(resource: Resource) -> list[Column]:
    """The columns that the resource's rows have in the store, in order."""
    return [column_of(item) for item in resource.items.order_by("position", "pk")]


def uploads_of(source: Source) -> list[SourceUpload]:
    """The files that were uploaded to it, the newest first; none for sources of other kinds."""
    if source.kind != SourceKind.UPLOAD:
        return []
    return list(source.uploads.select_related("by")[:MOST_UPLOADS])


def relations_of(source: Source) -> list[Relation]:
    """The source's tables and views, asked live. Raises SourceFailure."""
    with connect(source, looks=True) as connector:
        return connector.relations()


def columns_of(source: Source, relation: str) -> list[SourceColumn]:
    """The relation's columns, asked live. Raises SourceFailure."""
    with connect(source, looks=True) as connector:
        return connector.columns(relation)


def _line(line: dict[str, object]) -> LogLine:
    at = parse_datetime(str(line["at"]))
    data = line["data"]
    if at is None or not isinstance(data, dict):
        raise ValueError(f"no line of a run's log: {line}")
    return LogLine(at=at, words=log_line(str(line["code"]), data))


def _seconds(run: SyncRun) -> float | None:
    if run.started_at is None or run.finished_at is None:
        return None
    taken: timedelta = run.finished_at - run.started_at
    return round(taken.total_seconds(), 1)
