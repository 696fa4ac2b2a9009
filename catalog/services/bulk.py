"""A file of entries: brought in, checked, applied as a whole, undone as a whole.

`work` is what a worker does, or the request itself for small files. It may be called any number of
times and beside itself: one lock an import, and a state that only the end of each transaction moves.
A worker that dies leaves a state that says it is under way and a lock that nobody holds; nothing of
its transaction is there. `left_behind` finds it, and the third attempt that broke off is the last.
"""

import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from typing import IO, Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone, translation

from audit.services import record
from catalog.bulk import container
from catalog.bulk.container import FileKind, Inspection
from catalog.bulk.problems import Unreadable
from catalog.models import BulkImport, ImportState
from catalog.models.bulk import UNDER_WAY
from catalog.parties import Party
from catalog.permissions import may_create
from catalog.services import bulk_work
from catalog.sources import lock
from portal.common.errors import DomainError, Invalid, NotFound, WrongState
from portal.common.text import Text
from portal.common.worded import gettext as _
from portal.common.worded import kept
from portal.organisation.models import User

logger = structlog.get_logger(__name__)

TASK = "catalog.work_on_import"
ROWS_IN_REQUEST = 500
MOST_ATTEMPTS = 3
LOST_AFTER = timedelta(minutes=2)


def receive(*, file: Any, items_file: Any = None, by: Party) -> BulkImport:
    """Keep the file and check it: at once when it is small, else by a worker.

    Raises Invalid for what is no file of entries at all; what is wrong inside is told afterwards.
    """
    may_create(by).enforce()
    kept, inspection = _looked_at(file, items_file)
    made = _keep(kept, name=str(file.name), inspection=inspection, by=by)
    return _go_on(made)


def check_again(*, bulk_import: BulkImport, by: Party) -> BulkImport:
    """Make the dry run once more, of the entries as they are now."""
    with transaction.atomic():
        held = _locked(bulk_import.pk)
        _check_steward(held, by)
        if held.state not in {ImportState.CHECKED, ImportState.FAILED, ImportState.UNDONE}:
            raise _wrong_state(held)
        held.problems, held.problem_count, held.failure = [], 0, ""
        held.applied_by = held.applied_at = held.undone_by = held.undone_at = None
        held.entries.all().delete()
        _set_out(held, ImportState.CHECKING)
        record(actor=by, action="catalog.import.check", target=held)
    return _go_on(held)


def apply(*, bulk_import: BulkImport, by: Party) -> BulkImport:
    """Write all entries of the file, or none. Refused while the dry run found problems."""
    with transaction.atomic():
        held = _locked(bulk_import.pk)
        person = _check_steward(held, by)
        if held.state != ImportState.CHECKED:
            raise _wrong_state(held)
        if held.problem_count:
            raise WrongState(_("The file has problems: mend them and bring it in again."))
        if not held.is_ready:
            raise WrongState(_("The file holds nothing new: there is nothing to apply."))
        bulk_work.check_versions(held)
        held.applied_by = person
        _set_out(held, ImportState.APPLYING)
    return _go_on(held)


def undo(*, bulk_import: BulkImport, by: Party) -> BulkImport:
    """Make everything what it was before the import; refused when an entry has changed since."""
    with transaction.atomic():
        held = _locked(bulk_import.pk)
        person = _check_steward(held, by)
        if held.state != ImportState.APPLIED:
            raise _wrong_state(held)
        bulk_work.check_untouched(held)
        held.undone_by = person
        _set_out(held, ImportState.UNDOING)
    return _go_on(held)


def work(*, import_id: int) -> None:
    """Do what the state of the import asks for; nothing when nobody waits, or another one is at it."""
    with lock.held(import_id, kind=lock.IMPORTS) as is_ours:
        if not is_ours:
            return
        begun = _begin(import_id)
        if begun is None:
            return
        with translation.override(begun.language):
            try:
                _WORK[ImportState(begun.state)](begun)
            except (DomainError, Unreadable) as refusal:
                _fail(begun, refusal)


@transaction.atomic
def left_behind(*, now: datetime, lost_after: timedelta = LOST_AFTER) -> list[int]:
    """Imports whose message was lost or whose worker died, marked as sent now."""
    found = list(
        BulkImport.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state__in=UNDER_WAY, sent_at__lte=now - lost_after)
        .exclude(pk__in=lock.held_now(kind=lock.IMPORTS))
        .values_list("pk", flat=True)
    )
    BulkImport.objects.filter(pk__in=found).update(sent_at=now)
    return found


def most_bytes() -> int:
    return int(getattr(settings, "CATALOGUE_IMPORT_MOST_BYTES", container.MOST_BYTES))


