"""The rows of a push: all of the agreement, or those that changed since the push before."""

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from catalog.store.columns import Column
from catalog.store.export import ordered
from portal.common.errors import Invalid
from sharing import outlet
from sharing.change_views import changes_view
from sharing.models import Agreement, PushMode, WhyWhole
from sharing.targets import sums
from sharing.targets.target import GO, KEEP, Mark, Sum, Target

from . import cursors
from .changes import cursor_of
from .copying import copied
from .cursors import CursorError
from .pulls import Call
from .reader import Reader


class ReaderLostError(Exception):
    """The portal's own end broke off: not the target's doing."""


@dataclass(slots=True)
class Shipment:
    """What is to be sent, of one snapshot of the agreement's rows; `statement` is a query of it."""

    columns: Sequence[Column]
    statement: sql.Composed
    is_whole: bool
    why_whole: str
    cursor: str
    agreed: Sum
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


def shipment(
    reader: Reader,
    agreement: Agreement,
    target: Target,
    *,
    columns: Sequence[Column],
    mark: Mark | None,
    mode: str,
    why_whole: str,
) -> Shipment:
    """All in the reader's snapshot, which begins here. Raises psycopg.Error."""
    cursor = cursor_of(reader.cursor(), agreement) or ""
    since = None
    if mode == PushMode.CHANGES and not why_whole:
        since, why_whole = _since(reader, agreement, columns, mark)
    view = sql.Identifier(outlet.SCHEMA, agreement.view_name)
    counted = reader.execute(sums.summed(view, target.compared(columns))).fetchone()
    return Shipment(
        columns=columns,
        statement=_whole(agreement, columns, target)
        if since is None
        else _changed(agreement, columns, target, since),
        is_whole=since is None,
        why_whole=why_whole,
        cursor=cursor,
        agreed=sums.sum_of(*(counted or (0, 0))),
    )


def counted(reader: Reader, sent: Shipment, agreement: Agreement) -> int:
    """How many rows will leave, counted only where a quota asks for it."""
    if agreement.rows_a_day is None:
        return 0
    if sent.is_whole:
        return sent.agreed.rows
    query = sql.SQL("SELECT count(*) FROM ({}) AS sent").format(sent.statement)
    return int((reader.execute(query).fetchone() or (0,))[0])


def pieces(reader: Reader, sent: Shipment, call: Call) -> Generator[bytes, None, None]:
    """The rows as COPY text, counted in `call`. Close it. Raises ReaderLostError."""
    copy = sql.SQL("COPY ({}) TO STDOUT").format(sent.statement)
    is_whole = False
    try:
        for piece, rows in copied(reader, copy):
            sent.digest.update(piece)
            call.rows += rows
            call.bytes += len(piece)
            yield piece
        is_whole = True
    except psycopg.Error as broken:
        raise ReaderLostError from broken
    finally:
        if not is_whole:
            # Else the rest of the table would be read, to be thrown away.
            reader.close()


def _since(
    reader: Reader, agreement: Agreement, columns: Sequence[Column], mark: Mark | None
) -> tuple[int | None, str]:
    """The position to go on from; None, and why, when all rows have to be sent."""
    if mark is None or not mark.cursor:
        return None, WhyWhole.FIRST
    try:
        since = cursors.position_of(agreement, mark.cursor, columns=columns)
    except (Invalid, CursorError):
        return None, WhyWhole.TERMS
    try:
        cursors.check_reach(since, cursors.reach(reader.cursor(), agreement))
    except CursorError:
        return None, WhyWhole.EXPIRED
    return since, ""


def _whole(agreement: Agreement, columns: Sequence[Column], target: Target) -> sql.Composed:
    cells = [sql.Literal(KEEP), *(target.sent(one) for one in columns)]
    key = [one for one in columns if one.is_key]
    return ordered(outlet.SCHEMA, agreement.view_name, cells, key)


def _changed(
    agreement: Agreement, columns: Sequence[Column], target: Target, since: int
) -> sql.Composed:
    """Of each key the last change alone; of a row that went its key alone."""
    key = sql.SQL(", ").join(one.identifier for one in columns if one.is_key)
    cells = [
        target.sent(one)
        if one.is_key
        else sql.SQL("CASE WHEN _kind <> {} THEN {} END").format(sql.Literal(GO), target.sent(one))
        for one in columns
    ]
    return sql.SQL(
        "SELECT DISTINCT ON ({key}) CASE _kind WHEN {go} THEN {go} ELSE {keep} END, {cells}"
        " FROM {view} WHERE _position > {since} ORDER BY {key}, _position DESC"
    ).format(
        key=key,
        go=sql.Literal(GO),
        keep=sql.Literal(KEEP),
        cells=sql.SQL(", ").join(cells),
        view=changes_view(agreement),
        since=sql.Literal(since),
    )
