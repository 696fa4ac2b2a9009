"""The way of a job's rows from its source into the store, in the caller's transaction."""

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection

from catalog.models import JobMode, JobRules, QuarantinedRow, SyncJob
from catalog.models.checks import MOST_BAD, MOST_SHRINK
from catalog.standards.in_force import codes_in_force
from catalog.store import shape
from catalog.store.casts import Cast
from catalog.store.delta import Reach
from catalog.store.merge import Counts, Cursor, Phase, Write, merge
from catalog.store.rules import Apart, Checking, Staged
from catalog.store.sweep import Swept, sweep
from catalog.store.tables import StoreTable, table_of
from portal.common.sealing import SealBroken, unseal

from . import mapping
from .capturing import catch_up
from .casting import is_sure
from .checks import casts_of, rules_of
from .connector import Selected, connect
from .failures import SourceFailure
from .progress import CHECKING, MERGING, READING, Progress
from .reading import keep_position, plan_reading
from .schedule import ZONE
from .versions import circumstances, keep_seen, seen_before

GUARDED_FROM = 100
PHASES = {Phase.READING: READING, Phase.CHECKING: CHECKING, Phase.MERGING: MERGING}


@dataclass(frozen=True, slots=True)
class Outcome:
    counts: Counts
    bytes: int


def transfer(*, job: SyncJob, progress: Progress, may_shrink: bool = False) -> Outcome:
    """Read what the job's mode says of its relation, and bring the store's table to it.

    Raises SourceFailure or StoreRefusal, then the transaction must be rolled back; Unchanged when
    the source's file is the one whose rows are published, and nothing was done. What is amiss
    with the structure of either side is found before the first row moves. Times without a zone are
    Beijing time, dates with separators begin with the year.
    """
    table = table_of(job.resource)
    rules = rules_in_force(job)
    checking = checking_of(job, table, rules, may_shrink=may_shrink)
    # All keys are read for a sweep, whatever the rows were read by.
    every_key = replace(checking, freshness=())
    with connection.cursor() as wrapped:
        planned = shape.plan(wrapped.cursor, table)
    if job.mode == JobMode.APPEND and planned.starts_anew and not planned.is_empty:
        # What the source no longer has is here alone, and a new table would not have it.
        raise SourceFailure("append_anew")
    is_settled = planned.change is shape.Change.NONE and not planned.is_empty
    told = circumstances(job, table, rules, checking)
    seen = seen_before(job, told) if is_settled else {}
    with connect(job.source, seen=seen) as source, connection.cursor() as wrapped:
        cursor = wrapped.cursor
        columns = source.columns(job.relation)
        selected = mapping.select(table, job.mapping, columns, job.source_types)
        reading = plan_reading(
            job,
            source,
            columns,
            is_settled=is_settled,
            starts_anew=planned.starts_anew,
        )
        if reading.reach is not Reach.WHOLE:
            # Neither how many rows come nor how new they are says anything of all of them, and a
            # few bad ones are a large share of the few that changed. A captured change that is
            # bad does not come again, and none is forgiven.
            is_told = reading.captures  # of each row that goes
            fewest = checking.fewest if is_told else None
            forgiven = 0 if is_told or not checking.most_bad else settings.SYNC_DELTA_BAD_ROWS
            checking = replace(checking, fewest=fewest, freshness=(), forgiven=forgiven)
        if reading.since is not None or reading.captures:
            # What this reading does not give stays in quarantine.
            checking = replace(checking, apart=set_apart_earlier(job))
            every_key = replace(every_key, apart=checking.apart)
        if reading.since is None and not reading.captures:
            expected = source.relation(job.relation).estimate
            progress.expect(job.resource.row_count if expected is None else expected)
        progress.note("connected", product=source.check())
        if reading.since is not None:
            progress.note("since", column=reading.since.column.name, low=reading.since.low)

        def fill(write: Write) -> int:
            progress.start_rows()

            def into(block: bytes) -> None:
                write(block)
                progress.read(block)

            rows = reading.copy(source, job.relation, selected, into)
            progress.note("read", rows=rows)
            return rows

        def entering(phase: Phase) -> None:
            progress.enter(PHASES[phase])

        cursor.execute("SELECT current_setting('timezone'), current_setting('datestyle')")
        zone, date_style = cursor.fetchone()
        _read_times(cursor, ZONE.key, "ISO, YMD")
        given = staged(table, selected, rules)
        if reading.captures:
            caught = catch_up(
                cursor,
                job=job,
                source=source,
                table=table,
                selected=selected,
                given=given,
                checking=checking,
                progress=progress,
                entering=entering,
            )
            counts, reading = caught.counts, replace(reading, mark=caught.upto)
        else:
            counts = merge(
                cursor,
                table,
                fill,
                given=given,
                null=source.null,
                is_at_hand=source.is_at_hand and not has_rows_apart(job),
                entering=entering,
                checking=checking,
                reach=reading.reach,
            )
        if reading.sweeps:
            keys = [one for one in selected if one.target in table.key]
            swept = sweep(
                cursor,
                table,
                lambda write: source.copy(job.relation, keys, write),
                given=staged(table, keys, rules),
                null=source.null,
                checking=every_key,
            )
            counts = _with_swept(counts, swept, progress)
        keep_position(job, reading)
        keep_seen(job, source, told)
        _read_times(cursor, zone, date_style)
    progress.note("checked", rows=counts.inspection.read, bad=counts.inspection.bad)
    progress.note(
        "merged", inserted=counts.inserted, updated=counts.updated, deleted=counts.deleted
    )
    if counts.left:
        progress.note("left", rows=counts.left)
    return Outcome(counts=counts, bytes=progress.now.bytes)


