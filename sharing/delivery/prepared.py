"""Exports made once by a worker and given as a file as often as they are asked for.

A file is offered when it is whole, and by its database row alone: a worker that dies leaves a row that
another worker takes up, and nothing to download. It is given while the agreement is active under
the terms that it was made for; `downloads` asks that of the query, not of the file.
"""

import hashlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, BinaryIO

import psycopg
import structlog
from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from portal.common.errors import DomainError
from portal.organisation.models import InformationSystem, User
from sharing import outlet, permissions
from sharing.deadlines import today
from sharing.models import UNDER_WAY, Agreement, PreparedExport, PreparedState, PullKind
from sharing.terms import canonical

from . import asking
from .asking import Given
from .formats import FORMATS, Format, Options, Work
from .pulls import begin

logger = structlog.get_logger(__name__)
TASK = "sharing.prepare_export"
MOST_UNDER_WAY = 5
MOST_ATTEMPTS = 3
SILENT = timedelta(minutes=5)
LEFT_WAITING = timedelta(minutes=1)
NOTED_EVERY = 1.0  # seconds
BATCH = 200


class LostError(Exception):
    """Another worker has taken the export over: this one stops, and finishes nothing."""


def storage() -> Storage:
    return storages["prepared"]


def ask(
    *,
    number: str,
    party: User | InformationSystem,
    format: Format,
    asked: Mapping[str, Sequence[str]],
    document: object = None,
) -> tuple[PreparedExport, bool]:
    """The export that answers this, and whether it is new; asked again, it is the one there is.

    A new one is made when the rows, the terms or the question are others. Raises NotFound,
    NotAllowed or Invalid, each noted as a denied pull; DomainError when too many are under way.
    """
    given = Given(asked, document)
    call = begin(number=number, party=party, kind=PullKind.PREPARED, query=given.told())
    try:
        columns = outlet.columns_of(call.agreement)
        read = asking.read(columns, given, reserved=format.parameters)
        options = format.options(given.parameters)
        question = {**read.document(), **(options.document() if format.parameters else {})}
        return _asked(call.agreement, party, format, question)
    except DomainError as refusal:
        call.deny(refusal)
        raise


@transaction.atomic
def _asked(
    agreement: Agreement,
    party: User | InformationSystem,
    format: Format,
    question: dict[str, Any],
) -> tuple[PreparedExport, bool]:
    held = _held(agreement.pk)
    if held.resource.rows_changed_at is None:
        raise DomainError(_("The resource has no rows yet."), code="no_rows")
    said = {**question, "format": format.extension, "version": held.version_in_force_id}
    digest = hashlib.sha256(canonical(said)).hexdigest()
    live = PreparedExport.objects.filter(
        agreement=held,
        question_hash=digest,
        rows_of=held.resource.rows_changed_at,
        state__in=(*UNDER_WAY, PreparedState.READY),
    )
    found = live.exclude(state=PreparedState.READY, expires_at__lte=timezone.now()).first()
    if found is not None:
        return found, False
    for over in live:  # its time is over, and the sweep has not come by yet
        _drop(over.file)
        _removed(over)
    if PreparedExport.objects.filter(agreement=held, state__in=UNDER_WAY).count() >= MOST_UNDER_WAY:
        words = _("%(most)s exports are being prepared already. Wait until one is ready.")
        raise DomainError(words % {"most": MOST_UNDER_WAY}, code="too_many_exports", retry_after=60)
    made = PreparedExport.objects.create(
        agreement=held,
        version=held.version_in_force,
        format=format.extension,
        question=question,
        question_hash=digest,
        rows_of=held.resource.rows_changed_at,
        expected=held.resource.row_count or 0,
        asked_by=party.name,
        noted_at=timezone.now(),
    )
    _record("ask", made, by=party)
    _send(made.pk)
    return made, True


def prepare(*, export_id: int) -> bool:
    """Make the file; whether this call did. May run twice: the second finds nothing to do."""
    export = _claimed(export_id)
    if export is None:
        return False
    try:
        with tempfile.TemporaryFile() as file:  # without a name: it goes with its process
            work, digest, size = _written(export, file)
            file.seek(0)
            storage().save(export.file, File(file))
        _finish(export, rows=work.rows, digest=digest, size=size)
    except LostError:
        _drop(export.file)
        return False
    except (psycopg.Error, DomainError, OSError, BotoCoreError, ClientError) as broken:
        _drop(export.file)
        logger.warning("export_not_prepared", export=str(export.number), error=str(broken))
        _give_up(export, broken)
        return False
    return True


