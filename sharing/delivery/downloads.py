"""Prepared exports given as files: whole, a range, or the rest of one that broke off."""

from uuid import UUID

from django.utils.translation import gettext as _

from portal.common.errors import DomainError, NotFound
from portal.organisation.models import InformationSystem, User
from sharing.models import PreparedExport, PullKind

from .formats import FORMATS
from .kept_files import FileStream, KeptFile, part_of
from .prepared import question_of, storage
from .pulls import begin


def file_of(
    *,
    number: str,
    party: User | InformationSystem,
    export: UUID,
    range: str = "",
    if_range: str = "",
) -> FileStream:
    """The file, or the part that `range` asks for; raises NotFound, NotAllowed, QuotaError, noted."""
    call = begin(
        number=number, party=party, kind=PullKind.PREPARED, query=f"export={export} {range}"
    )
    try:
        ready = PreparedExport.objects.ready_for(party).select_related("agreement__resource")
        found = ready.filter(agreement=call.agreement, number=export).first()
        if found is None:
            raise NotFound(_("There is no such file: ask for the export again."))
        file = kept_file(found, party)
        part = part_of(file, range, if_range)
        asked, _options = question_of(found, call.agreement)
        call.items = [column.name for column in asked.chosen]
        call.take(file.share(part.length), is_export=True)
    except DomainError as refusal:
        call.deny(refusal)
        raise
    return FileStream(call, file, part)


def kept_file(export: PreparedExport, party: User | InformationSystem) -> KeptFile:
    ready = PreparedExport.objects.ready_for(party).filter(pk=export.pk)
    return KeptFile(
        storage=storage(),
        place=export.file,
        bytes=export.bytes,
        rows=export.rows,
        sha256=export.sha256,
        content_type=_content_type(export),
        filename=f"{export.agreement.number}.{export.format}",
        is_given=ready.exists,
    )


def _content_type(export: PreparedExport) -> str:
    format = FORMATS[export.format]
    charset = export.question.get("encoding")
    return f"{format.content_type}; charset={charset}" if charset else format.content_type
