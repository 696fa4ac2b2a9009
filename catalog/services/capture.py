"""Replication slots of jobs that capture changes: made before the first run, moved on after each,
dropped when nobody wants them, looked at in between.

What is made at a source is written down first, in a transaction of its own: whatever dies in
between, the sweep knows which slot to look for (`catalog.models.CaptureSlot`).
"""

import secrets
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit.services import record
from catalog.models import CaptureSlot, JobMode, ResourceState, Source, SyncJob, SyncPosition
from catalog.models.source import LIVE
from catalog.services.run_notices import tell_of_kept_log
from catalog.sources import mapping
from catalog.sources.capturing import is_alarming, require
from catalog.sources.connector import Selected, connect, place_of
from catalog.sources.failures import SourceFailure
from catalog.sources.replication import Replication, Slot, place_in_log
from catalog.store.captured import is_in_shape
from catalog.store.tables import table_of

logger = structlog.get_logger(__name__)

DROP_TASK = "catalog.drop_slots"
LOOK_EVERY = timedelta(minutes=10)
MOST_AT_ONCE = 200


def prepare(*, job: SyncJob) -> None:
    """See that the job's slot holds all that its next run needs; make one before the first.

    To be called outside of the run's transaction, under the lock of the resource. Raises
    SourceFailure. A job of another mode needs nothing.
    """
    if job.mode != JobMode.CAPTURE:
        return
    position = _position_that_counts(job)
    if position is None:
        _make(job)
        return
    slot = CaptureSlot.objects.filter(job=job, is_wanted=True).first()
    if slot is None:
        raise SourceFailure("capture_slot_gone")
    with Replication(place_of(job.source)) as log:
        found = log.slot(slot.name)
        _keep_look(slot, found)
        if (
            found is None
            or found.is_lost
            or place_in_log(found.confirmed) > place_in_log(position.watermark)
            or place_in_log(log.end_of_log()) < place_in_log(position.watermark)
        ):
            raise SourceFailure("capture_slot_gone")
        if place_in_log(found.confirmed) < place_in_log(position.watermark):
            log.advance(slot.name, position.watermark)


def confirm(*, job: SyncJob) -> None:
    """Let the source forget what is in the store now. Whatever comes of it, the run has succeeded:
    the next one moves the slot on."""
    if job.mode != JobMode.CAPTURE:
        return
    position = SyncPosition.objects.filter(job=job).first()
    slot = CaptureSlot.objects.filter(job=job, is_wanted=True).first()
    if position is None or slot is None:
        return
    try:
        with Replication(place_of(job.source)) as log:
            log.advance(slot.name, position.watermark)
            _keep_look(slot, log.slot(slot.name))
    except SourceFailure as failure:
        logger.warning("slot_not_moved_on", slot=slot.name, failure=failure.code)


def give_up(job: SyncJob) -> None:
    """Nobody wants the job's slot any more. In the transaction that changes the job."""
    given_up = CaptureSlot.objects.filter(job=job, is_wanted=True).update(is_wanted=False)
    if given_up:
        transaction.on_commit(_send, robust=True)


def is_capturing(source: Source) -> bool:
    """Whether a slot of ours is wanted there."""
    return CaptureSlot.objects.filter(source=source, is_wanted=True).exclude(starts_at="").exists()


def drop_unwanted() -> int:
    """Drop at their sources the slots that nobody wants; how many went. What fails is tried again."""
    _find_unwanted()
    gone = 0
    for slot in CaptureSlot.objects.filter(is_wanted=False).select_related("source")[:MOST_AT_ONCE]:
        try:
            _drop(slot)
        except SourceFailure as failure:
            _note_failure(slot, failure)
        else:
            gone += 1
    return gone


def look(*, now: datetime) -> int:
    """Ask the sources how much they keep for slots that nobody looked at lately; how many were asked.

    Stewards are told once a day while it is more than `SYNC_KEPT_LOG_ALARM` bytes.
    """
    slots = (
        CaptureSlot.objects.filter(is_wanted=True)
        .exclude(starts_at="")
        .filter(Q(measured_at=None) | Q(measured_at__lte=now - LOOK_EVERY))
        .select_related("source", "job__resource__department")
        .order_by("measured_at")[:MOST_AT_ONCE]
    )
    for slot in slots:
        try:
            with Replication(place_of(slot.source)) as log:
                _keep_look(slot, log.slot(slot.name))
        except SourceFailure as failure:
            _note_failure(slot, failure)
    return len(slots)