def _looked_at(file: Any, items_file: Any) -> tuple[IO[bytes], Inspection]:
    """The file to keep and what it is; two CSV files become one archive."""
    for one in filter(None, (file, items_file)):
        if one.size > most_bytes():
            words = _("The file has %(size)s MB; at most %(most)s MB are taken: divide it.") % {
                "size": one.size // 2**20,
                "most": most_bytes() // 2**20,
            }
            raise Invalid(words, fields={"file": [words]})
    try:
        inspection = _inspected(file)
        if items_file is None:
            return file, inspection
        of_items = _inspected(items_file)
    except Unreadable as wrong:
        raise Invalid(wrong.message, fields={"file": [wrong.message]}) from wrong
    if {inspection.kind, of_items.kind} != {FileKind.CSV}:
        words = _("A second file goes with CSV only: entries.csv and items.csv.")
        raise Invalid(words, fields={"items_file": [words]})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in (("entries.csv", file), ("items.csv", items_file)):
            one.seek(0)
            archive.writestr(name, one.read())
    return packed, Inspection(FileKind.CSV_PAIR, inspection.rows + of_items.rows)


def _inspected(file: Any) -> Inspection:
    return container.inspect(file, name=str(file.name), size=file.size, count_to=ROWS_IN_REQUEST)


@transaction.atomic
def _keep(kept: IO[bytes], *, name: str, inspection: Inspection, by: Party) -> BulkImport:
    if not isinstance(by, User):
        raise TypeError("only people are stewards")
    digest = hashlib.sha256()
    kept.seek(0)
    size = 0
    while block := kept.read(container.CHUNK):
        digest.update(block)
        size += len(block)
    kept.seek(0)
    made = BulkImport(
        department=by.department,
        by=by,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        file_name="".join(one for one in name if one.isprintable())[-200:],
        file_size=size,
        file_kind=inspection.kind,
        sha256=digest.hexdigest(),
        is_large=inspection.rows > ROWS_IN_REQUEST,
    )
    stored = kept if isinstance(kept, File) else ContentFile(kept.read())
    made.file.save(f"file.{inspection.kind}", stored, save=False)
    made.save()
    record(
        actor=by,
        action="catalog.import.receive",
        target=made,
        sha256=made.sha256,
        size=made.file_size,
    )
    if made.is_large:
        _send(made.pk)
    return made


def _set_out(held: BulkImport, state: ImportState) -> None:
    held.state, held.attempt, held.sent_at = state, 0, timezone.now()
    held.save()
    if held.is_large:
        _send(held.pk)


def _send(import_id: int) -> None:
    def send() -> None:
        current_app.send_task(TASK, args=[import_id])

    # A broker that is away must not fail what is committed: the sweep sends it again.
    transaction.on_commit(send, robust=True)


def _go_on(bulk_import: BulkImport) -> BulkImport:
    """Carry a small one out here and now; a large one is on its way to a worker."""
    if not bulk_import.is_large:
        work(import_id=bulk_import.pk)
        bulk_import.refresh_from_db()
    return bulk_import


def _locked(import_id: int) -> BulkImport:
    return (
        BulkImport.objects.select_for_update(of=("self",))
        .select_related("department", "by__department", "applied_by__department")
        .get(pk=import_id)
    )


def _check_steward(held: BulkImport, by: Party) -> User:
    may_create(by).enforce()
    if not isinstance(by, User) or by.department_id != held.department_id:
        raise NotFound(_("There is no such import."))
    return by


def _wrong_state(held: BulkImport) -> WrongState:
    return WrongState(
        _('This is not possible now: the import is in the state "%(state)s".')
        % {"state": held.get_state_display()}
    )


@transaction.atomic
def _begin(import_id: int) -> BulkImport | None:
    held = _locked(import_id)
    if held.state not in UNDER_WAY:
        return None
    if held.attempt >= MOST_ATTEMPTS:
        with translation.override(held.language):
            _end_as_failed(held, _("The work broke off several times. Nothing was written."))
        return None
    held.attempt += 1
    held.save(update_fields=["attempt"])
    return held


@transaction.atomic
def _fail(begun: BulkImport, refusal: DomainError | Unreadable) -> None:
    """Keep the reason. A dry run that cannot read the file has that as its one problem."""
    held = _locked(begun.pk)
    if isinstance(refusal, Unreadable) and held.state == ImportState.CHECKING:
        held.problem_count = 1
        held.problems = [
            {
                "sheet": held.file_name,
                "row": 0,
                "column": "",
                "header": "",
                "value": "",
                "message": kept(refusal.message),
            }
        ]
        held.state = ImportState.CHECKED
        held.checked_at = timezone.now()
        held.save()
        return
    _end_as_failed(held, refusal.message)


def _end_as_failed(held: BulkImport, words: Text) -> None:
    """What could not be undone is still applied; what could not be applied has failed."""
    before = held.state
    was_undoing = before == ImportState.UNDOING
    held.state = ImportState.APPLIED if was_undoing else ImportState.FAILED
    held.failure = kept(words)
    held.undone_by = None
    held.save()
    record(
        actor=None,
        action="catalog.import.fail",
        target=held,
        result="failed",
        before=before,
        reason=str(words),
    )
    logger.info("import_failed", bulk_import=held.pk, state=before)


_WORK = {
    ImportState.CHECKING: bulk_work.check,
    ImportState.APPLYING: bulk_work.apply,
    ImportState.UNDOING: bulk_work.undo,
}
