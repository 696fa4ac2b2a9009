"""Files that a resource shares as they are: versions added, withdrawn, given back to their provider."""

from typing import IO

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import Resource, SharedFile, SharedFileVersion
from catalog.models.shared_file import stored_as
from catalog.sources.permissions import may_manage, may_set_up
from portal.common import uploads
from portal.common.errors import Invalid, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import User

LONGEST_WORDS = 300
MOST_FILES = 1_000  # of one resource: a page shows them all


@transaction.atomic
def add_version(
    *, resource: Resource, name: str, file: IO[bytes], size: int, note: str, by: User
) -> SharedFileVersion:
    """Keep the bytes as the newest version of the file of that name, a new file or one there is.

    Who takes files under an agreement gets this version from now on; the ones before stay to be had by
    their number. Raises Invalid at `file` or `note`, ScanFailed; nothing is changed then.
    """
    held = Resource.objects.select_for_update(of=("self",), no_key=True).get(pk=resource.pk)
    may_set_up(by, held).enforce()
    name = uploads.plain_name(name)
    note = _said(note, "note")
    uploads.check_size(size, most=settings.SHARED_FILE_MOST_BYTES)
    shared = SharedFile.objects.filter(resource=held, name=name).first()
    newest = None if shared is None else shared.versions.first()
    if shared is None and held.shared_files.count() >= MOST_FILES:
        words = _("A resource shares at most %(most)s files.") % {"most": MOST_FILES}
        raise uploads.refused(words)
    media_type = uploads.media_type_of(name, file)
    passed = uploads.passed(file)
    if shared is None:
        shared = SharedFile.objects.create(resource=held, name=name)
    elif newest is not None and newest.sha256 == passed.sha256 and shared.withdrawn_at is None:
        words = _("These are the bytes of version %(number)s: there is nothing new to keep.")
        raise uploads.refused(words % {"number": newest.number})
    elif shared.withdrawn_at is not None:
        shared.withdrawn_at, shared.withdrawal_reason = None, ""
        shared.save(update_fields=["withdrawn_at", "withdrawal_reason"])
    kept = SharedFileVersion(
        file=shared,
        number=1 if newest is None else newest.number + 1,
        media_type=media_type,
        size=size,
        sha256=passed.sha256,
        note=note,
        is_scanned=passed.is_scanned,
        by=by,
    )
    _keep(kept, file)
    record(
        actor=by,
        action="catalog.file.add",
        target=held,
        name=name,
        number=kept.number,
        size=size,
        sha256=passed.sha256,
        scanned=kept.is_scanned,
    )
    return kept


@transaction.atomic
def withdraw(*, shared: SharedFile, reason: str, by: User) -> SharedFile:
    """Give the file to nobody any more, in no version; a download under way is cut."""
    held = (
        SharedFile.objects.select_for_update(of=("self",))
        .select_related("resource")
        .get(pk=shared.pk)
    )
    may_manage(by, held.resource.department_id).enforce()
    why = _said(reason, "reason")
    if not why:
        words = [_("Say why: who took the file may ask.")]
        raise Invalid(_("The input has errors."), fields={"reason": words})
    if held.withdrawn_at is not None:
        raise WrongState(_("The file has been withdrawn already."))
    held.withdrawn_at, held.withdrawal_reason = timezone.now(), why
    held.save(update_fields=["withdrawn_at", "withdrawal_reason"])
    record(
        actor=by, action="catalog.file.withdraw", target=held.resource, name=held.name, reason=why
    )
    return held


@transaction.atomic
def look(*, version: SharedFileVersion, by: User) -> SharedFileVersion:
    """A steward takes what their own department shares; it is recorded like every look at data."""
    resource = version.file.resource
    may_manage(by, resource.department_id).enforce()
    record(
        actor=by,
        action="catalog.file.look",
        target=resource,
        name=version.file.name,
        number=version.number,
    )
    return version


def _keep(kept: SharedFileVersion, file: IO[bytes]) -> None:
    """The bytes first: a row never points at a file that is not there.

    They are named by their sum, so bytes that were shared before lie there already and are left alone.
    What a transaction leaves that broke is written over when the same bytes come again.
    """
    storage, place = kept.content.storage, stored_as(kept, "")
    others = SharedFileVersion.objects.filter(content=place)
    if others.exists() and storage.exists(place):
        kept.content.name = place
        kept.save()
        return
    storage.delete(place)
    kept.content.save("", File(file), save=True)


def _said(words: str, field: str) -> str:
    words = words.strip()
    if len(words) > LONGEST_WORDS or fault_of(words, of_one_line=True):
        told = [_("At most %(most)s plain characters in one line.") % {"most": LONGEST_WORDS}]
        raise Invalid(_("The input has errors."), fields={field: told})
    return words
