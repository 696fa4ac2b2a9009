"""The whole grant, or the rows that a filter leaves: one snapshot, in the order of the key, streamed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import psycopg
from django.db import Error
from django.utils.translation import gettext as _

from portal.common.errors import DomainError
from portal.organisation.models import InformationSystem, User
from sharing import outlet
from sharing.models import PullResult

from . import counting
from .asking import Given, read
from .formats import CSV, Format, Pieces, Work
from .pulls import Call, begin, just_ended
from .reader import GONE, reading


class BrokenOffError(Exception):
    """The stream ended before its end: the server must not let it look complete."""


class ExportStream:
    """The bytes of one export, for StreamingHttpResponse; what can be refused has been by then.

    Every outcome is noted: complete, broken off, or left by a caller who hangs up, which a server
    tells by calling `close`. A broken stream must not pass for a whole one, but a WSGI server may
    end it cleanly all the same (granian does). So it ends in what no reader of its format takes for
    an end, before BrokenOffError is raised. `rows` and SHA-256 of a whole one are noted under
    `call.receipt`: a WSGI server sends no trailers.
    """

    def __init__(self, call: Call, given: Given, format: Format) -> None:
        self.call = call
        self.format = format
        try:
            self._work = _admitted(call, given, format)
            self.content_type = format.type_of(self._work.options)
            self._pieces: Pieces = format.pieces(self._work)
            next(self._pieces)
        except DomainError as refusal:
            call.deny(refusal)
            raise
        except GONE as gone:
            refused = just_ended(call)
            call.deny(refused)
            raise refused from gone
        except psycopg.Error as broken:
            call.note(PullResult.BROKEN, status=500, reason=type(broken).__name__)
            raise
        call.streams()

    @property
    def cursor(self) -> str | None:
        """Where the changes go on from these rows; None where the format cannot tell."""
        return self._work.cursor

    def __iter__(self) -> Iterator[bytes]:
        call, work = self.call, self._work
        digest = hashlib.sha256()
        try:
            for piece in self._pieces:
                digest.update(piece)
                call.going(rows=work.rows, bytes=call.bytes + len(piece))
                yield piece
        except psycopg.Error as broken:
            reason = _reason(call, broken)
            call.note(PullResult.BROKEN, reason=reason)
            yield self.format.broken(f"{call.agreement.number}: {reason}")
            raise BrokenOffError(reason) from broken
        call.rows, call.sha256 = work.rows, digest.hexdigest()
        call.note(PullResult.OK)

    def close(self) -> None:
        """Let go of the database. What has not come to its end by now was broken off by the caller."""
        self._pieces.close()
        self.call.note(PullResult.BROKEN, reason=_("The caller hung up."))


def export(
    *,
    number: str,
    party: User | InformationSystem,
    format: Format = CSV,
    asked: Mapping[str, Sequence[str]] | None = None,
) -> ExportStream:
    """The stream, begun, of the agreement's rows; raises NotFound, NotAllowed or Invalid, noted.

    `asked` is the query string: `fields` and filters as in pages, and what the format takes.
    """
    given = Given(asked or {})
    call = begin(number=number, party=party, kind=format.kind, query=given.told())
    return ExportStream(call, given, format)


def _admitted(call: Call, given: Given, format: Format) -> Work:
    """What is to be done, read and counted against the quotas."""
    agreement = call.agreement
    asked = read(outlet.columns_of(agreement), given, reserved=format.parameters)
    options = format.options(given.parameters)
    call.items = [column.name for column in asked.chosen]
    work = Work(agreement, asked, options)
    call.take(_rows_of(work), is_export=True)
    return work


def _rows_of(work: Work) -> int:
    """How many rows will leave, counted only where that is asked: a quota of rows, and fewer than all."""
    agreement, condition = work.agreement, work.asked.condition
    if agreement.rows_a_day is None:
        return 0
    if not agreement.row_filter and condition is None:
        return counting.all_rows(agreement)
    with reading(agreement) as connection, connection.cursor() as cursor:
        return counting.counted(cursor, agreement, condition)


def _reason(call: Call, broken: psycopg.Error) -> str:
    """Why the stream broke, in words for both parties."""
    if isinstance(
        broken, psycopg.errors.UntranslatableCharacter | psycopg.errors.CharacterNotInRepertoire
    ):
        return _("A value has a letter that this encoding does not have: take UTF-8.")
    if isinstance(broken, psycopg.errors.QueryCanceled):
        return _("The export took longer than a delivery may.")
    if isinstance(broken, psycopg.OperationalError):
        try:
            return str(just_ended(call).message)
        except Error:
            return _("The portal's database went away.")
    return type(broken).__name__
