"""How runs look: colours, words, steps, figures and the chart of the history."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import RunState, Source, SyncJob, SyncRun
from catalog.selectors.sync import RunView, failure_of
from catalog.sources.connector import Relation
from catalog.sources.kinds import Secret, kind_of
from catalog.sources.progress import CHECKING, CONNECTING, MERGING, PHASES, Snapshot
from catalog.store.columns import Column
from portal.common import dates, numbers, svg

TONES: dict[str, str] = {
    RunState.QUEUED: "rest",
    RunState.RUNNING: "run",
    RunState.RETRYING: "wait",
    RunState.SUCCEEDED: "go",
    RunState.FAILED: "stop",
    RunState.CANCELLED: "rest",
    RunState.UNCHANGED: "go",
}


@dataclass(frozen=True, slots=True)
class RunRow:
    run: SyncRun
    tone: str
    next_actor: str
    problem: str


@dataclass(frozen=True, slots=True)
class MappingRow:
    item: Column
    column: str
    type: str


def source_facts(source: Source) -> list[tuple[str, str]]:
    """What a source's page says of its place: label and value, the fields of its kind alone."""
    kind = kind_of(source.kind)
    facts = [(kind.label_of(name), str(getattr(source, name) or "—")) for name in kind.fields]
    for setting in kind.settings:
        value = source.settings.get(setting.name, "")
        words = dict(setting.choices).get(value, value)
        facts.append((str(setting.label), str(words) or "—"))
    if kind.secret is not Secret.NONE:
        stored = _("stored encrypted, never shown") if source.sealed_password else _("none")
        facts.append((kind.label_of("password"), stored))
    return facts


def run_row(run: SyncRun) -> RunRow:
    failure = failure_of(run)
    return RunRow(run, TONES[run.state], next_actor(run), failure.what if failure else "")


def next_actor(run: SyncRun) -> str:
    """Who acts next, and when that is known."""
    match run.state:
        case RunState.QUEUED | RunState.RUNNING:
            return _("the portal, by itself")
        case RunState.RETRYING if run.next_attempt_at is not None:
            at = timezone.localtime(run.next_attempt_at)
            return _("the portal, again at %(at)s") % {"at": f"{at:%H:%M:%S}"}
        case RunState.FAILED:
            return _("the data stewards of %(department)s") % {
                "department": run.job.resource.department.short_name
            }
    return ""


def state_tabs(counts: dict[str, int], chosen: str, text: str) -> list[dict[str, Any]]:
    """The states as tabs, each with its number of runs."""
    tabs = [("", _("all"), sum(counts.values()))]
    tabs += [(value, str(label), counts.get(value, 0)) for value, label in RunState.choices]
    address = reverse("catalog:run_list")
    return [
        {
            "label": label,
            "count": number,
            "is_chosen": value == chosen,
            "url": f"{address}?{urlencode({'state': value, 'q': text})}",
        }
        for value, label, number in tabs
    ]


def run_context(view: RunView) -> dict[str, Any]:
    """What the run's page and its live part show."""
    run = view.run
    return {
        "run": run,
        "job": run.job,
        "resource": run.job.resource,
        "tone": TONES[run.state],
        "next_actor": next_actor(run),
        "failure": view.failure,
        "log": view.log,
        "progress": view.progress,
        "report": view.report,
        "steps": _steps(view),
        "figures": _figures(view),
        "share": _share(view.progress),
        "spark": _spark(view.progress),
        "headline": _headline(view),
    }


def mapping_rows(items: Sequence[Column], job: SyncJob) -> list[MappingRow]:
    return [
        MappingRow(
            item=item,
            column=job.mapping.get(item.name, ""),
            type=job.source_types.get(job.mapping.get(item.name, ""), ""),
        )
        for item in items
    ]


def relation_words(relation: Relation) -> str:
    words = relation.name
    if relation.comment:
        words = f"{words} · {relation.comment}"
    if relation.estimate is None:
        return words
    return _("%(relation)s, about %(rows)s rows") % {
        "relation": words,
        "rows": numbers.grouped(relation.estimate),
    }


