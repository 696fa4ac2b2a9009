"""Rows as JSON pages: PostgreSQL makes the bytes, a signed cursor goes on from the last key."""

import json
from collections.abc import Mapping, Sequence

import psycopg
from django.core import signing
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.store.columns import Column
from catalog.store.export import json_page
from portal.common.errors import DomainError, Invalid, NotAllowed
from portal.organisation.models import InformationSystem, User
from sharing import permissions
from sharing.models import Agreement, PullKind, PullResult

from . import outlet
from .pulls import Call
from .reader import reading

USUAL, MOST = 1_000, 10_000
RESERVED = frozenset({"fields", "limit", "after"})
SALT = "sharing.rows"


def rows(
    *, agreement: Agreement, party: User | InformationSystem, asked: Mapping[str, Sequence[str]]
) -> bytes:
    """One page: {"rows": […], "count": n, "next": cursor or null}.

    `asked` is the query string: `fields`, `limit`, `after`, and any agreed column for equality.
    Raises NotAllowed or Invalid; every outcome is noted.
    """
    query = "&".join(f"{name}={','.join(values)}" for name, values in sorted(asked.items()))
    call = Call(agreement=agreement, party=party, kind=PullKind.ROWS, query=query)
    try:
        permissions.may_pull(party, agreement).enforce()
        body = _page(call, asked)
    except DomainError as refusal:
        call.note(PullResult.DENIED, status=refusal.status, reason=_told(refusal))
        raise
    call.note(PullResult.OK)
    return body


def _page(call: Call, asked: Mapping[str, Sequence[str]]) -> bytes:
    agreement = call.agreement
    columns = outlet.columns_of(agreement)
    chosen = _fields(columns, asked)
    limit = _limit(asked)
    key = [column for column in columns if column.is_key]
    statement = json_page(
        outlet.SCHEMA,
        agreement.view_name,
        chosen,
        key,
        after=_place(agreement, asked),
        limit=limit,
        where=_where(columns, asked),
    )
    call.items = [column.name for column in chosen]
    try:
        with reading(agreement) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchone()
    except psycopg.errors.DataError as wrong:
        words = _("A filter has a value that its column cannot have.")
        raise Invalid(words, fields={"filter": [str(wrong.diag.message_primary)]}) from wrong
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as gone:
        raise NotAllowed(_("The agreement has just ended.")) from gone
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


def _where(columns: list[Column], asked: Mapping[str, Sequence[str]]) -> sql.Composable | None:
    """Equality a column; several values of one column mean any of them."""
    by_name = {column.name: column for column in columns}
    given = {name: values for name, values in asked.items() if name not in RESERVED}
    _refuse_unknown([name for name in given if name not in by_name], "filter")
    conditions = [
        sql.SQL("{} IN ({})").format(
            by_name[name].identifier,
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Literal(value), by_name[name].type_sql)
                for value in values
            ),
        )
        for name, values in given.items()
    ]
    return sql.SQL(" AND ").join(conditions) if conditions else None


def _refuse_unknown(names: list[str], field: str) -> None:
    if not names:
        return
    words = _("Not in this agreement: %(names)s. Leave it out, or ask for a changed agreement.") % {
        "names": ", ".join(sorted(names))
    }
    raise Invalid(_("The call has errors."), fields={field: [words]})


def _limit(asked: Mapping[str, Sequence[str]]) -> int:
    given = asked.get("limit", (str(USUAL),))[-1]
    if not given.isascii() or not given.isdecimal() or not 1 <= int(given) <= MOST:
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


def _told(refusal: DomainError) -> str:
    return " ".join([str(refusal.message), *(w for told in refusal.fields.values() for w in told)])
