"""The health board: all sync jobs that a person may look at, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import SyncJob
from catalog.selectors.sync_health import Health, health_counts, health_of_jobs
from catalog.sources.schedule import schedule_of
from catalog.sources.words import FAILURES, explain
from portal.common import dates
from portal.common.http import PortalRequest
from portal.common.tables import table_file

PER_PAGE = 50
TONES = {
    Health.FAILING: "stop",
    Health.SHRUNK: "stop",
    Health.LATE: "wait",
    Health.NEVER: "rest",
    Health.GREEN: "go",
}


@dataclass(frozen=True, slots=True)
class JobRow:
    job: SyncJob
    tone: str
    label: str
    code: str
    why: str
    schedule: str


@require_safe
def board(request: PortalRequest) -> HttpResponse:
    chosen, text = request.GET.get("health", ""), request.GET.get("q", "").strip()
    now = timezone.now()
    jobs = health_of_jobs(request.user, now=now, health=chosen, text=text)
    page = Paginator(jobs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(job) for job in page],
        "tabs": _tabs(health_counts(request.user, now=now, text=text), chosen, text),
        "health": chosen,
        "text": text,
        "export": f"{reverse('catalog:sync_health_file')}?{urlencode({'health': chosen, 'q': text})}",
    }
    return render(request, "sources/health.html", context)


@require_safe
def board_file(request: PortalRequest) -> HttpResponseBase:
    """The same jobs as CSV."""
    jobs = health_of_jobs(
        request.user,
        now=timezone.now(),
        health=request.GET.get("health", ""),
        text=request.GET.get("q", "").strip(),
    )
    heads = [
        _("Resource"),
        _("Department"),
        _("Data source"),
        _("Health"),
        _("Failure"),
        _("Last run"),
        _("Rows"),
        _("Bad rows"),
        _("Rows changed"),
        _("Next due"),
    ]
    return table_file("csv", "sync-health", heads, _lines(jobs.iterator(chunk_size=500)))


def _lines(jobs: Iterator[SyncJob]) -> Iterator[list[Any]]:
    for job in jobs:
        row = _row(job)
        told: dict[str, Any] = vars(job)
        yield [
            job.resource.name,
            str(job.resource.department),
            job.source.name,
            row.label,
            row.code,
            _moment(told["last_ended_at"]),
            job.resource.row_count,
            told["last_bad"],
            _moment(job.resource.rows_changed_at),
            _moment(told["due_at"]),
        ]


def _row(job: SyncJob) -> JobRow:
    told: dict[str, Any] = vars(job)
    health = Health(told["health"])
    code = told["last_failure"] or ""
    known = code in FAILURES
    return JobRow(
        job=job,
        tone=TONES[health],
        label=str(health.label),
        code=code if known else "",
        why=explain(code, told["last_failure_data"] or {}).what if known else "",
        schedule=str(schedule_of(job)),
    )


def _moment(at: Any) -> str:
    return dates.iso_moment(at) if at else ""


def _tabs(counts: dict[str, int], chosen: str, text: str) -> list[dict[str, Any]]:
    tabs = [("", _("all"), sum(counts.values()))]
    tabs += [(value, str(label), counts.get(value, 0)) for value, label in Health.choices]
    address = reverse("catalog:sync_health")
    return [
        {
            "label": label,
            "count": number,
            "is_chosen": value == chosen,
            "url": f"{address}?{urlencode({'health': value, 'q': text})}",
        }
        for value, label, number in tabs
    ]
