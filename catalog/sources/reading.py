"""What a run reads of its relation, by the job's mode and by how far the last one came.

The watermark is taken in the same snapshot as the rows and written in the same transaction: a run
that fails leaves it where it was. It is read again from `overlap` before it, for rows whose
transaction ended later than their time says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from catalog.models import JobMode, Sweep, SyncJob, SyncPosition
from catalog.store.delta import Reach

from .capturing import slot_of
from .connector import ByWatermark, Connector, Into, Selected, Since, SourceColumn
from .failures import SourceFailure
from .schedule import ZONE

NUMBERS = frozenset({"int2", "int4", "int8", "numeric"})
TIMES = frozenset({"timestamp", "timestamptz"})
WATERMARKS = NUMBERS | TIMES | {"date"}
DAY = timedelta(days=1)
# A row dated into the future would hide all that come before its date: the mark stays by the clock,
# a day ahead at most, for clocks and zones differ.
AHEAD = DAY


@dataclass(frozen=True, slots=True)
class Reading:
    """`since` None reads all rows. `sweeps`: the keys are compared afterwards. `mark`: see above.

    `captures`: not rows are read but changes, out of the slot of the job; they bring their mark.
    """

    reach: Reach
    since: Since | None = None
    mark: str = ""
    sweeps: bool = False
    runs_since_sweep: int = 0
    captures: bool = False

    def copy(
        self, source: Connector, relation: str, selected: Sequence[Selected], into: Into
    ) -> int:
        if self.since is None:
            return source.copy(relation, selected, into)
        return _by_watermark(source).copy_since(relation, selected, into, self.since)


def may_be_watermark(column: SourceColumn) -> bool:
    """Whether the column's type grows with time: a time, a date or a whole number."""
    return column.family in WATERMARKS and not column.scale


def watermark_among(name: str, columns: Sequence[SourceColumn]) -> SourceColumn | None:
    """The watermark column, None when none is wanted. Raises SourceFailure when it cannot be one."""
    if not name:
        return None
    for column in columns:
        if column.name == name:
            if not may_be_watermark(column):
                raise SourceFailure("watermark_unfit", column=column.name, type=column.type)
            return column
    raise SourceFailure("column_missing", columns=name)


def plan_reading(
    job: SyncJob,
    source: Connector,
    columns: Sequence[SourceColumn],
    *,
    is_settled: bool,
    starts_anew: bool,
) -> Reading:
    """What to read now. `is_settled`: the store's table holds rows and keeps its shape;
    `starts_anew`: it will be made anew, so that all rows are needed."""
    if job.mode == JobMode.FULL:
        return Reading(Reach.WHOLE)
    position = SyncPosition.objects.filter(job=job).first()
    if job.mode == JobMode.CAPTURE:
        if position is None:
            return Reading(Reach.WHOLE, mark=slot_of(job).starts_at)
        return Reading(Reach.GIVEN, captures=True)
    column = watermark_among(job.watermark_column, columns)
    found = _highest(source, job.relation, column) if column else ""
    runs = position.runs_since_sweep + 1 if position else 0
    is_due = job.sweep != Sweep.NONE and runs >= job.sweep_every
    if job.mode == JobMode.APPEND:
        if starts_anew:
            return Reading(Reach.WHOLE, mark=found)
        since = _since(column, position, job.overlap) if is_settled else None
        return Reading(Reach.NEW, since, _later(column, position, found))
    if position is None or not is_settled or (is_due and job.sweep == Sweep.FULL):
        return Reading(Reach.WHOLE, mark=found)
    return Reading(
        Reach.GIVEN,
        _since(column, position, job.overlap),
        _later(column, position, found),
        sweeps=is_due,
        runs_since_sweep=0 if is_due else runs,
    )


def keep_position(job: SyncJob, reading: Reading) -> None:
    """Write down how far was read, in the transaction of the rows."""
    if job.mode != JobMode.FULL:
        SyncPosition.objects.update_or_create(
            job=job,
            defaults={"watermark": reading.mark, "runs_since_sweep": reading.runs_since_sweep},
        )


def _by_watermark(source: Connector) -> ByWatermark:
    if not isinstance(source, ByWatermark):
        raise TypeError(f"{type(source).__name__} cannot read by a watermark")
    return source


def _highest(source: Connector, relation: str, column: SourceColumn) -> str:
    """The greatest value now, not far ahead of the clock; "" when the column holds none."""
    found = _by_watermark(source).highest(relation, column)
    if found is None:
        return ""
    value = _value(column, found)
    if isinstance(value, Decimal):
        return found
    now = timezone.now()
    if isinstance(value, datetime):
        here = now if value.tzinfo else now.astimezone(ZONE).replace(tzinfo=None)
        return str(min(value, here + AHEAD))
    return str(min(value, (now.astimezone(ZONE) + AHEAD).date()))


def _since(
    column: SourceColumn | None, position: SyncPosition | None, overlap: int
) -> Since | None:
    if column is None or position is None or not position.watermark:
        return None
    value = _value(column, position.watermark)
    if isinstance(value, Decimal):
        return Since(column, f"{value - overlap:f}", is_number=True)
    if isinstance(value, datetime):
        return Since(column, str(value - timedelta(seconds=overlap)), is_number=False)
    days = -(-overlap // int(DAY.total_seconds()))
    return Since(column, str(value - timedelta(days=days)), is_number=False)


def _later(column: SourceColumn | None, position: SyncPosition | None, found: str) -> str:
    """The mark never goes back while rows are read from it on."""
    kept = position.watermark if position else ""
    if column is None or not found or not kept:
        return found or kept
    before, now = _value(column, kept), _value(column, found)
    return found if now >= before else kept  # type: ignore[operator]


def _value(column: SourceColumn, text: str) -> Decimal | datetime | date:
    try:
        if column.family in NUMBERS:
            return Decimal(text)
        if column.family == "date":
            return date.fromisoformat(text)
        value = datetime.fromisoformat(text)
    except (ValueError, InvalidOperation):
        # Infinity, a time before Christ, 0000-00-00.
        raise SourceFailure("watermark_unreadable", column=column.name) from None
    if column.family == "timestamptz":
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value
