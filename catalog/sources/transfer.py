"""The way of a job's rows from its source into the store, in the caller's transaction."""

from dataclasses import dataclass

from django.db import connection

from catalog.models import SyncJob
from catalog.standards.in_force import codes_in_force
from catalog.store.merge import Counts, Cursor, Phase, Write, merge
from catalog.store.tables import table_of

from . import mapping
from .connector import connect
from .progress import MERGING, READING, Progress
from .schedule import ZONE


@dataclass(frozen=True, slots=True)
class Outcome:
    counts: Counts
    bytes: int


def transfer(*, job: SyncJob, progress: Progress) -> Outcome:
    """Read all rows of the job's relation and make the store's table hold exactly these.

    Raises SourceFailure or StoreRefusal, then the transaction must be rolled back. What is amiss
    with the structure of either side is found before the first row moves. Times without a zone are
    Beijing time, dates with separators begin with the year.
    """
    table = table_of(job.resource)
    with connect(job.source) as source, connection.cursor() as wrapped:
        columns = source.columns(job.relation)
        selected = mapping.select(table, job.mapping, columns, job.source_types)
        expected = source.relation(job.relation).estimate
        progress.expect(job.resource.row_count if expected is None else expected)
        progress.note("connected", product=source.check())

        def fill(write: Write) -> int:
            def into(block: bytes) -> None:
                write(block)
                progress.read(block)

            rows = source.copy(job.relation, selected, into)
            progress.note("read", rows=rows)
            return rows

        def entering(phase: Phase) -> None:
            progress.enter(READING if phase is Phase.READING else MERGING)

        cursor = wrapped.cursor
        cursor.execute("SELECT current_setting('timezone'), current_setting('datestyle')")
        zone, date_style = cursor.fetchone()
        _read_times(cursor, ZONE.key, "ISO, YMD")
        given = [one.target for one in selected]
        codes = codes_in_force(table.code_lists)
        counts = merge(cursor, table, fill, given=given, entering=entering, codes=codes)
        _read_times(cursor, zone, date_style)
    progress.note(
        "merged", inserted=counts.inserted, updated=counts.updated, deleted=counts.deleted
    )
    return Outcome(counts=counts, bytes=progress.now.bytes)


def _read_times(cursor: Cursor, zone: str, date_style: str) -> None:
    cursor.execute(
        "SELECT set_config('timezone', %s, true), set_config('datestyle', %s, true)",
        [zone, date_style],
    )
