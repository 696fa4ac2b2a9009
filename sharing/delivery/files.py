"""Files that a resource shares as they are, given under an agreement on file download.

No mask and no row scope can hold in a document or a picture: a file is given only under an agreement on
all items of the resource, in full.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from catalog.models import SharedFileVersion, SharingMode
from catalog.selectors.shared_files import given_of
from portal.common.decisions import ALLOWED, Decision, denied
from portal.common.errors import DomainError, NotAllowed, NotFound
from portal.organisation.models import InformationSystem, User
from sharing.models import Agreement, PullKind

from .kept_files import FileStream, KeptFile, part_of
from .pulls import begin, noted

Party = User | InformationSystem


class GoneError(DomainError):
    """The storage has lost what it kept: nobody but the portal's operators can mend that."""

    code = "file_gone"
    status = 503


def lets_files_out(agreement: Agreement) -> Decision:
    """Whether the terms are such that files may be given; who asks is another question."""
    if agreement.sharing_mode != SharingMode.FILE:
        return denied(_("The agreement is not for the download of files."))
    agreed = agreement.agreed_items.count()
    is_whole = agreed == agreement.resource.items.count()
    if agreement.row_filter or agreement.masks or not is_whole:
        return denied(
            _(
                "The agreement is on a part of the rows or items, or on masked ones. A file cannot be"
                " cut or masked: agree on all items in full."
            )
        )
    return ALLOWED


def shown(agreement: Agreement) -> Sequence[SharedFileVersion] | None:
    """What a page of the agreement lists for its parties; None where no file can be given."""
    if not lets_files_out(agreement):
        return None
    return list(given_of(agreement.resource_id))


def listed(*, number: str, party: Party) -> Sequence[SharedFileVersion]:
    """Every version that can be taken, by name, the newest of each first; noted as a call."""
    call = begin(number=number, party=party, kind=PullKind.FILE, query="list")
    with noted(call):
        _check(call.agreement)
        return list(given_of(call.agreement.resource_id))


def file_of(
    *,
    number: str,
    party: Party,
    name: str,
    version: int | None = None,
    range: str = "",
    if_range: str = "",
) -> FileStream:
    """The newest version of the file or the one asked for, or the part of it that `range` asks for.

    Raises NotFound, NotAllowed, RangeError, QuotaError or GoneError, each noted. The end of the
    agreement, and a file that is withdrawn, cut what is under way.
    """
    query = " ".join(str(told) for told in (name, version or "", range) if told)
    call = begin(number=number, party=party, kind=PullKind.FILE, query=query)
    try:
        _check(call.agreement)
        given = given_of(call.agreement.resource_id).filter(file__name=name)
        found = (given if version is None else given.filter(number=version)).first()
        if found is None:
            raise NotFound(_("The resource shares no such file, or no such version of it."))
        if not found.content.storage.exists(found.content.name or ""):
            raise GoneError(_("The bytes of this file are not where they were kept."))
        file = _kept_file(found, call.agreement, party)
        part = part_of(file, range, if_range)
        call.items = [found.file.name]
        call.take(0, is_export=True)
    except DomainError as refusal:
        call.deny(refusal)
        raise
    return FileStream(call, file, part)


def _check(agreement: Agreement) -> None:
    decision = lets_files_out(agreement)
    if not decision:
        raise NotAllowed(decision.reason, code="no_files")


def _kept_file(found: SharedFileVersion, agreement: Agreement, party: Party) -> KeptFile:
    def is_given() -> bool:
        now = Agreement.objects.permitted(party).filter(pk=agreement.pk).first()
        return (
            now is not None
            and now.is_active
            and bool(lets_files_out(now))
            and given_of(now.resource_id).filter(pk=found.pk).exists()
        )

    return KeptFile(
        storage=found.content.storage,
        place=found.content.name or "",
        bytes=found.size,
        rows=0,
        sha256=found.sha256,
        content_type=found.media_type,
        filename=found.file.name,
        is_given=is_given,
    )
