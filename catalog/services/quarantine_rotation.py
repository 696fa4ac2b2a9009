"""Rows in quarantine under the newest key: what `credential_rotation` is for stored secrets."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from audit.services import record
from catalog.models import QuarantinedRow, SyncJob
from portal.common.sealing import SealBroken, resealed

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RowsRotated:
    """How many rows were sealed anew, how many were so already; of which jobs rows stay unreadable."""

    resealed: int
    current: int
    unreadable: tuple[str, ...]


def rotate_quarantine() -> RowsRotated:
    """Seal what the jobs keep in quarantine anew, so many rows a transaction, each with its entry.

    There may be thousands a job, so they are not all or nothing: whoever is killed leaves rows under
    either key, all of which open, and the next call takes up what is left. A row that a run is just
    taking away is passed over, for that run may want the others of its batch, and asked for alone
    when the batch is done.
    """
    done = current = 0
    unreadable: list[str] = []
    kept = QuarantinedRow.objects.filter(run__job=OuterRef("pk"))
    for job in SyncJob.objects.filter(Exists(kept)).select_related("resource").order_by("pk"):
        rows = QuarantinedRow.objects.filter(run__job=job).order_by("pk")
        keys = list(rows.values_list("pk", flat=True))
        starts = range(0, len(keys), AT_ONCE)
        found = [one for at in starts for one in _batch(job, keys[at : at + AT_ONCE])]
        done += sum(one.resealed for one in found)
        current += sum(one.current for one in found)
        if lost := sum(one.lost for one in found):
            unreadable.append(f"{job._meta.label} {job.pk} ({lost})")
    return RowsRotated(done, current, tuple(unreadable))


@dataclass(frozen=True, slots=True)
class _Found:
    held: frozenset[int]
    resealed: int
    current: int
    lost: int


def _batch(job: SyncJob, keys: Sequence[int]) -> list[_Found]:
    first = _reseal(job, keys, waits=False)
    passed_over = [key for key in keys if key not in first.held]
    return [first, *(_reseal(job, [key], waits=True) for key in passed_over)]


@transaction.atomic
def _reseal(job: SyncJob, keys: Sequence[int], *, waits: bool) -> _Found:
    rows = QuarantinedRow.objects.select_for_update(skip_locked=not waits, no_key=True)
    held, changed, lost = set(), [], 0
    for row in rows.filter(pk__in=keys):
        held.add(row.pk)
        try:
            new = resealed(row.sealed)
        except SealBroken:
            lost += 1
            continue
        if new is not None:
            row.sealed = new
            changed.append(row)
    if changed:
        QuarantinedRow.objects.bulk_update(changed, ["sealed"])
        record(actor=None, action="catalog.quarantine.reseal", target=job, rows=len(changed))
    return _Found(frozenset(held), len(changed), len(held) - len(changed) - lost, lost)
