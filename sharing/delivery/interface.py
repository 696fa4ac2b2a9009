"""A provider's own interface, called under an agreement: only what is allowed in, only what is agreed out.

The answer's rows go through the database on their way: the agreement's columns, masks and row scope
are applied there, in the same SQL as in its view, and the view has to be there still. What the items'
types do not take is refused as a whole.
"""

from collections.abc import Mapping, Sequence

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.interfaces import asking, paths
from catalog.interfaces.failures import InterfaceFailure
from catalog.models import (
    CallMethod,
    InterfaceCall,
    MaskingRule,
    PublishedInterface,
    SharingMode,
)
from catalog.selectors.interfaces import open_interface_of
from catalog.store.columns import column_of
from portal.common.errors import Invalid, NotAllowed, NotFound
from portal.organisation.models import InformationSystem, User
from sharing import outlet, row_filters
from sharing.models import Agreement, PullKind, PullResult

from .asking import Given
from .pages import ended_as_refusal
from .pulls import Call, begin, noted
from .quotas import QuotaError
from .reader import reading

Parameters = Mapping[str, Sequence[str]]
LONGEST_PARAMETERS = 8_000
# What PostgreSQL says of a document that nests deeper than its stack.
TOO_DEEP = psycopg.errors.StatementTooComplex


def called(
    *,
    number: str,
    party: User | InformationSystem,
    method: CallMethod,
    path: str,
    parameters: Parameters,
) -> bytes:
    """What the provider's interface answers, as {"rows": […], "count": n}.

    Raises NotFound, NotAllowed, Invalid, QuotaError or InterfaceFailure; every outcome is noted as one
    pull.
    """
    told = Given(parameters).told()
    query = f"{method.value} {path}" + (f"?{told}" if told else "")
    call = begin(number=number, party=party, kind=PullKind.INTERFACE, query=query)
    with noted(call):
        try:
            return _answer(call, method, path, parameters)
        except InterfaceFailure as failure:
            call.note(PullResult.BROKEN, status=failure.status, reason=str(failure.message))
            raise


def _answer(call: Call, method: CallMethod, path: str, parameters: Parameters) -> bytes:
    agreement = call.agreement
    interface, allowed = _allowed(agreement, method, path)
    _check(allowed, parameters)
    call.items = [column.name for column in outlet.columns_of(agreement)]
    most = call.take(allowed.most_rows)
    text = asking.ask(interface, allowed, path, parameters)
    rows = _let_out(call, text, allowed, most)
    body = f'{{"rows":{rows},"count":{call.rows}}}'.encode()
    call.bytes = len(body)
    return body


def _allowed(
    agreement: Agreement, method: CallMethod, path: str
) -> tuple[PublishedInterface, InterfaceCall]:
    if agreement.sharing_mode != SharingMode.INTERFACE:
        raise NotAllowed(_("The agreement is not for calls of an interface."))
    if MaskingRule.PSEUDONYM in agreement.masks.values():
        # Here the reader itself masks what comes from outside, and it must not have the key.
        raise NotAllowed(
            _("Answers of an interface have no pseudonyms: agree on another mask."),
            code="no_pseudonyms",
        )
    interface = open_interface_of(agreement.resource_id)
    if interface is None:
        raise NotFound(_("The provider has no interface open for this resource."))
    allowed = paths.matched(interface.calls.all(), method, path)
    if allowed is None:
        raise NotFound(_("The interface does not allow this call."), code="call_not_allowed")
    return interface, allowed


def _check(allowed: InterfaceCall, parameters: Parameters) -> None:
    known = set(allowed.parameters)
    words = _("Not a parameter of this call.")
    wrong = {name[:60]: [words] for name in parameters if name not in known}
    length = sum(len(value) for values in parameters.values() for value in values)
    if length > LONGEST_PARAMETERS:
        told = _("At most %(most)s characters in all.") % {"most": LONGEST_PARAMETERS}
        wrong["parameters"] = [told]
    if wrong:
        raise Invalid(_("The call has errors."), fields=wrong)


