"""What holds when everything is up again and nobody asks for more."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from audit.models import Entry
from audit.sealing import seal
from audit.verification import verify
from catalog.models import Resource, RunState, SyncRun
from sharing import outlet
from sharing.delivery.prepared import storage
from sharing.models import PreparedExport, PreparedState, Pull, PullResult, Push, PushState

from .actors import Caller, Follower
from .stage import Stage

ENDED = {
    RunState.SUCCEEDED: "catalog.run.succeed",
    RunState.FAILED: "catalog.run.fail",
    RunState.UNCHANGED: "catalog.run.unchanged",
}
PUSHED = {PushState.DELIVERED: "sharing.push.finish", PushState.FAILED: "sharing.push.fail"}
PREPARED = {
    PreparedState.READY: ["finish"],
    PreparedState.FAILED: ["fail"],
    PreparedState.EXPIRED: ["finish", "remove"],
}
PULLED = {
    PullResult.OK: "sharing.pull.finish",
    PullResult.BROKEN: "sharing.pull.break",
    PullResult.DENIED: "sharing.pull.deny",
}


def faults(
    stage: Stage, callers: Sequence[Caller], follower: Follower, *, kills: int
) -> Iterator[str]:
    """Everything that is not as it must be, in words."""
    yield from _rows(stage, follower)
    yield from _runs(stage)
    yield from _pushes(stage)
    yield from _pulls(callers)
    yield from _files()
    yield from _quotas(stage, kills)
    while (sealed := seal()) is not None and sealed.entries:
        pass
    report = verify(workers=1)
    if report.broken is not None:
        yield f"the trail is broken: {report.broken.words}"


def _rows(stage: Stage, follower: Follower) -> Iterator[str]:
    with stage.their_database() as theirs:
        given = theirs.execute("SELECT * FROM divisions ORDER BY code").fetchall()
    stored = _all(
        f"SELECT code, name, parent_code, filling FROM store.r_{stage.resource.pk} ORDER BY code"
    )
    agreed = [(code, name) for code, name, parent, _filling in given if parent == "1"]
    if stored != given:
        yield f"the store has {len(stored)} rows, the source {len(given)} others"
    if Resource.objects.get(pk=stage.resource.pk).row_count != len(stored):
        yield "the entry tells another number of rows than there are"
    for home in stage.homes:
        there = list(home.ask("SELECT code, name FROM pushed ORDER BY code"))
        if there != agreed:
            yield f"a pushed table has {len(there)} rows, the agreement {len(agreed)} others"
    if sorted(follower.rows.items()) != agreed:
        yield f"the follower has {len(follower.rows)} rows, the agreement {len(agreed)} others"
    for agreement in (stage.pulled, stage.prepared, *(home.agreement for home in stage.homes)):
        view = f'"{outlet.SCHEMA}"."{agreement.view_name}"'
        if _all(f"SELECT code, name FROM {view} ORDER BY code") != agreed:
            yield f"the view of {agreement.number} holds other rows than were agreed"


def _runs(stage: Stage) -> Iterator[str]:
    wanted: Counter[tuple[str, str]] = Counter()
    for run in SyncRun.objects.all():
        if run.state not in ENDED or run.finished_at is None:
            yield f"run {run.number} is {run.state}"
        elif run.state == RunState.FAILED and run.failure_code != "broken_off":
            yield f"run {run.number} failed: {run.failure_code} {run.failure_data}"
        else:
            wanted[ENDED[RunState(run.state)], str(run.pk)] += 1
    yield from _entries(wanted, ENDED.values())


def _pushes(stage: Stage) -> Iterator[str]:
    wanted: Counter[str] = Counter()
    for push in Push.objects.all():
        if push.state not in PUSHED:
            yield f"push {push.count} is {push.state}"
        elif push.state == PushState.FAILED and push.failure_code != "broken_off":
            yield f"push {push.count} failed: {push.failure_code} {push.failure_data}"
        elif push.state == PushState.DELIVERED and not push.is_equal:
            yield f"push {push.count} left a table that differs: {push.differences}"
        else:
            wanted[PUSHED[PushState(push.state)]] += 1
    for action in PUSHED.values():
        found = Entry.objects.filter(action=action).count()
        if found != wanted[action]:
            yield f"{found} entries {action}, not {wanted[action]}"
    marked = Entry.objects.filter(action="sharing.push.finish").values_list("data__push", flat=True)
    if len(set(marked)) != len(marked):
        yield "a push was finished twice"


def _pulls(callers: Sequence[Caller]) -> Iterator[str]:
    """Each stream that began is noted once, with no fewer rows than came of it.

    Of one that was killed while the broker was away too, it could not be said how far it had come.
    """
    for result, action in PULLED.items():
        noted = Pull.objects.filter(result=result).count()
        entries = Entry.objects.filter(action=action).count()
        if noted != entries:
            yield f"{noted} pulls are {result}, and {entries} entries say so"
    for caller in callers:
        for receipt, (rows, asked, ended) in caller.receipts.items():
            found = list(Pull.objects.filter(receipt=receipt))
            if len(found) != 1:
                yield f"an export of {rows} rows was noted {len(found)} times"
            elif found[0].rows < rows and not caller.stage.house.was_silent(asked, ended):
                yield f"{rows} rows of an export came, {found[0].rows} are noted"


def _files() -> Iterator[str]:
    """Each export has ended once; what is offered is what was said, and nothing else is kept."""
    acts = Counter(
        Entry.objects.filter(action__startswith="sharing.export.").values_list(
            "action", "data__export"
        )
    )
    offered = {}
    for export in PreparedExport.objects.all():
        if export.state not in PREPARED:
            yield f"an export is {export.state}"
            continue
        for act in ("ask", *PREPARED[PreparedState(export.state)]):
            if (times := acts[f"sharing.export.{act}", str(export.number)]) != 1:
                yield f"an export that is {export.state} has {times} entries {act}"
        if export.state == PreparedState.READY:
            offered[export.file] = export.sha256
    place = storage()
    folders = place.listdir("")[0] if place.exists("") else []
    kept = {f"{folder}/{name}" for folder in folders for name in place.listdir(folder)[1]}
    if kept != set(offered):
        yield f"kept are {sorted(kept - set(offered))}, missing {sorted(set(offered) - kept)}"
    for name in kept & set(offered):
        with place.open(name, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != offered[name]:
                yield f"{name} has another sum than is said"


def _entries(wanted: Counter[tuple[str, str]], actions: Any) -> Iterator[str]:
    found = Counter(Entry.objects.filter(action__in=actions).values_list("action", "target_id"))
    for key in found.keys() | wanted.keys():
        if found[key] != wanted[key]:
            yield f"{found[key]} entries of {key}, not {wanted[key]}"


def _quotas(stage: Stage, kills: int) -> Iterator[str]:
    """All that was noted is counted, and no more beside it than what a kill may have left unsettled:
    the one export that the reader had begun, before a byte of it left.
    """
    pulls = Pull.objects.filter(agreement=stage.pulled).exclude(result=PullResult.DENIED)
    calls, rows = pulls.count(), pulls.aggregate(rows=Sum("rows"))["rows"] or 0
    server = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    day = f"portal:quota:{stage.pulled.pk}:{timezone.localtime():%Y-%m-%d}"
    called, drawn = (int(server.get(f"{day}:{what}") or 0) for what in ("calls", "rows"))
    if called < calls:
        yield f"{called} calls are counted, {calls} are noted"
    most = max(map(stage.agreed, stage.versions))
    if not rows <= drawn <= rows + kills * most:
        yield f"{drawn} rows are counted, {rows} are noted"
    if held := server.zcard(f"portal:quota:{stage.pulled.pk}:exports"):
        yield f"{held} places of exports are held by nobody"


def _all(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
