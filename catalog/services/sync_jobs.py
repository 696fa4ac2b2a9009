"""Sync jobs: which relation of which source fills a resource, and when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.models import JobMode, Resource, Source, Sweep, SyncJob, SyncPosition
from catalog.services import capture
from catalog.sources import mapping as mappings
from catalog.sources.capturing import require
from catalog.sources.connector import connect, place_of
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import kind_of
from catalog.sources.permissions import may_set_up
from catalog.sources.reading import watermark_among
from catalog.sources.replication import Replication
from catalog.sources.words import explain
from catalog.store.errors import StoreRefusal
from catalog.store.tables import table_of
from portal.common.errors import Invalid, StaleVersion
from portal.common.text import Text
from portal.organisation.models import User

MOST_OVERLAP = 10**9
MOST_RUNS = 10_000
FIELDS = {
    "watermark_unfit": "watermark_column",
    "relation_missing": "relation",
    "permission_denied": "relation",
    "no_key": "mapping",
}
MAPPING_CODES = {"item_unmapped", "column_missing", "column_unfit"}


@dataclass(frozen=True, slots=True)
class ReadingData:
    """What a run reads: see `JobMode`, `Sweep` and `catalog.sources.reading`.

    `overlap` is in seconds, or in steps of a number; `sweep_every` in runs.
    """

    mode: str = JobMode.FULL
    watermark_column: str = ""
    overlap: int = 0
    sweep: str = Sweep.NONE
    sweep_every: int = 1


def set_up_job(
    *,
    resource: Resource,
    source: Source,
    relation: str,
    mapping: Mapping[str, str],
    version: int,
    by: User,
    reading: ReadingData | None = None,
) -> SyncJob:
    """Say how the resource's rows come in, checked against the live source.

    `mapping` names a column of the source for the column of every data item. `version` is the one
    that was shown, 0 when there was no job yet. What the source's columns are now is accepted; a
    run stops when they change. The source is asked before the transaction begins. Without `reading`
    every run compares in full. Whatever is changed, the next run reads everything once.
    """
    may_set_up(by, resource).enforce()
    if source.department_id != resource.department_id:
        words = _("The source belongs to another department.")
        raise Invalid(_("The input has errors."), fields={"source": [str(words)]})
    reading = reading or ReadingData()
    _check_reading(reading, source)
    types = _accepted(resource, source, relation, mapping, reading)
    return _write(resource, source, relation, mapping, types, reading, version=version, by=by)


def _check_reading(reading: ReadingData, source: Source) -> None:
    amiss: dict[str, Text] = {}
    if reading.mode not in kind_of(source.kind).modes:
        amiss["mode"] = _("Sources of this kind cannot be read in this way.")
    by_watermark = reading.mode in {JobMode.INCREMENTAL, JobMode.APPEND}
    if reading.mode == JobMode.INCREMENTAL and not reading.watermark_column:
        amiss["watermark_column"] = _("Choose the column that tells what changed.")
    if reading.watermark_column and not by_watermark:
        amiss["watermark_column"] = _("Runs of this mode read by no watermark.")
    if reading.sweep not in Sweep.values:
        amiss["sweep"] = _("Choose one of those offered.")
    elif reading.sweep != Sweep.NONE and reading.mode != JobMode.INCREMENTAL:
        amiss["sweep"] = _("Only runs that read what changed look for rows that are gone.")
    if not 0 <= reading.overlap <= MOST_OVERLAP:
        amiss["overlap"] = _("Enter a number from 0 to %(most)s.") % {"most": MOST_OVERLAP}
    if not 1 <= reading.sweep_every <= MOST_RUNS:
        amiss["sweep_every"] = _("Enter a number from 1 to %(most)s.") % {"most": MOST_RUNS}
    if amiss:
        told = {name: [str(words)] for name, words in amiss.items()}
        raise Invalid(_("The input has errors."), fields=told)


def accept_structure(*, job: SyncJob, version: int, by: User) -> SyncJob:
    """Take the types that the source's columns have now, with the mapping as it is, as a new version.

    For a run that stopped at drift: the steward has seen what changed. Columns that are gone need
    another mapping. Raises Invalid for what does not fit, StaleVersion when the job was changed.
    """
    return set_up_job(
        resource=job.resource,
        source=job.source,
        relation=job.relation,
        mapping=job.mapping,
        version=version,
        by=by,
        reading=ReadingData(**{one.name: getattr(job, one.name) for one in fields(ReadingData)}),
    )


def _accepted(
    resource: Resource,
    source: Source,
    relation: str,
    mapping: Mapping[str, str],
    reading: ReadingData,
) -> dict[str, str]:
    try:
        table = table_of(resource)
        with connect(source, looks=True) as connector:
            columns = connector.columns(relation)
            selected = mappings.select(table, mapping, columns)
            watermark_among(reading.watermark_column, columns)
        if reading.mode == JobMode.CAPTURE:
            with Replication(place_of(source)) as log:
                require(log, relation, selected)
    except (SourceFailure, StoreRefusal) as failure:
        words = explain(failure.code, failure.data)
        named = "mode" if failure.code.startswith("capture_") else "source"
        field = "mapping" if failure.code in MAPPING_CODES else FIELDS.get(failure.code, named)
        raise Invalid(
            words.what, code=failure.code, fields={field: [f"{words.what} {words.to_do}"]}
        ) from None
    return {one.column.name: one.column.type for one in selected}


@transaction.atomic
def _write(
    resource: Resource,
    source: Source,
    relation: str,
    mapping: Mapping[str, str],
    types: dict[str, str],
    reading: ReadingData,
    *,
    version: int,
    by: User,
) -> SyncJob:
    # The resource's row stands for a job that does not exist yet.
    Resource.objects.select_for_update(of=("self",)).get(pk=resource.pk)
    job = SyncJob.objects.select_for_update().filter(resource=resource).first()
    if (job.version if job else 0) != version:
        raise StaleVersion(_("Somebody else has changed this sync job. Look at it again."))
    if job is None:
        job = SyncJob(resource=resource, version=0)
    columns = set(resource.items.values_list("column", flat=True))
    job.source = source
    job.relation = relation
    job.mapping = {item: column for item, column in mapping.items() if item in columns}
    job.source_types = types
    for name, value in asdict(reading).items():
        setattr(job, name, value)
    job.version += 1
    job.save()
    # Another place, column or item: what was read so far says nothing of it.
    SyncPosition.objects.filter(job=job).delete()
    capture.give_up(job)
    record(
        actor=by,
        action="catalog.sync_job.set_up",
        target=job,
        source=source.name,
        relation=relation,
        mapping=[f"{item} ← {column}" for item, column in job.mapping.items()],
        reading=asdict(reading),
    )
    return job
