"""Inserts, updates and deletes since a cursor, exactly in the order of their commits."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store import changes as log
from catalog.store.columns import Column
from catalog.store.tables import names, table_name
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import InformationSystem, User
from sharing import outlet, waking
from sharing.change_views import changes_view
from sharing.models import Agreement, PullKind

from . import cursors
from .pages import MOST, USUAL, TooLongError
from .pulls import Call, begin, just_ended, noted
from .reader import GONE, reading

LONGEST_WAIT = 30
KNOWN = frozenset({"since", "limit", "wait"})
PATIENCE = "2s"
BUSY_SECONDS = 30


class NotBegunError(DomainError):
    """The log of the resource's changes cannot begin while a sync is writing its rows."""

    code = "changes_not_begun"
    status = 503


def changes(
    *, number: str, party: User | InformationSystem, asked: Mapping[str, Sequence[str]]
) -> bytes:
    """One answer: {"changes": [{"kind", "at", "row"}, …], "count": n, "next": cursor, "more": bool}.

    `asked` is the query string: `since`, `limit`, `wait`. Without `since` there are no changes, but a
    cursor of now. A delete has the key alone. Raises NotFound, NotAllowed, Invalid or CursorError;
    every outcome is noted.
    """
    query = "&".join(f"{name}={','.join(values)}" for name, values in sorted(asked.items()))
    call = begin(number=number, party=party, kind=PullKind.CHANGES, query=query)
    with noted(call):
        return _answer(call, asked)


def cursor_of(reader: "psycopg.Cursor[Any]", agreement: Agreement) -> str | None:
    """The cursor of the reader's snapshot, which must be of all that it reads; None before a log begins."""
    head = cursors.reach(reader, agreement).head
    if head is None:
        return None
    return cursors.given(agreement, head, columns=outlet.columns_of(agreement))


def read(
    reader: "psycopg.Cursor[Any]",
    agreement: Agreement,
    columns: Sequence[Column],
    *,
    since: int,
    limit: int,
) -> tuple[str, int, int, bool]:
    """What happened after `since`: JSON array, number of changes, place after them, whether more may follow.

    All in the reader's one snapshot. Raises CursorError when the log does not reach back so far.
    """
    head = cursors.check_reach(since, cursors.reach(reader, agreement))
    if head == since:
        return "[]", 0, since, False
    reader.execute(statement(agreement, columns, since=since, limit=limit))
    document, found, last = reader.fetchone() or ("[]", 0, None)
    if last is None or found < limit:
        return str(document), int(found), head, False
    return str(document), int(found), int(last), int(last) < head


def statement(
    agreement: Agreement, columns: Sequence[Column], *, since: int, limit: int
) -> sql.Composed:
    """A query of one row: JSON array as text, number of changes, position of the last one."""
    key = [column for column in columns if column.is_key]
    return sql.SQL(
        "SELECT coalesce(json_agg(_change), '[]')::text, count(*), max(_page._position)"
        " FROM (SELECT * FROM {view} WHERE _position > {since} ORDER BY _position LIMIT {limit})"
        " AS _page, LATERAL (SELECT {row}) AS _row, LATERAL (SELECT {key}) AS _key,"
        " LATERAL (SELECT _page._kind AS kind, _page._at AS at,"
        " CASE _page._kind WHEN 'delete' THEN to_json(_key) ELSE to_json(_row) END AS row) AS _change"
    ).format(
        view=changes_view(agreement),
        since=sql.Literal(since),
        limit=sql.Literal(limit),
        row=names(columns, of="_page"),
        key=names(key, of="_page"),
    )


def _answer(call: Call, asked: Mapping[str, Sequence[str]]) -> bytes:
    agreement = call.agreement
    unknown = sorted(name for name in asked if name not in KNOWN)
    if unknown:
        words = _("There is no such parameter here: give `since`, `limit` or `wait`.")
        raise Invalid(_("The call has errors."), fields={one: [words] for one in unknown})
    columns = outlet.columns_of(agreement)
    limit = _whole(asked, "limit", usual=USUAL, least=1, most=MOST)
    seconds = _whole(asked, "wait", usual=0, least=0, most=LONGEST_WAIT)
    call.items = [column.name for column in columns]
    if "since" not in asked:
        call.take(0)
        return _body("[]", 0, _now(call), agreement, columns, is_more=False)
    since = cursors.position_of(agreement, asked["since"][-1], columns=columns)
    if seconds:
        _await_news(call, since, seconds)
    limit = call.take(limit)
    document, found, place, is_more = _read(call, columns, since=since, limit=limit)
    call.rows = found
    body = _body(document, found, place, agreement, columns, is_more=is_more)
    call.bytes = len(body)
    return body


def _await_news(call: Call, since: int, seconds: int) -> None:
    """Wait until there is something, or the time is over; between two looks no connection is held."""
    until = time.monotonic() + seconds
    with waking.place(call.agreement.resource_id) as wait:
        while wait and not _has_news(call, since):
            left = until - time.monotonic()
            if left <= 0:
                return
            wait(left)


def _has_news(call: Call, since: int) -> bool:
    """Whether there is a change in scope after `since`."""
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE _position > {})")
    query_of = query.format(changes_view(call.agreement), sql.Literal(since))
    with _reading(call) as reader:
        cursors.check_reach(since, cursors.reach(reader, call.agreement))
        reader.execute(query_of)
        return reader.fetchone() == (True,)


def _read(
    call: Call, columns: Sequence[Column], *, since: int, limit: int
) -> tuple[str, int, int, bool]:
    with _reading(call) as reader:
        return read(reader, call.agreement, columns, since=since, limit=limit)


def _now(call: Call) -> int:
    """The position of now; begins a log that a merge was in the way of when it was made."""
    with _reading(call) as reader:
        known = cursors.reach(reader, call.agreement)
    if known.head is None:
        with connection.cursor() as wrapped:
            cursor, name = wrapped.cursor, table_name(call.agreement.resource_id)
            if log.begin(cursor, name, patience=PATIENCE):
                known = log.extent(cursor, name)
    if known.head is None:
        words = _("The rows are being brought up to date just now. Ask again in half a minute.")
        raise NotBegunError(words, retry_after=BUSY_SECONDS)
    return known.head


@contextmanager
def _reading(call: Call) -> Iterator["psycopg.Cursor[Any]"]:
    """The reader's cursor in one snapshot; what its connection meets is told as a refusal."""
    try:
        with reading(call.agreement, is_snapshot=True) as opened:
            yield opened.cursor()
    except (*GONE, psycopg.errors.AdminShutdown) as gone:
        raise just_ended(call) from gone
    except psycopg.errors.QueryCanceled as late:
        words = _("The query took too long: ask for fewer changes at once.")
        raise TooLongError(words) from late


def _whole(
    asked: Mapping[str, Sequence[str]], name: str, *, usual: int, least: int, most: int
) -> int:
    given = asked.get(name, (str(usual),))[-1]
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(most))
    if not is_number or not least <= int(given) <= most:
        words = _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        raise Invalid(_("The call has errors."), fields={name: [words]})
    return int(given)


def _body(
    document: str,
    found: int,
    place: int,
    agreement: Agreement,
    columns: Sequence[Column],
    *,
    is_more: bool,
) -> bytes:
    after = json.dumps(cursors.given(agreement, place, columns=columns))
    more = json.dumps(is_more)
    return f'{{"changes":{document},"count":{found},"next":{after},"more":{more}}}'.encode()