def rules_in_force(job: SyncJob) -> JobRules | None:
    """The latest version of the job's rules; None when nobody has declared any."""
    return job.rule_versions.order_by("-version").first()


def has_rows_apart(job: SyncJob) -> bool:
    """Whether the last reading found bad rows: such a source is likely to have some again."""
    return QuarantinedRow.objects.filter(run__job=job).exists()


def set_apart_earlier(job: SyncJob) -> list[Apart]:
    """The job's rows in quarantine, as their source gave them.

    One that no key opens any more is left out: it stays until all rows are read.
    """
    found = []
    kept = QuarantinedRow.objects.filter(run__job=job)
    for pk, sealed in kept.values_list("pk", "sealed").iterator():
        with suppress(SealBroken):
            found.append(Apart(pk, json.loads(unseal(sealed))))
    return found


def checking_of(
    job: SyncJob, table: StoreTable, rules: JobRules | None, *, may_shrink: bool = False
) -> Checking:
    """What the rows are held against: what the items imply, and what a steward declared."""
    items = list(job.resource.items.all())
    declared, freshness = rules_of(table, items, rules.rules if rules else [])
    return Checking(
        rules=declared,
        freshness=freshness,
        codes=codes_in_force(table.code_lists),
        most_bad=rules.most_bad if rules else MOST_BAD,
        fewest=None if may_shrink else fewest_rows(job.resource.row_count, rules),
    )


def fewest_rows(published: int | None, rules: JobRules | None) -> int | None:
    """How many rows must come, so that a source that lost most of its rows empties nothing.

    Small tables may shrink as they like.
    """
    if published is None or published < GUARDED_FROM:
        return None
    most = rules.most_shrink if rules else MOST_SHRINK
    return math.ceil(published * (100 - most) / 100)


def staged(table: StoreTable, selected: Sequence[Selected], rules: JobRules | None) -> list[Staged]:
    """How each column is staged: in the item's type where that is sure, with its cast."""
    casts = casts_of(table, rules.casts) if rules else {}
    return [
        Staged(one.target, is_sure(one.column, one.target), casts.get(one.target.name, Cast()))
        for one in selected
    ]


def _with_swept(counts: Counts, swept: Swept, progress: Progress) -> Counts:
    progress.note("swept", keys=swept.read, deleted=swept.deleted)
    if swept.missing:
        progress.note("missing", rows=swept.missing)
    again = counts.inspection.apart_again
    again |= dict.fromkeys(swept.apart_gone - again.keys(), False)
    return replace(
        counts, deleted=counts.deleted + swept.deleted, total=counts.total - swept.deleted
    )


def _read_times(cursor: Cursor, zone: str, date_style: str) -> None:
    cursor.execute(
        "SELECT set_config('timezone', %s, true), set_config('datestyle', %s, true)",
        [zone, date_style],
    )