def _position_that_counts(job: SyncJob) -> SyncPosition | None:
    """How far the job has read; None when the store's table cannot take changes any more."""
    position = SyncPosition.objects.filter(job=job).first()
    if position is None:
        return None
    with connection.cursor() as wrapped:
        if is_in_shape(wrapped.cursor, table_of(job.resource)):
            return position
    position.delete()
    return None


def _make(job: SyncJob) -> None:
    """A new slot, for a job that reads everything: an older one may have missed what its rows saw."""
    with transaction.atomic():
        SyncJob.objects.select_for_update().get(pk=job.pk)
        CaptureSlot.objects.filter(job=job, is_wanted=True).update(is_wanted=False)
    for old in CaptureSlot.objects.filter(source=job.source, job=job).select_related("source"):
        try:
            _drop(old)
        except SourceFailure as failure:
            _note_failure(old, failure)
    selected = _selected(job)
    columns = [one.column.name for one in selected]
    prepared = f"govshare_{job.resource_id}"
    name = f"{prepared}_{secrets.token_hex(4)}"
    with Replication(place_of(job.source)) as log:
        oid = require(log, job.relation, selected)
        slot = CaptureSlot.objects.create(
            source=job.source,
            job=job,
            name=name,
            publication=name,
            made_publication=True,
            relation_id=oid,
        )
        publication = log.publication(job.relation, prepared=prepared, own=name, columns=columns)
        starts_at = log.make_slot(name)
        _begin(slot, publication, starts_at)
        _keep_look(slot, log.slot(name))


@transaction.atomic
def _begin(slot: CaptureSlot, publication: str, starts_at: str) -> None:
    slot.publication = publication
    slot.made_publication = publication == slot.name
    slot.starts_at = starts_at
    slot.save(update_fields=["publication", "made_publication", "starts_at"])
    record(
        actor=None,
        action="catalog.capture.begin",
        target=slot,
        slot=slot.name,
        publication=publication,
        source=slot.source.name,
    )


def _selected(job: SyncJob) -> list[Selected]:
    with connect(job.source) as source:
        return mapping.select(
            table_of(job.resource), job.mapping, source.columns(job.relation), job.source_types
        )


def _drop(slot: CaptureSlot) -> None:
    """At the source first: a row that stays behind is tried again, a slot would be forgotten."""
    with Replication(place_of(slot.source)) as log:
        log.drop(slot.name, slot.publication if slot.made_publication else None)
    with transaction.atomic():
        record(
            actor=None,
            action="catalog.capture.end",
            target=slot,
            slot=slot.name,
            source=slot.source.name,
        )
        slot.delete()


def _find_unwanted() -> None:
    """Whatever became of its job: another mode or source, an entry withdrawn, no job at all."""
    CaptureSlot.objects.filter(is_wanted=True).filter(
        Q(job=None)
        | ~Q(job__mode=JobMode.CAPTURE)
        | Q(job__resource__state=ResourceState.WITHDRAWN)
    ).exclude(job__runs__state__in=LIVE).update(is_wanted=False)


@transaction.atomic
def _keep_look(slot: CaptureSlot, found: Slot | None) -> None:
    slot.kept_bytes = found.kept_bytes if found else None
    slot.is_lost = found is None or found.is_lost
    slot.measured_at = timezone.now()
    slot.failure_code = ""
    slot.failure_data = {}
    slot.save(
        update_fields=["kept_bytes", "is_lost", "measured_at", "failure_code", "failure_data"]
    )
    if is_alarming(slot) and slot.job is not None:
        tell_of_kept_log(slot.job, day=slot.measured_at)


def _note_failure(slot: CaptureSlot, failure: SourceFailure) -> None:
    slot.failure_code = failure.code
    slot.failure_data = dict(failure.data)
    slot.measured_at = timezone.now()
    slot.save(update_fields=["failure_code", "failure_data", "measured_at"])


def _send() -> None:
    current_app.send_task(DROP_TASK)
