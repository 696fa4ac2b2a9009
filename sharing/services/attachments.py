"""Files that go with a request: added and taken off while it is the applicant's."""

from typing import IO

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

import audit.services
from portal.common import uploads
from portal.common.errors import NotFound, WrongState
from portal.organisation.models import User
from sharing import permissions
from sharing.models import RequestAttachment, SharingRequest
from sharing.models.attachment import stored_as
from sharing.workflow import Move, can, check_version, locked

MOST = 10
KINDS = frozenset({"pdf", "ofd", "docx", "xlsx", "png", "jpg", "txt"})


@transaction.atomic
def attach(
    *,
    request: SharingRequest,
    name: str,
    file: IO[bytes],
    size: int,
    version: int | None = None,
    by: User,
) -> RequestAttachment:
    """Keep a file with the draft. Raises Invalid at `file` for one that is not taken."""
    held = locked(request.pk)
    permissions.may_change(by, held).enforce()
    check_version(held, version)
    _check_open(held)
    name = uploads.plain_name(name)
    uploads.check_size(size, most=settings.ATTACHMENT_MOST_BYTES)
    if held.attachments.count() >= MOST:
        words = _("At most %(most)s files go with a request.") % {"most": MOST}
        raise uploads.refused(words)
    media_type = uploads.media_type_of(name, file, among=KINDS)
    passed = uploads.passed(file)
    if held.attachments.filter(sha256=passed.sha256).exists():
        raise uploads.refused(_("This file is attached already."))
    kept = RequestAttachment(
        request=held,
        name=name,
        media_type=media_type,
        size=size,
        sha256=passed.sha256,
        is_scanned=passed.is_scanned,
        by=by,
    )
    # The bytes first: a row never points at a file that is not there. What a broken transaction
    # leaves is found by its name, the hash, and written over when the file comes again.
    kept.file.storage.delete(stored_as(kept, ""))
    kept.file.save("", File(file), save=True)
    audit.services.record(
        actor=by,
        action="sharing.request.attach",
        target=held,
        name=name,
        size=size,
        sha256=passed.sha256,
        scanned=kept.is_scanned,
    )
    return kept


@transaction.atomic
def detach(
    *, request: SharingRequest, attachment: int, version: int | None = None, by: User
) -> None:
    """Take a file off the draft; its bytes go when that is certain."""
    held = locked(request.pk)
    permissions.may_change(by, held).enforce()
    check_version(held, version)
    _check_open(held)
    found = held.attachments.filter(pk=attachment).first()
    if found is None:
        raise NotFound(_("There is no such file with this request."))
    storage, place = found.file.storage, stored_as(found, "")
    audit.services.record(
        actor=by,
        action="sharing.request.detach",
        target=held,
        name=found.name,
        sha256=found.sha256,
    )
    found.delete()
    transaction.on_commit(lambda: storage.delete(place), robust=True)


def _check_open(held: SharingRequest) -> None:
    if not can(held.state, Move.SUBMIT):
        raise WrongState(_("The request is under way and cannot be changed."))
