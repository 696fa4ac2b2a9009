"""Looks at rows in quarantine that leave the portal: recorded before the first of them does."""

from django.db import transaction

from audit.services import record
from catalog.models import SyncJob
from catalog.sources.permissions import may_manage
from portal.organisation.models import User


@transaction.atomic
def note_download(*, job: SyncJob, column: str, code: str, rows: int, by: User) -> None:
    """Say who takes the masked rows away. Only the provider's stewards may."""
    may_manage(by, job.resource.department_id).enforce()
    record(
        actor=by,
        action="catalog.quarantine.download",
        target=job,
        column=column,
        rule=code,
        rows=rows,
    )