def _steps(view: RunView) -> list[dict[str, str]]:
    run = view.run
    titles = [
        _("Connect and compare structure"),
        _("Read"),
        _("Check"),
        _("Compare and merge"),
        _("Publish"),
    ]
    words = ["", "", "", "", ""]
    if run.rows_read is not None:
        words[1] = numbers.rows(run.rows_read)
        changed = sum(n or 0 for n in (run.rows_inserted, run.rows_updated, run.rows_deleted))
        words[3] = _("%(rows)s rows differed") % {"rows": numbers.grouped(changed)}
    if view.report is not None:
        words[2] = _("%(bad)s bad") % {"bad": numbers.grouped(view.report.bad)}
    if run.state == RunState.SUCCEEDED:
        if run.finished_at is not None:
            words[4] = dates.prose_moment(run.finished_at)
        done, now = 5, None
    elif run.state == RunState.RUNNING and view.progress is not None:
        done = now = PHASES.index(view.progress.phase)
        words[1] = numbers.rows(view.progress.rows) if view.progress.rows else ""
    elif run.state == RunState.RUNNING:
        done = now = 0
    else:
        done, now = _reached(run), None
    return [
        {
            "title": title,
            "words": words[place],
            "state": "done" if place < done else "now" if place == now else "",
        }
        for place, title in enumerate(titles)
    ]


def _reached(run: SyncRun) -> int:
    """How many phases the last attempt of a run completed, as its log tells."""
    reached = 0
    for line in run.log:
        reached = {"attempt": 0, "connected": 1, "read": 2, "checked": 3}.get(line["code"], reached)
    return reached


def _figures(view: RunView) -> list[dict[str, str]]:
    run = view.run
    if view.progress is not None:
        now = view.progress
        read = {"label": _("Rows read"), "value": numbers.grouped(now.rows)}
        if now.expected:
            about = {"rows": numbers.grouped(now.expected)}
            read["words"] = _("of about %(rows)s") % about
        return [
            read,
            {"label": _("Rows a second"), "value": numbers.grouped(now.rate)},
            {"label": _("Data read"), "value": _size(now.bytes)},
            {"label": _("Attempt"), "value": str(run.attempt), "words": _("of 3 at most")},
        ]
    if run.state != RunState.SUCCEEDED:
        return []
    figures = [
        {"label": label, "value": numbers.grouped(value or 0)}
        for label, value in (
            (_("Rows read"), run.rows_read),
            (_("Rows added"), run.rows_inserted),
            (_("Rows changed"), run.rows_updated),
            (_("Rows removed"), run.rows_deleted),
        )
    ]
    if view.seconds is not None:
        figures.append({"label": _("Seconds"), "value": f"{view.seconds:,.1f}"})
    return figures


def _share(progress: Snapshot | None) -> int | None:
    """How much of the reading is done, in per cent; None when nobody knows how much there is."""
    if progress is None or not progress.expected:
        return None
    if progress.phase in {CHECKING, MERGING}:
        return 100
    return min(99, progress.rows * 100 // progress.expected)


def _spark(progress: Snapshot | None) -> SafeString | None:
    if progress is None or len(progress.rates) < 2:
        return None
    return svg.sparkline(progress.rates, id="rate", title=_("Rows a second, up to now"))


def _headline(view: RunView) -> str:
    """One sentence on where the run is, which is read out as it changes."""
    match view.run.state:
        case RunState.QUEUED:
            return _("Waiting for a free worker")
        case RunState.RETRYING:
            return _("Waiting to try again")
        case RunState.SUCCEEDED:
            return _("The rows are published")
        case RunState.FAILED:
            return _("Nothing was changed")
        case RunState.UNCHANGED:
            return _("The file is the one that was read before; nothing was moved")
        case RunState.CANCELLED:
            return _("Cancelled; nothing was changed")
    if view.progress is None or view.progress.phase == CONNECTING:
        return _("Connecting to the source")
    if view.progress.phase == CHECKING:
        return _("Checking the rows")
    if view.progress.phase == MERGING:
        return _("Comparing with the published rows")
    share = _share(view.progress)
    if share is None:
        return _("Reading")
    left = _seconds_left(view.progress)
    if left is None:
        return _("%(share)s %% read") % {"share": share}
    return _("%(share)s %% read, about %(seconds)s s left to read") % {
        "share": share,
        "seconds": numbers.grouped(left),
    }


def _seconds_left(progress: Snapshot) -> int | None:
    """By the mean rate so far; None before a second has passed, and when nobody knows the end."""
    if not progress.expected or progress.seconds < 1 or not progress.rows:
        return None
    left = max(progress.expected - progress.rows, 0)
    return math.ceil(left * progress.seconds / progress.rows)


def _size(count: int) -> str:
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
