"""Replication slots, as the pages of their jobs and sources show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import CaptureSlot, JobMode, Source, SyncJob
from catalog.sources.capturing import is_alarming
from catalog.sources.words import Explanation, explain


@dataclass(frozen=True, slots=True)
class SlotView:
    """`failure`: why the source could not be asked, or the slot not be dropped, the last time."""

    slot: CaptureSlot
    is_alarming: bool
    failure: Explanation | None


def slot_of(job: SyncJob) -> SlotView | None:
    """The slot that the job reads; None before its first run, and for other modes."""
    if job.mode != JobMode.CAPTURE:
        return None
    slots = CaptureSlot.objects.filter(job=job, is_wanted=True).exclude(starts_at="")
    return next(iter(_viewed(slots)), None)


def slots_of(source: Source) -> list[SlotView]:
    """All that the portal has made at the source, the unwanted ones that are still there too."""
    return _viewed(CaptureSlot.objects.filter(source=source).select_related("job__resource"))


def _viewed(slots: Iterable[CaptureSlot]) -> list[SlotView]:
    return [
        SlotView(
            slot=slot,
            is_alarming=is_alarming(slot),
            failure=explain(slot.failure_code, slot.failure_data) if slot.failure_code else None,
        )
        for slot in slots
    ]