def sweep() -> None:
    """Send again what a dead worker left, and remove files whose time or agreement is over."""
    now = timezone.now()
    silent = Q(state=PreparedState.RUNNING, noted_at__lt=now - SILENT)
    silent |= Q(state=PreparedState.WAITING, noted_at__lt=now - LEFT_WAITING)
    for pk in PreparedExport.objects.filter(silent).values_list("pk", flat=True)[:BATCH]:
        _send(pk)
    over = Q(expires_at__lt=now) | Q(agreement__state__in=("terminated", "expired"))
    files = PreparedExport.objects.filter(over, state=PreparedState.READY)
    for pk in files.values_list("pk", flat=True)[:BATCH]:
        with transaction.atomic():
            one = PreparedExport.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            # The file first: who is killed in between leaves an export that the next round removes.
            if one is not None and one.state == PreparedState.READY and _drop(one.file):
                _removed(one)


@transaction.atomic
def _claimed(export_id: int) -> PreparedExport | None:
    """The export, when it waits for a worker or its worker has been silent for long."""
    export = PreparedExport.objects.select_for_update(of=("self",)).get(pk=export_id)
    now = timezone.now()
    is_left = export.noted_at is None or export.noted_at < now - SILENT
    if export.state != PreparedState.WAITING and not (
        export.state == PreparedState.RUNNING and is_left
    ):
        return None
    if export.file:
        # Before the row names another: what nobody names nobody would remove.
        _drop(export.file)
    if export.attempt >= MOST_ATTEMPTS:
        _failed(export, _("The work broke off three times."))
        return None
    export.state = PreparedState.RUNNING
    export.attempt += 1
    export.noted_at = now
    export.rows = export.bytes = 0
    number = export.agreement.number
    export.file = f"{number}/{export.number}-{export.attempt}.{export.format}"
    export.save()
    return export


def _written(export: PreparedExport, file: BinaryIO) -> tuple[Work, str, int]:
    """The rows, of one snapshot, in the file: what was done, SHA-256 and bytes.

    A sync writes rows and their moment in one transaction: the moment being the same before and
    after the query began, the rows are of that moment.
    """
    format = FORMATS[export.format]
    for _try in range(MOST_ATTEMPTS):
        agreement = _drawable(export)
        work = Work(agreement, *question_of(export, agreement))
        pieces = format.pieces(work)
        try:
            next(pieces)
            if _take_moment(export, agreement):
                return work, *_copied(export, work, pieces, file)
        finally:
            pieces.close()
    raise DomainError(_("The rows changed again and again meanwhile: ask again."), code="changing")