def _let_out(call: Call, text: str, allowed: InterfaceCall, most: int) -> str:
    """The agreed part of the answer's rows, as a JSON array; counts them as the call's."""
    with ended_as_refusal(call), reading(call.agreement) as connection:
        cursor = connection.cursor()
        found = _rows_in(cursor, text, allowed.rows_path)
        if found > allowed.most_rows:
            raise InterfaceFailure("interface_too_large")
        if found > most:
            words = _(
                "The answer has %(rows)s rows, and of the agreed rows a day %(left)s are left."
            )
            raise QuotaError(words % {"rows": found, "left": most})
        try:
            cursor.execute(_statement(call.agreement), [text, _place(allowed.rows_path)])
        except psycopg.DataError as unfit:
            raise InterfaceFailure("interface_unfit") from unfit
        rows, call.rows = cursor.fetchone() or ("[]", 0)
    return str(rows)


def _rows_in(cursor: "psycopg.Cursor[tuple[object, ...]]", text: str, rows_path: str) -> int:
    """How many rows the answer has where it should have them."""
    try:
        cursor.execute(
            "SELECT json_typeof(rows), CASE json_typeof(rows)"
            " WHEN 'array' THEN json_array_length(rows) ELSE 1 END"
            " FROM (SELECT %s::json #> %s::text[] AS rows) AS answer",
            [text, _place(rows_path)],
        )
    except psycopg.errors.UntranslatableCharacter as unfit:
        # JSON may say NUL, and no text of the database holds it.
        raise InterfaceFailure("interface_unfit") from unfit
    except (psycopg.DataError, TOO_DEEP, ValueError) as unfit:
        # A NUL in the text is a ValueError before it is sent.
        raise InterfaceFailure("interface_no_json") from unfit
    kind, count = cursor.fetchone() or (None, 0)
    if kind not in {"array", "object"}:
        raise InterfaceFailure("interface_unfit")
    return int(str(count))


def _statement(agreement: Agreement) -> sql.Composed:
    """A query of one row: the agreed rows as JSON, and how many. Takes the text and the place of the rows."""
    items = list(agreement.resource.items.order_by("position", "pk"))
    try:
        scope = row_filters.where(
            row_filters.kept(agreement.row_filter), {item.column: item for item in items}
        )
    except KeyError as gone:
        raise InterfaceFailure("interface_unfit") from gone
    columns = [column_of(item) for item in items]
    return sql.SQL(
        "SELECT coalesce(json_agg(_let_out), '[]')::text, count(*) FROM ("
        "SELECT {let_out} FROM json_to_recordset((SELECT CASE json_typeof(_rows) WHEN 'array'"
        " THEN _rows ELSE json_build_array(_rows) END"
        " FROM (SELECT %s::json #> %s::text[] AS _rows) AS _answer)) AS _row({columns})"
        " WHERE {scope} AND NOT EXISTS (SELECT FROM {view} WHERE false)) AS _let_out"
    ).format(
        let_out=sql.SQL(", ").join(
            outlet.let_out(column, agreement) for column in outlet.columns_of(agreement)
        ),
        columns=sql.SQL(", ").join(
            sql.SQL("{} {}").format(column.identifier, column.type_sql) for column in columns
        ),
        scope=scope,
        view=sql.Identifier(outlet.SCHEMA, agreement.view_name),
    )


def _place(rows_path: str) -> list[str]:
    return rows_path.split(".") if rows_path else []


def parameters_of(document: object) -> dict[str, list[str]]:
    """The parameters of a POST: a JSON object of texts, numbers, and lists of them. Raises Invalid."""
    if not isinstance(document, Mapping):
        raise Invalid(_("The call has errors."), fields={"body": [_("Not a JSON object.")]})
    words = _("A text, a number, or a list of them.")
    wrong: dict[str, list[str]] = {}
    found: dict[str, list[str]] = {}
    for name, value in document.items():
        listed = value if isinstance(value, list) else [value]
        # Numbers come as they were written: the parser of bodies leaves them as texts.
        if not all(isinstance(one, str) for one in listed):
            wrong[str(name)[:60]] = [words]
        else:
            found[str(name)] = listed
    if wrong:
        raise Invalid(_("The call has errors."), fields=wrong)
    return found
