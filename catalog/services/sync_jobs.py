"""Sync jobs: which relation of which source fills a resource, and when."""

import json
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from audit.services import record
from catalog.models import Resource, Source, SyncJob
from catalog.sources import mapping as mappings
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.permissions import may_set_up
from catalog.sources.schedule import Rhythm, Schedule, schedule_of
from catalog.sources.words import explain
from catalog.store.errors import StoreRefusal
from catalog.store.tables import table_of
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import User

SCHEDULED = "catalog.start_scheduled_run"
FIELDS = {"relation_missing": "relation", "permission_denied": "relation", "no_key": "mapping"}
MAPPING_CODES = {"item_unmapped", "column_missing", "column_unfit"}


def set_up_job(
    *,
    resource: Resource,
    source: Source,
    relation: str,
    mapping: Mapping[str, str],
    version: int,
    by: User,
) -> SyncJob:
    """Say how the resource's rows come in, checked against the live source.

    `mapping` names a column of the source for the column of every data item. `version` is the one
    that was shown, 0 when there was no job yet. What the source's columns are now is accepted; a
    run stops when they change. The source is asked before the transaction begins.
    """
    may_set_up(by, resource).enforce()
    if source.department_id != resource.department_id:
        words = _("The source belongs to another department.")
        raise Invalid(_("The input has errors."), fields={"source": [str(words)]})
    types = _accepted(resource, source, relation, mapping)
    return _write(resource, source, relation, mapping, types, version=version, by=by)


def _accepted(
    resource: Resource, source: Source, relation: str, mapping: Mapping[str, str]
) -> dict[str, str]:
    try:
        table = table_of(resource)
        with connect(source) as connector:
            selected = mappings.select(table, mapping, connector.columns(relation))
    except (SourceFailure, StoreRefusal) as failure:
        words = explain(failure.code, failure.data)
        field = "mapping" if failure.code in MAPPING_CODES else FIELDS.get(failure.code, "source")
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
    job.version += 1
    job.save()
    record(
        actor=by,
        action="catalog.sync_job.set_up",
        target=job,
        source=source.name,
        relation=relation,
        mapping=[f"{item} ← {column}" for item, column in job.mapping.items()],
    )
    return job


@transaction.atomic
def set_schedule(*, job: SyncJob, schedule: Schedule, by: User) -> SyncJob:
    """Let the job run by itself in this rhythm, or no longer."""
    may_set_up(by, job.resource).enforce()
    job = SyncJob.objects.select_for_update(of=("self",)).get(pk=job.pk)
    before = schedule_of(job.schedule).facts
    if schedule.rhythm is Rhythm.OFF:
        _remove_task(job)
    else:
        _put_task(job, schedule)
    record(
        actor=by,
        action="catalog.sync_job.schedule",
        target=job,
        before=before,
        after=schedule.facts,
    )
    return job


def _put_task(job: SyncJob, schedule: Schedule) -> None:
    crontab, _created = CrontabSchedule.objects.get_or_create(**schedule.crontab)
    values = {
        "task": SCHEDULED,
        "args": json.dumps([job.pk]),
        "crontab": crontab,
        "enabled": True,
    }
    task = job.schedule
    if task is None:
        task = PeriodicTask(name=f"{SCHEDULED} {job.pk}")
    for name, value in values.items():
        setattr(task, name, value)
    task.save()
    if job.schedule_id is None:
        job.schedule = task
        job.save(update_fields=["schedule"])


def _remove_task(job: SyncJob) -> None:
    task = job.schedule
    if task is None:
        return
    job.schedule = None
    job.save(update_fields=["schedule"])
    task.delete()
