"""Rows that were set apart, and reports of runs, as a person may see them.

Who may look at the job's runs sees which items are at fault and how often. Values, masked by their
rules, are for the provider alone.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from catalog.models import (
    DataItem,
    JobRules,
    QuarantinedRow,
    QuarantineFault,
    RunReport,
    SyncJob,
)
from catalog.selectors.sync import Party
from catalog.showing import own_value
from catalog.sources.rule_words import fault_words
from portal.common.sealing import SealBroken, unseal

REPORTS = 30


def faults_of(
    party: Party, job: SyncJob, *, column: str = "", code: str = ""
) -> QuerySet[QuarantineFault]:
    """The faults of the job's rows in quarantine, by row; those of the last run first."""
    found = QuarantineFault.objects.filter(row__run__job=job).select_related("row__run")
    if column:
        found = found.filter(column=column)
    if code:
        found = found.filter(code=code)
    return found.order_by("-row__run__number", "row__number", "pk")


def no_faults() -> QuerySet[QuarantineFault]:
    """For the description of the API, which is made without anybody signed in."""
    return QuarantineFault.objects.none()


def no_reports() -> QuerySet[RunReport]:
    return RunReport.objects.none()


def all_reports_of(job: SyncJob) -> QuerySet[RunReport]:
    return RunReport.objects.filter(run__job=job).select_related("run")


def may_see_values(party: Party, job: SyncJob) -> bool:
    return party.department_id == job.resource.department_id


def fault_counts(job: SyncJob) -> list[dict[str, Any]]:
    """How many of the kept rows have each fault: column, code and number, the most frequent first."""
    counted = (
        QuarantineFault.objects.filter(row__run__job=job)
        .values("column", "code")
        .annotate(number=Count("pk"))
        .order_by("-number", "column", "code")
    )
    return [dict(one) for one in counted]


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows are kept in quarantine, and how many of them earlier runs set apart."""

    rows: int
    earlier: int


def kept_rows(job: SyncJob, report: RunReport | None) -> Kept:
    """`report` is the job's latest."""
    last = Q(run=report.run_id if report else None)
    found = QuarantinedRow.objects.filter(run__job=job).aggregate(
        rows=Count("pk"), earlier=Count("pk", filter=~last)
    )
    return Kept(**found)


def latest_report(job: SyncJob) -> RunReport | None:
    return (
        RunReport.objects.filter(run__job=job)
        .select_related("run")
        .order_by("-run__number")
        .first()
    )


def reports_of(job: SyncJob, *, most: int = REPORTS) -> list[RunReport]:
    """The last reports, the oldest first."""
    latest = RunReport.objects.filter(run__job=job).select_related("run").order_by("-run__number")
    return list(reversed(latest[:most]))


def rules_of(job: SyncJob) -> JobRules | None:
    return job.rule_versions.select_related("made_by").order_by("-version").first()


@dataclass(frozen=True, slots=True)
class QuarantineTable:
    """The download: a line a row, its faults in words, every item as its rule masks it."""

    heads: Sequence[str]
    rows: Iterator[list[str]]


def table_of_quarantine(job: SyncJob, *, column: str = "", code: str = "") -> QuarantineTable:
    items = list(job.resource.items.order_by("position", "pk"))
    rows = QuarantinedRow.objects.filter(run__job=job).select_related("run")
    rows = rows.prefetch_related("faults")
    if column:
        rows = rows.filter(faults__column=column)
    if code:
        rows = rows.filter(faults__code=code)
    return QuarantineTable(
        heads=[item.name for item in items],
        rows=(_line(row, items) for row in rows.distinct().order_by("-run__number", "number")),
    )


def _line(row: QuarantinedRow, items: Sequence[DataItem]) -> list[str]:
    labels = {item.column: item.name for item in items}
    faults = [
        f"{labels.get(fault.column, fault.column)}: {fault_words(fault.code)}"
        for fault in row.faults.all()
    ]
    try:
        values = json.loads(unseal(row.sealed))
    except SealBroken:
        faults.append(gettext("no key opens the row any more"))
        values = {}
    return [
        str(row.run.number),
        str(row.number),
        "; ".join(faults),
        *(own_value(item, values.get(item.column)) for item in items),
    ]
