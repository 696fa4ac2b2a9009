"""Rows as JSON pages: PostgreSQL makes the bytes, a signed cursor goes on from the last key."""

import json
from collections.abc import Mapping, Sequence

import psycopg
from django.core import signing
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.models import ItemType
from catalog.store.columns import Column
from catalog.store.export import json_page
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import InformationSystem, User
from sharing import outlet
from sharing.models import Agreement, PullKind, PullResult

from .pulls import Call, begin, just_ended
from .reader import GONE, reading

USUAL, MOST = 1_000, 10_000
RESERVED = frozenset({"fields", "limit", "after"})
SALT = "sharing.rows"


class TooLongError(DomainError):
    """The query took longer than a delivery may."""

    code = "timeout"
    status = 503


def rows(
    *, number: str, party: User | InformationSystem, asked: Mapping[str, Sequence[str]]
) -> bytes:
    """One page: {"rows": […], "count": n, "next": cursor or null}.

    `asked` is the query string: `fields`, `limit`, `after`, and any agreed column for equality.
    Raises NotFound, NotAllowed or Invalid; every outcome is noted.
    """
    query = "&".join(f"{name}={','.join(values)}" for name, values in sorted(asked.items()))
    call = begin(number=number, party=party, kind=PullKind.ROWS, query=query)
    try:
        body = _page(call, asked)
    except DomainError as refusal:
        call.deny(refusal)
        raise
    except psycopg.Error as broken:
        call.note(PullResult.BROKEN, status=500, reason=type(broken).__name__)
        raise
    call.note(PullResult.OK)
    return body


def _page(call: Call, asked: Mapping[str, Sequence[str]]) -> bytes:
    agreement = call.agreement
    columns = outlet.columns_of(agreement)
    chosen = _fields(columns, asked)
    limit = _limit(asked)
    filters = _filters(columns, asked)
    key = [column for column in columns if column.is_key]
    call.items = [column.name for column in chosen]
    place = _place(agreement, asked)
    limit = call.take(limit)
    try:
        statement = json_page(
            outlet.SCHEMA,
            agreement.view_name,
            chosen,
            key,
            after=place,
            limit=limit,
            where=_where(filters),
        )
        with reading(agreement) as connection, connection.cursor() as cursor:
            try:
                cursor.execute(statement)
                found = cursor.fetchone()
            except psycopg.DataError as wrong:
                connection.rollback()
                raise _unfit(cursor, filters) from wrong
    except GONE as gone:
        raise just_ended(call) from gone
    except psycopg.errors.AdminShutdown as cut:
        raise just_ended(call) from cut
    except psycopg.errors.QueryCanceled as late:
        words = _("The query took too long: filter by the key, or take the export.")
        raise TooLongError(words) from late
    document, call.rows, last = found if found else ("[]", 0, None)
    after = _cursor(agreement, last) if last and call.rows == limit else None
    body = f'{{"rows":{document},"count":{call.rows},"next":{json.dumps(after)}}}'.encode()
    call.bytes = len(body)
    return body


def _fields(columns: list[Column], asked: Mapping[str, Sequence[str]]) -> list[Column]:
    wanted = [name for given in asked.get("fields", ()) for name in given.split(",") if name]
    if not wanted:
        return columns
    by_name = {column.name: column for column in columns}
    _refuse_unknown([name for name in wanted if name not in by_name], "fields")
    return [by_name[name] for name in dict.fromkeys(wanted)]


def _filters(
    columns: list[Column], asked: Mapping[str, Sequence[str]]
) -> list[tuple[Column, Sequence[str]]]:
    by_name = {column.name: column for column in columns}
    given = {name: values for name, values in asked.items() if name not in RESERVED}
    _refuse_unknown([name for name in given if name not in by_name], "filter")
    unsound = [name for name, values in given.items() if any("\0" in value for value in values)]
    if unsound:
        raise _wrong_value(unsound)
    return [(by_name[name], values) for name, values in given.items()]


def _type(column: Column) -> sql.SQL:
    """What a filter's value is read as: a text whole, since a cast to its length would cut it short."""
    return sql.SQL("text") if column.kind == ItemType.CHARACTER else column.type_sql


def _where(filters: list[tuple[Column, Sequence[str]]]) -> sql.Composable | None:
    """Equality a column; several values of one column mean any of them."""
    conditions = [
        sql.SQL("{} IN ({})").format(
            column.identifier,
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Literal(value), _type(column)) for value in values
            ),
        )
        for column, values in filters
    ]
    return sql.SQL(" AND ").join(conditions) if conditions else None


def _unfit(
    cursor: psycopg.Cursor[tuple[object, ...]], filters: list[tuple[Column, Sequence[str]]]
) -> Invalid:
    """Which filters have values that their columns cannot have: asked only when there is one."""
    unfit = []
    for column, values in filters:
        cursor.execute(
            "SELECT bool_and(pg_input_is_valid(value, %s)) FROM unnest(%s::text[]) AS value",
            [column.type, list(values)],
        )
        if cursor.fetchone() != (True,):
            unfit.append(column.name)
    return _wrong_value(unfit)


def _wrong_value(names: list[str]) -> Invalid:
    words = _("Not a value that this column can have.")
    return Invalid(_("The call has errors."), fields={name: [words] for name in names})


def _refuse_unknown(names: list[str], field: str) -> None:
    if not names:
        return
    words = _("Not in this agreement: %(names)s. Leave it out, or ask for a changed agreement.") % {
        "names": ", ".join(sorted(names))
    }
    raise Invalid(_("The call has errors."), fields={field: [words]})


def _limit(asked: Mapping[str, Sequence[str]]) -> int:
    given = asked.get("limit", (str(USUAL),))[-1]
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MOST))
    if not is_number or not 1 <= int(given) <= MOST:
        words = _("A whole number from 1 to %(most)s.") % {"most": MOST}
        raise Invalid(_("The call has errors."), fields={"limit": [words]})
    return int(given)


def _cursor(agreement: Agreement, last: list[str]) -> str:
    return signing.dumps([agreement.pk, last], salt=SALT, compress=True)


def _place(agreement: Agreement, asked: Mapping[str, Sequence[str]]) -> list[str] | None:
    if "after" not in asked:
        return None
    words = _("Not a cursor of this agreement: take `next` of the page before as it is.")
    try:
        number, last = signing.loads(asked["after"][-1], salt=SALT)
    except signing.BadSignature as bad:
        raise Invalid(_("The call has errors."), fields={"after": [words]}) from bad
    if number != agreement.pk:
        raise Invalid(_("The call has errors."), fields={"after": [words]})
    place: list[str] = last
    return place
