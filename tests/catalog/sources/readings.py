"""A job in one mode or another, and what its runs leave in the store."""

from django.db import transaction

from catalog.models import JobMode
from catalog.sources.progress import Progress
from catalog.sources.transfer import transfer
from catalog.store.merge import Counts

from .running import held

MAPPING = {"code": "code", "name": "name", "parent_code": "parent_code"}


def job_of(business, resource, **fields):
    job = business.job(resource)
    for name, value in {
        "mode": JobMode.INCREMENTAL,
        "watermark_column": "changed",
        **fields,
    }.items():
        setattr(job, name, value)
    job.save()
    return job


def read(job) -> Counts:
    with transaction.atomic():
        return transfer(job=job, progress=Progress(1)).counts


def stored(job) -> dict[str, str]:
    return {code: name for code, name, _parent in held(job.resource)}
