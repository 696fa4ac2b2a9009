"""Files that stewards upload to a source: checked, kept, and read by a run of every job."""

from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import Source, SourceKind, SourceUpload, SyncJob
from catalog.models.source import LIVE
from catalog.models.source_file import stored_as
from catalog.services.run_queue import start_run
from catalog.sources.failures import SourceFailure
from catalog.sources.files.glimpse import EndOfGlimpse, glimpse_of
from catalog.sources.files.layout import layout_of
from catalog.sources.files.reading import reader_for
from catalog.sources.permissions import may_manage
from catalog.sources.words import explain
from portal.common import uploads
from portal.common.errors import WrongState
from portal.organisation.models import User


@transaction.atomic
def upload_file(*, source: Source, name: str, file: IO[bytes], size: int, by: User) -> SourceUpload:
    """Keep the file in place of the one before, and start the jobs that read this source.

    Raises Invalid at `file` for one that is not as the source declares it: the one before stays.
    A job with a run under way is not started again.
    """
    may_manage(by, source.department_id).enforce()
    source = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if source.kind != SourceKind.UPLOAD:
        raise WrongState(_("The portal fetches the file of this source itself."))
    name = uploads.plain_name(name)
    _check(source, file, size)
    passed = uploads.passed(file)
    before = list(source.uploads.exclude(file=""))
    kept = SourceUpload(
        source=source,
        name=name,
        size=size,
        sha256=passed.sha256,
        is_scanned=passed.is_scanned,
        by=by,
    )
    # The bytes first: a row never points at a file that is not there. What a broken transaction
    # leaves is found by its name, the hash, and written over when the file comes again.
    kept.file.storage.delete(stored_as(kept, ""))
    kept.file.save("", File(file), save=True)
    _forget(before, kept)
    # What the last test found, it found of the file before.
    source.tested_at, source.test_failure, source.test_failure_data = None, "", {}
    source.save(update_fields=["tested_at", "test_failure", "test_failure_data"])
    record(
        actor=by,
        action="catalog.source.upload",
        target=source,
        name=name,
        size=size,
        sha256=passed.sha256,
        scanned=kept.is_scanned,
    )
    for job in SyncJob.objects.filter(source=source).exclude(runs__state__in=LIVE):
        start_run(job=job, by=by)
    return kept


def _check(source: Source, file: IO[bytes], size: int) -> None:
    if size > settings.SOURCE_FILE_MOST_BYTES:
        words = explain("file_too_large", {"most": settings.SOURCE_FILE_MOST_BYTES})
        raise uploads.refused(f"{words.what} {words.to_do}")
    file.seek(0)
    try:
        glimpse = glimpse_of(file, most=settings.SOURCE_LOOK_MOST_BYTES)
        reader = reader_for(glimpse, layout_of(source.settings))
        reader.columns(reader.parts()[0])
    except EndOfGlimpse:
        # Its structure lies too far inside: the run looks at all of it.
        return
    except SourceFailure as failure:
        words = explain(failure.code, failure.data)
        raise uploads.refused(f"{words.what} {words.to_do}") from None
    finally:
        file.seek(0)


def _forget(before: list[SourceUpload], kept: SourceUpload) -> None:
    """The bytes of the files before go, when it is certain that the new one is there."""
    storage = kept.file.storage
    for one in before:
        gone = one.file.name or ""
        one.file = ""
        one.save(update_fields=["file"])
        if gone != kept.file.name:
            _delete_on_commit(storage, gone)


def _delete_on_commit(storage: Storage, name: str) -> None:
    transaction.on_commit(lambda: storage.delete(name), robust=True)
