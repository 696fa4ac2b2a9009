"""Changes out of a replication slot into the store, in the caller's transaction."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from django.conf import settings

from catalog.models import CaptureSlot, SyncJob
from catalog.store.captured import Captured, Gap, apply_captured
from catalog.store.merge import Counts, Cursor, Phase, Write
from catalog.store.rules import Checking, Staged
from catalog.store.tables import StoreTable

from .casting import needs_words
from .connector import Connector, Selected, place_of
from .failures import SourceFailure
from .files.copy_text import from_rows
from .pgoutput import UNTOUCHED, Begin, Change, Emptied, Image, Structure, Value, message_of
from .postgresql import PostgreSQL
from .progress import Progress
from .replication import Replication

Row = tuple[str | None, ...]
YES, NO = "t", "f"
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Caught:
    """What one run took out of the slot: everything that was committed before `upto`."""

    counts: Counts
    upto: str


def slot_of(job: SyncJob) -> CaptureSlot:
    """The slot that the job reads. Raises SourceFailure when it has none."""
    slot = CaptureSlot.objects.filter(job=job, is_wanted=True).exclude(starts_at="").first()
    if slot is None:
        raise SourceFailure("capture_slot_gone")
    return slot


def is_alarming(slot: CaptureSlot) -> bool:
    """Whether the source keeps so much of its log for the slot that somebody must do something."""
    most: int = settings.SYNC_KEPT_LOG_ALARM
    return slot.is_lost or (slot.kept_bytes or 0) >= most


def require(log: Replication, relation: str, selected: Sequence[Selected]) -> int:
    """See that the relation's changes can be captured; return its oid."""
    return log.require(
        relation,
        keys=[one.column.name for one in selected if one.target.is_key],
        columns=[one.column.name for one in selected],
    )


def catch_up(
    cursor: Cursor,
    *,
    job: SyncJob,
    source: Connector,
    table: StoreTable,
    selected: Sequence[Selected],
    given: Sequence[Staged],
    checking: Checking,
    progress: Progress,
    entering: Callable[[Phase], None],
) -> Caught:
    """Bring the table to what the source held at the end of its log. The slot stays where it is."""
    if not isinstance(source, PostgreSQL):
        raise TypeError(f"{type(source).__name__} has no log to read")
    slot = slot_of(job)
    with Replication(place_of(job.source)) as log:
        if require(log, job.relation, selected) != slot.relation_id:
            raise SourceFailure("capture_remade")
        upto = log.end_of_log()
        progress.note("captures", upto=upto)
        stream = Stream(slot.relation_id, selected, _check_of(job.source_types, source, selected))

        def fill(write: Write) -> int:
            with closing(log.peek(slot.name, slot.publication, upto)) as messages:
                for block, _rows in from_rows(stream.rows(messages)):
                    write(block)
                    progress.read(block)
            progress.note("captured", changes=stream.changes)
            return stream.written

        def reread(gaps: Sequence[Gap], write: Write) -> int:
            progress.stop_if_asked()
            _wait_for(source, sorted({gap.transaction for gap in gaps}))
            names = [one.column.name for one in selected if one.target.is_key]
            return source.copy_keys(job.relation, selected, names, [g.key for g in gaps], write)

        counts = apply_captured(
            cursor,
            table,
            Captured(given=given, fill=fill, reread=reread),
            checking=checking,
            entering=entering,
        )
    return Caught(counts=counts, upto=upto)


class Stream:
    """Messages in, rows out as `catalog.store.captured` takes them.

    What is said of other relations is passed over. Raises SourceFailure when the relation was
    emptied by TRUNCATE, or is no longer as the job expects it.
    """

    def __init__(
        self, relation: int, selected: Sequence[Selected], check: Callable[[Structure], None]
    ) -> None:
        self.relation = relation
        self.selected = selected
        self.check = check
        self.places: list[int] = []
        self.transaction = 0
        self.changes = 0
        self.written = 0

    def rows(self, messages: Iterable[bytes]) -> Generator[Row, None, None]:
        for data in messages:
            for row in self._rows(data):
                self.written += 1
                yield row

    def _rows(self, data: bytes) -> Iterator[Row]:
        match message_of(data):
            case Begin(transaction):
                self.transaction = transaction
            case Structure() as structure if structure.relation == self.relation:
                self.check(structure)
                names = [one.name for one in structure.attributes]
                self.places = [names.index(one.column.name) for one in self.selected]
            case Emptied(relations) if self.relation in relations:
                raise SourceFailure("capture_truncated")
            case Change() as change if change.relation == self.relation:
                self.changes += 1
                yield from self._images(change)

    def _images(self, change: Change) -> Iterator[Row]:
        old = None if change.old is None else self._values(change.old)
        new = None if change.new is None else self._values(change.new)
        if old is not None and (new is None or self._key(old) != self._key(new)):
            key = [
                v if one.target.is_key else None for one, v in zip(self.selected, old, strict=True)
            ]
            yield self._row(YES, key)
        if new is None:
            return
        if old is not None and change.old_is_whole:
            new = [before if v is UNTOUCHED else v for before, v in zip(old, new, strict=True)]
        yield self._row(NO, new)

    def _values(self, image: Image) -> list[Value]:
        return [
            _written(one, image[place])
            for one, place in zip(self.selected, self.places, strict=True)
        ]

    def _key(self, values: Sequence[Value]) -> list[Value]:
        return [v for one, v in zip(self.selected, values, strict=True) if one.target.is_key]

    def _row(self, gone: str, values: Sequence[Value]) -> Row:
        texts = [None if value is UNTOUCHED else value for value in values]
        has_gaps = YES if UNTOUCHED in values else NO
        return (gone, has_gaps, str(self.transaction), *texts)


def _written(selected: Selected, value: Value) -> Value:
    """The value as the connector's COPY gives it: with `::text`, where words are wanted."""
    if not isinstance(value, str) or not needs_words(selected.column, selected.target):
        return value
    match selected.column.family:
        case "bpchar":
            return value.rstrip(" ")
        case "bool":
            return "true" if value == YES else "false"
        case "inet" if "/" not in value:
            return f"{value}/128" if ":" in value else f"{value}/32"
    return value


def _check_of(
    accepted: Mapping[str, str], source: PostgreSQL, selected: Sequence[Selected]
) -> Callable[[Structure], None]:
    """A check that the log's rows have the columns and types that the steward accepted."""
    wanted = {one.column.name for one in selected}

    def check(structure: Structure) -> None:
        found = [one for one in structure.attributes if one.name in wanted]
        missing = wanted - {one.name for one in found}
        if missing:
            raise SourceFailure("column_missing", columns="、".join(sorted(missing)))
        types = source.types([(one.type, one.modifier) for one in found])
        changed = [
            f"{one.name} ({accepted[one.name]} → {type_})"
            for one, type_ in zip(found, types, strict=True)
            if accepted.get(one.name, type_) != type_
        ]
        if changed:
            raise SourceFailure("column_changed", columns="、".join(changed))

    return check


def _wait_for(source: PostgreSQL, transactions: Sequence[int]) -> None:
    """Take a snapshot that sees these: what the log tells as committed may not be seen yet."""
    until = time.monotonic() + PATIENCE_SECONDS
    source.renew()
    while not source.are_seen(transactions):
        if time.monotonic() > until:
            raise SourceFailure("capture_moving")
        time.sleep(PAUSE_SECONDS)
        source.renew()