def _copied(export: PreparedExport, work: Work, pieces: Any, file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    noted = time.monotonic()
    for piece in pieces:
        digest.update(piece)
        size += file.write(piece)
        if time.monotonic() - noted >= NOTED_EVERY:
            _note(export, work.rows, size)
            noted = time.monotonic()
    _note(export, work.rows, size)
    return digest.hexdigest(), size


def _take_moment(export: PreparedExport, before: Agreement) -> bool:
    """Whether the rows are of one known moment; the export is then said to be of that."""
    now = Agreement.objects.select_related("resource").get(pk=before.pk)
    moment = now.resource.rows_changed_at
    if moment is None or moment != before.resource.rows_changed_at:
        return False
    export.snapshot_at = timezone.now()
    try:
        with transaction.atomic():
            PreparedExport.objects.filter(pk=export.pk, attempt=export.attempt).update(
                rows_of=moment,
                snapshot_at=export.snapshot_at,
                expected=now.resource.row_count or 0,
            )
    except IntegrityError as other:
        words = _("The rows changed meanwhile, and the same export of the new ones is there.")
        raise DomainError(words, code="superseded") from other
    return True


def _note(export: PreparedExport, rows: int, size: int) -> None:
    mine = PreparedExport.objects.filter(
        pk=export.pk, attempt=export.attempt, state=PreparedState.RUNNING
    )
    if not mine.update(rows=rows, bytes=size, noted_at=timezone.now()):
        raise LostError


@transaction.atomic
def _finish(export: PreparedExport, *, rows: int, digest: str, size: int) -> None:
    """Offer the file, unless the agreement has ended meanwhile or another worker is at it."""
    _drawable(export, held=_held(export.agreement_id))
    mine = _mine(export)
    now = timezone.now()
    mine.state = PreparedState.READY
    mine.rows, mine.bytes, mine.sha256 = rows, size, digest
    mine.finished_at, mine.noted_at = now, now
    mine.expires_at = now + timedelta(days=settings.PREPARED_KEPT_DAYS)
    mine.save()
    _record("finish", mine, by=None)


@transaction.atomic
def _give_up(export: PreparedExport, broken: Exception) -> None:
    """Failed for good by what no second try mends; else left for the sweep to send again."""
    try:
        mine = _mine(export)
    except LostError:
        return
    if isinstance(broken, DomainError):
        _failed(mine, str(broken.message))
        return
    ended = permissions.why_ended(Agreement.objects.get(pk=export.agreement_id))
    if ended is not None:
        _failed(mine, str(ended.reason))
    elif isinstance(broken, psycopg.DataError | psycopg.errors.QueryCanceled):
        _failed(mine, _("The export took too long, or has values that its format cannot hold."))
    else:
        mine.state = PreparedState.WAITING
        mine.save(update_fields=["state"])


def _mine(export: PreparedExport) -> PreparedExport:
    """The row, locked, if this worker still is the one at work; raises LostError."""
    mine = (
        PreparedExport.objects.select_for_update(of=("self",))
        .filter(pk=export.pk, attempt=export.attempt, state=PreparedState.RUNNING)
        .first()
    )
    if mine is None:
        raise LostError
    return mine


def _failed(export: PreparedExport, reason: str) -> None:
    export.state = PreparedState.FAILED
    export.reason = reason[:300]
    export.finished_at = timezone.now()
    export.save()
    _record("fail", export, by=None)


def _removed(export: PreparedExport) -> None:
    export.state = PreparedState.EXPIRED
    export.save(update_fields=["state"])
    _record("remove", export, by=None)


def _drawable(export: PreparedExport, held: Agreement | None = None) -> Agreement:
    """The agreement, if rows may leave under it, and its terms are those asked under."""
    agreement = held or Agreement.objects.select_related("resource").get(pk=export.agreement_id)
    ended = permissions.why_ended(agreement)
    if ended is not None:
        raise DomainError(ended.reason, code="ended")
    if agreement.version_in_force_id != export.version_id or agreement.verification_only:
        raise DomainError(_("Other terms are in force now: ask again."), code="other_terms")
    return agreement


def question_of(export: PreparedExport, agreement: Agreement) -> tuple[asking.Asked, Options]:
    """What the export was asked for, read anew; raises Invalid when it cannot be asked any more."""
    said = export.question
    given = Given({"fields": [",".join(said["fields"])]}, said["filter"])
    asked = asking.read(outlet.columns_of(agreement), given, reserved=frozenset())
    names = Options().document()
    return asked, Options(**{name: said[name] for name in names if name in said})


def _held(agreement_id: int) -> Agreement:
    held: Agreement = (
        Agreement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("resource", "version_in_force")
        .get(pk=agreement_id)
    )
    if held.ends_on < today():
        raise DomainError(_("The agreement has ended."), code="ended")
    return held


def _record(act: str, export: PreparedExport, *, by: User | InformationSystem | None) -> None:
    audit.services.record(
        actor=by,
        action=f"sharing.export.{act}",
        target=export.agreement,
        export=str(export.number),
        format=export.format,
        question=export.question_hash,
        rows=export.rows,
        bytes=export.bytes,
        sha256=export.sha256,
        reason=export.reason,
    )


def _drop(name: str) -> bool:
    """Whether a file that is not offered is gone; one left behind by a storage that is away is logged."""
    try:
        storage().delete(name)
    except (OSError, BotoCoreError, ClientError) as away:
        logger.warning("export_file_left_behind", file=name, error=str(away))
        return False
    return True


def _send(export_id: int) -> None:
    def send() -> None:
        current_app.send_task(TASK, args=[export_id])

    transaction.on_commit(send, robust=True)
