"""The whole grant as CSV: one COPY, one snapshot, in the order of the key, streamed."""

from collections.abc import Iterator

import psycopg
from django.utils.translation import gettext as _

from catalog.store.export import copy_out
from portal.common.errors import DomainError, NotAllowed
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.models import Agreement, PullKind, PullResult

from . import outlet
from .pulls import Call
from .reader import reading

CHUNK = 256 * 1024  # block by block would be five to twelve times slower


class BrokenOffError(Exception):
    """The stream ended before its end: the server must not let it look complete."""


def export_csv(
    *, agreement: Agreement, party: User | InformationSystem
) -> Iterator[bytes]:
    """The stream, begun: what can be refused has been refused when this returns.

    Ends with BrokenOffError when the agreement ends meanwhile. Every outcome is noted, also that
    of a caller who hangs up.
    """
    call = Call(agreement=agreement, party=party, kind=PullKind.CSV, query="")
    try:
        permissions.may_pull(party, agreement).enforce()
    except DomainError as refusal:
        call.note(PullResult.DENIED, status=refusal.status, reason=str(refusal.message))
        raise
    stream = _stream(call)
    return _begun(stream)


def _begun(stream: Iterator[bytes]) -> Iterator[bytes]:
    first = next(stream, b"")

    def whole() -> Iterator[bytes]:
        try:
            yield first
            yield from stream
        finally:
            stream.close()  # type: ignore[attr-defined]

    return whole()


def _stream(call: Call) -> Iterator[bytes]:
    agreement = call.agreement
    columns = outlet.columns_of(agreement)
    key = [column for column in columns if column.is_key]
    call.items = [column.name for column in columns]
    statement = copy_out(outlet.SCHEMA, agreement.view_name, columns, key)
    waiting: list[bytes] = []
    size, blocks = 0, 0
    try:
        with reading(agreement) as connection, connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for block in copy:
                    waiting.append(bytes(block))
                    size += len(block)
                    blocks += 1
                    if size >= CHUNK:
                        chunk = b"".join(waiting)
                        call.bytes, call.rows = call.bytes + size, blocks - 1
                        waiting.clear()
                        size = 0
                        yield chunk
            call.bytes, call.rows = call.bytes + size, max(blocks - 1, 0)
            if waiting:
                yield b"".join(waiting)
        call.note(PullResult.OK)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as gone:
        words = _("The agreement has just ended.")
        call.note(PullResult.DENIED, status=403, reason=words)
        raise NotAllowed(words) from gone
    except psycopg.OperationalError as broken:
        call.note(PullResult.BROKEN, reason=_("The agreement ended, or the database went away."))
        raise BrokenOffError(str(broken)) from broken
    finally:
        call.note(PullResult.BROKEN, reason=_("The caller hung up."))
