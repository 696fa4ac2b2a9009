"""The whole grant as CSV: one COPY, one snapshot, in the order of the key, streamed."""

from collections.abc import Generator, Iterator

import psycopg
from django.utils.translation import gettext as _

from catalog.store.export import copy_out
from portal.common.errors import DomainError
from portal.organisation.models import InformationSystem, User
from sharing import outlet
from sharing.models import PullKind, PullResult

from .pulls import Call, begin, just_ended
from .reader import GONE, reading

Buffer = bytes | bytearray | memoryview
CHUNK = 256 * 1024  # block by block would be five to twelve times slower


class BrokenOffError(Exception):
    """The stream ended before its end: the server must not let it look complete."""


class CsvStream:
    """The bytes of one export, for StreamingHttpResponse; what can be refused has been by then.

    Every outcome is noted: complete, broken off, or left by a caller who hangs up, which a server
    tells by calling `close`. A broken stream must not pass for a whole one, but a WSGI server may
    end it cleanly all the same (granian does). So it ends in a field that is never closed, which
    readers of CSV take for an error, before BrokenOffError is raised.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self._chunks = _chunks(call)
        try:
            next(self._chunks)
        except psycopg.Error as broken:
            call.note(PullResult.BROKEN, status=500, reason=type(broken).__name__)
            raise

    def __iter__(self) -> Iterator[bytes]:
        call = self.call
        try:
            yield from self._chunks
        except psycopg.OperationalError as broken:
            ended = just_ended(call)
            call.note(PullResult.BROKEN, reason=str(ended.message))
            yield f'"INCOMPLETE. {call.agreement.number}: {ended.message}'.encode()
            raise BrokenOffError(str(ended.message)) from broken
        call.rows -= 1  # the header
        call.note(PullResult.OK)

    def close(self) -> None:
        """Let go of the database. What has not come to its end by now was broken off by the caller."""
        self._chunks.close()
        self.call.note(PullResult.BROKEN, reason=_("The caller hung up."))


def export_csv(*, number: str, party: User | InformationSystem) -> CsvStream:
    """The stream, begun, of the agreement's rows; raises NotFound or NotAllowed, noted."""
    return CsvStream(begin(number=number, party=party, kind=PullKind.CSV))


def _chunks(call: Call) -> Generator[bytes, None, None]:
    """An empty chunk once the COPY runs, then what PostgreSQL sends, a block a row, joined."""
    try:
        call.take(call.agreement.resource.row_count or 0, is_export=True)
    except DomainError as exceeded:
        call.deny(exceeded)
        raise
    columns = outlet.columns_of(call.agreement)
    call.items = [column.name for column in columns]
    key = [column for column in columns if column.is_key]
    statement = copy_out(outlet.SCHEMA, call.agreement.view_name, columns, key)
    waiting: list[Buffer] = []
    size = 0
    try:
        with (
            reading(call.agreement) as connection,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            try:
                yield b""
                for block in copy:
                    waiting.append(block)
                    size += len(block)
                    if size >= CHUNK:
                        call.bytes, call.rows = call.bytes + size, call.rows + len(waiting)
                        yield b"".join(waiting)
                        waiting, size = [], 0
            except GeneratorExit:
                # Else the rest of the table would be read, to be thrown away.
                connection.close()
                raise
    except GONE as gone:
        refusal = just_ended(call)
        call.deny(refusal)
        raise refusal from gone
    if waiting:
        call.bytes, call.rows = call.bytes + size, call.rows + len(waiting)
        yield b"".join(waiting)
